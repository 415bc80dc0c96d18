"""Errors that a user can act on: one sentence with the value that was wrong and what to do."""


class UserError(Exception):
    """Something about the input, the settings or the machine that only the user can mend.

    The message is one complete sentence for the user. The command line prints it and exits with 2; an
    asset turns it into a Dagster failure that is not retried.
    """


class UnavailableError(UserError):
    """A service that does not answer: the user may have to start it, or it is back in a moment.

    An asset tries again some times before it fails with the sentence.
    """
