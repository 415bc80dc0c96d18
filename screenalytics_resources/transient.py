"""Classification of transient errors: failures of the network, storage, database or GPU that a retry may resolve.

Everything else, such as invalid input, a full disk or a bug, would fail again.
"""

import errno
import re
import socket
from collections.abc import Iterator

from screenalytics_resources.errors import UnavailableError, UserError

_TRANSIENT_ERRNOS = frozenset(
    {
        errno.EAGAIN,
        errno.EBUSY,  # s3fs raises it for the S3 error SlowDown
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.EIO,
        errno.ENETDOWN,
        errno.ENETRESET,
        errno.ENETUNREACH,
        errno.EREMOTEIO,
        errno.ESTALE,
        errno.ETIMEDOUT,
    }
)
_CONNECTION_ERRORS = frozenset(
    {
        "aiohttp.client_exceptions.ClientConnectionError",
        "aiohttp.client_exceptions.ClientPayloadError",
        "botocore.exceptions.ConnectionError",
        "botocore.exceptions.HTTPClientError",
        "botocore.exceptions.IncompleteReadError",
        "botocore.exceptions.ResponseStreamingError",
    }
)
"""Names of connection errors. Matching by name avoids importing the libraries."""
_TRANSIENT_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP statuses of an object store that is temporarily busy or unavailable."""
_DATABASE_ERRORS = frozenset({"psycopg.OperationalError", "psycopg2.OperationalError"})
_TRANSIENT_SQLSTATES = ("08", "40", "53300", "57P")
"""PostgreSQL: connection lost, transaction must be repeated, too many connections, server shutting down or starting
up (https://www.postgresql.org/docs/current/errcodes-appendix.html). 53100, disk full, is not transient."""
_SQLITE_BUSY = frozenset({5, 6})
"""SQLITE_BUSY and SQLITE_LOCKED (https://www.sqlite.org/rescode.html)."""
_GPU_ERROR = re.compile(r"cuda|cudnn|cublas|failed to allocate memory", re.IGNORECASE)
"""Words in ONNX Runtime's messages about an exhausted or failed GPU. Its errors carry no device error codes."""


def is_transient(error: BaseException) -> bool:
    """Return whether a retry may resolve `error`.

    The deepest cause of a known kind decides. A `UserError` in the chain is never transient, unless it is an
    `UnavailableError`.
    """
    chain = list(_causes(error))
    for link in chain:
        if isinstance(link, UserError):
            return isinstance(link, UnavailableError)
    return next((verdict for link in reversed(chain) if (verdict := _verdict(link)) is not None), False)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield `error` and its explicit causes. An error that was only being handled says nothing about this one."""
    seen: set[int] = set()  # a chain of causes can contain a cycle
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__


def _verdict(error: BaseException) -> bool | None:
    """Return whether this error is transient, regardless of its causes, or None if its kind is unknown."""
    names = {f"{base.__module__}.{base.__qualname__}" for base in type(error).__mro__}
    if "botocore.exceptions.ClientError" in names:
        metadata = getattr(error, "response", {}).get("ResponseMetadata", {})
        return metadata.get("HTTPStatusCode") in _TRANSIENT_STATUSES
    if "sqlite3.OperationalError" in names:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_BUSY
    if names & _DATABASE_ERRORS:
        state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
        return state is None or state.startswith(_TRANSIENT_SQLSTATES)
    if names & _CONNECTION_ERRORS or isinstance(error, ConnectionError | TimeoutError):
        return True
    if type(error).__module__.startswith("onnxruntime"):
        return _GPU_ERROR.search(str(error)) is not None
    return _is_transient_os_error(error) if isinstance(error, OSError) else None


def _is_transient_os_error(error: OSError) -> bool:
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    return error.errno in _TRANSIENT_ERRNOS
