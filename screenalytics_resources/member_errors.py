"""Errors of one member of a batch, such as one episode of a library: they are reported and do not stop the batch."""

from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import printable
from screenalytics_resources.transient import is_transient


def member_problem(error: Exception) -> str:
    """Return the error of one member as a sentence.

    Raises `error` itself if it is transient: that concerns the storage, and so every member of the batch.
    """
    if is_transient(error):
        raise error
    if isinstance(error, UserError):
        return str(error)
    problem = printable(f"{type(error).__name__}: {error}")
    return f"Its files cannot be read ({problem}). Fix the permissions, or remove what is not a file of the episode."
