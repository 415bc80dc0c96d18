"""Finds the sentence for the user in an exception that Dagster wrapped."""

import errno

from screenalytics_resources.artifact_store import data_root
from screenalytics_resources.errors import UserError

DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})


def user_error(error: BaseException | None) -> UserError | None:
    """Return the `UserError` that `error` was raised from, at any depth, or one for a disk error; otherwise None."""
    seen: set[int] = set()  # chains of causes can be circular
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, UserError):
            return error
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            place = error.filename or data_root()
            return UserError(f"{place}: {error.strerror}; make room or fix the permissions, and run again.")
        error = error.__cause__ or error.__context__
    return None
