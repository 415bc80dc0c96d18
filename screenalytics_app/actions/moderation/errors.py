"""Why a gesture is refused. Each class is a status of its own in HTTP.

The sentences fit a page and a terminal. The command line adds its own options and commands; see `cli.refusals`.
"""

from collections.abc import Sequence

from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_resources.decisions.records import Decision
from screenalytics_resources.decisions.request_digest import KeyReusedError
from screenalytics_resources.errors import UnknownError, UserError

__all__ = [
    "ConflictError",
    "GoneError",
    "KeyReusedError",
    "LaterDecisionsError",
    "NameConflictError",
    "StaleError",
]


class GoneError(UnknownError):
    """The identity became part of another one, `successor`."""

    def __init__(self, message: str, successor: str) -> None:
        super().__init__(message)
        self.successor = successor


class ConflictError(UserError):
    """The gesture contradicts what is on screen or what people said. With `needs_confirm`, a person may insist."""

    def __init__(self, message: str, needs_confirm: bool = False) -> None:
        super().__init__(message)
        self.needs_confirm = needs_confirm


class NameConflictError(ConflictError):
    """People gave different names, or a name means several people. `people` are the person ids to choose from."""

    def __init__(self, message: str, people: Sequence[str]) -> None:
        super().__init__(message)
        self.people = tuple(people)


class LaterDecisionsError(ConflictError):
    """Later decisions of other people are about the same tracks."""

    def __init__(self, message: str, decisions: Sequence[Decision]) -> None:
        super().__init__(message)
        self.decisions = tuple(decisions)


class StaleError(UserError):
    """An identity has changed since the person saw it. `present` are the identities as they are now."""

    def __init__(self, message: str, present: Sequence[ModeratedIdentity]) -> None:
        super().__init__(message)
        self.present = tuple(present)
