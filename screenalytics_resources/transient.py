"""Which errors may pass by themselves: faults of the network, of storage, of the database or of the GPU.

Everything else, such as bad input, a full disk or an error in the program, would only fail again.
"""

import errno
import re
import socket
from collections.abc import Iterator

from screenalytics_resources.errors import UnavailableError, UserError

_ERRNOS = frozenset(
    {
        errno.EAGAIN,
        errno.EBUSY,  # s3fs: slow down
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
_CLASSES = frozenset(
    {
        "aiohttp.client_exceptions.ClientConnectionError",
        "aiohttp.client_exceptions.ClientPayloadError",
        "botocore.exceptions.ConnectionError",
        "botocore.exceptions.HTTPClientError",
        "botocore.exceptions.IncompleteReadError",
        "botocore.exceptions.ResponseStreamingError",
    }
)
"""Faults of a connection, by name, so that nothing needs to be imported to tell them."""
_ANSWERS = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP statuses of an object store that is busy or broken for the moment."""
_DATABASE_ERRORS = frozenset({"psycopg.OperationalError", "psycopg2.OperationalError"})
_SQLSTATES = ("08", "40", "53300", "57P")
"""PostgreSQL: connection lost, transaction to be repeated, too many connections, shutting down or starting up
(https://www.postgresql.org/docs/current/errcodes-appendix.html); not 53100, the disk is full."""
_SQLITE_BUSY = frozenset({5, 6})
"""SQLITE_BUSY and SQLITE_LOCKED (https://www.sqlite.org/rescode.html)."""
_DEVICE_FAULT = re.compile(r"cuda|cudnn|cublas|failed to allocate memory", re.IGNORECASE)
"""How ONNX Runtime, whose errors have no codes of the device, words an exhausted or failed GPU."""


def is_transient(error: BaseException) -> bool:
    """Whether what `error` was raised from may pass by itself.

    The cause that lies deepest and is known decides. What only the user can mend never passes, but for a service
    that may be back.
    """
    chain = list(_causes(error))
    for link in chain:
        if isinstance(link, UserError):
            return isinstance(link, UnavailableError)
    return next((verdict for link in reversed(chain) if (verdict := _verdict(link)) is not None), False)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """`error` and what it was raised from on purpose; what was merely being handled says nothing about it."""
    seen: set[int] = set()  # chains of causes can run in a circle
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__


def _verdict(error: BaseException) -> bool | None:
    """What this error alone says; None where it is of no known kind."""
    names = {f"{one.__module__}.{one.__qualname__}" for one in type(error).__mro__}
    if "botocore.exceptions.ClientError" in names:
        answer = getattr(error, "response", {}).get("ResponseMetadata", {})
        return answer.get("HTTPStatusCode") in _ANSWERS
    if "sqlite3.OperationalError" in names:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE_BUSY
    if names & _DATABASE_ERRORS:
        state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
        return state is None or state.startswith(_SQLSTATES)
    if names & _CLASSES or isinstance(error, ConnectionError | TimeoutError):
        return True
    if type(error).__module__.startswith("onnxruntime"):
        return _DEVICE_FAULT.search(str(error)) is not None
    return _of_system(error) if isinstance(error, OSError) else None


def _of_system(error: OSError) -> bool:
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    return error.errno in _ERRNOS
