"""Adds to the sentence of a refused gesture the option or command that helps."""

from screenalytics_app.actions.moderation.errors import ConflictError, GoneError, NameConflictError
from screenalytics_resources.errors import UnknownError, UserError

_LISTS = {
    "identity": "`screenalytics identity list` lists the identities.",
    "track": "`screenalytics identity list --wide` lists the tracks.",
    "gesture": "`screenalytics identity history` lists the gestures.",
    "episode": "`screenalytics status` lists the episodes.",
}


def sentence_of(error: UserError) -> str:
    """Return the text to print for an error."""
    match error:
        case NameConflictError():
            return f"{error} Name it with --keep-name."
        case ConflictError(needs_confirm=True):
            return f"{error} Use --confirm for that."
        case GoneError():
            return str(error)
        case UnknownError(sought=str(sought)):
            return f"{error} {_LISTS[sought]}"
    return str(error)
