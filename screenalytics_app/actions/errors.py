"""Finds the sentence for the user in an exception that Dagster wrapped."""

import errno

from screenalytics_resources.artifact_store import data_root
from screenalytics_resources.errors import UserError

DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})
PATH_ERRORS = frozenset({errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.EEXIST, errno.ENOTEMPTY})
"""A file is where a folder is expected, or the other way round."""


def user_error(error: BaseException | None) -> UserError | None:
    """Return the `UserError` that `error` was raised from, at any depth, or one for a known cause; otherwise None."""
    seen: set[int] = set()  # chains of causes can be circular
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, UserError):
            return error
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            place = error.filename or data_root()
            return UserError(f"{place}: {error.strerror}; make room or fix the permissions, and run again.")
        if isinstance(error, OSError) and error.errno in PATH_ERRORS:
            place = error.filename2 or error.filename or data_root()
            return UserError(f"{place}: {error.strerror}; move what is there out of the way, and run again.")
        if type(error).__name__ == "DagsterUnknownPartitionError":  # by name, because importing Dagster is slow
            return UserError(
                "The episode or show was removed from Dagster's partitions while the command ran. Run it again."
            )
        error = error.__cause__ or error.__context__
    return None
