"""Errors that a user can act on. The message names the invalid value and the remedy."""

from typing import Literal

from screenalytics_resources.plain_text import printable


class UserError(Exception):
    """A problem with the input, the settings or the machine that only the user can fix.

    The message is written for the user, in complete sentences. The command line prints it and exits with 2. An
    asset turns it into a Dagster failure that is not retried. File names in it are made printable, because the message
    also goes to logs, alerts and databases.
    """

    def __init__(self, message: str) -> None:
        super().__init__(printable(message))


class UnknownError(UserError):
    """What the user names does not exist. `sought` says what it is, where a command or a page lists them."""

    def __init__(self, message: str, sought: Literal["identity", "track", "episode", "gesture"] | None = None) -> None:
        super().__init__(message)
        self.sought = sought


class TakenError(UserError):
    """What the user wants to add exists already, or what they want to remove is in use."""


class HeldLockError(UserError):
    """Another process holds the lock of an episode or a show. The message names the process."""


class UnavailableError(UserError):
    """A service does not answer. The user may have to start it, or it may be available again soon.

    An asset is retried a few times before it fails with the message.
    """
