"""Which errors may pass by themselves."""

import errno
import importlib
import socket
import sqlite3
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, NoCredentialsError
from psycopg import errors as postgresql
from sqlalchemy.exc import OperationalError

from screenalytics_resources import transient
from screenalytics_resources.errors import UnavailableError, UserError
from screenalytics_resources.transient import is_transient


def raised_from(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


def answer(status: int) -> ClientError:
    return ClientError({"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")


def of_onnx_runtime(message: str) -> BaseException:
    """The very class that a session raises; only a GPU brings about these messages."""
    from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

    return RuntimeException(message)


def locked_database(folder: Path) -> sqlite3.OperationalError:
    """The error of a second writer, from SQLite itself."""
    path = folder / "locked.db"
    with sqlite3.connect(path) as first, sqlite3.connect(path, timeout=0) as second:
        first.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            second.execute("BEGIN IMMEDIATE")
    return caught.value


def wrapped(cause: BaseException) -> BaseException:
    return raised_from(OperationalError("SELECT 1", {}, cause), cause)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(OSError(errno.EIO, "I/O error"), True, id="I/O error of a network disk"),
        pytest.param(OSError(errno.ESTALE, "stale handle"), True, id="stale file handle"),
        pytest.param(OSError(errno.ETIMEDOUT, "timed out"), True, id="timed out"),
        pytest.param(ConnectionResetError("reset"), True, id="connection reset"),
        pytest.param(TimeoutError(), True, id="timeout without a number"),
        pytest.param(socket.gaierror(socket.EAI_AGAIN, "try again"), True, id="name server is busy"),
        pytest.param(socket.gaierror(socket.EAI_NONAME, "unknown"), False, id="no such host"),
        pytest.param(OSError(errno.ENOSPC, "no space"), False, id="disk full"),
        pytest.param(OSError(errno.EDQUOT, "quota"), False, id="quota used up"),
        pytest.param(FileNotFoundError(errno.ENOENT, "gone"), False, id="no such file"),
        pytest.param(PermissionError(errno.EACCES, "no"), False, id="not allowed"),
        pytest.param(EndpointConnectionError(endpoint_url="http://x"), True, id="object store: no connection"),
        pytest.param(ConnectTimeoutError(endpoint_url="http://x"), True, id="object store: timeout"),
        pytest.param(NoCredentialsError(), False, id="object store: no credentials"),
        pytest.param(answer(503), True, id="object store: slow down"),
        pytest.param(answer(403), False, id="object store: access denied"),
        pytest.param(raised_from(OSError(errno.EIO, "x"), answer(412)), False, id="s3fs: unknown answer as EIO"),
        pytest.param(raised_from(OSError(errno.EREMOTEIO, "x"), answer(500)), True, id="s3fs: internal error"),
        pytest.param(wrapped(postgresql.OperationalError("no connection")), True, id="database: no connection"),
        pytest.param(wrapped(postgresql.AdminShutdown("restart")), True, id="database: restarted"),
        pytest.param(wrapped(postgresql.DeadlockDetected("deadlock")), True, id="database: deadlock"),
        pytest.param(wrapped(postgresql.DiskFull("no space")), False, id="database: disk full"),
        pytest.param(postgresql.UniqueViolation("twice"), False, id="database: constraint"),
        pytest.param(of_onnx_runtime("CUDA failure 2: out of memory"), True, id="GPU memory used up"),
        pytest.param(of_onnx_runtime("Failed to allocate memory for requested buffer of size 9"), True, id="arena"),
        pytest.param(of_onnx_runtime("Got invalid dimensions for input"), False, id="wrong input of a model"),
        pytest.param(UserError("bad setting"), False, id="what the user must mend"),
        pytest.param(raised_from(UserError("bad"), OSError(errno.EIO, "x")), False, id="judged as the user's"),
        pytest.param(UnavailableError("no database answers"), True, id="a service that may be back"),
        pytest.param(TypeError("bug"), False, id="error in the program"),
        pytest.param(MemoryError(), False, id="memory of the machine used up"),
        pytest.param(raised_from(RuntimeError("step"), ConnectionError()), True, id="wrapped by the caller"),
    ],
)
def test_what_may_pass_by_itself(error: BaseException, expected: bool) -> None:
    assert is_transient(error) is expected


def test_a_locked_sqlite_database_may_be_free_soon(tmp_path: Path) -> None:
    assert is_transient(wrapped(locked_database(tmp_path)))


def test_a_broken_sqlite_statement_stays_broken() -> None:
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(":memory:").execute("SELECT no_such_column")
    assert not is_transient(caught.value)


def test_a_bug_while_a_fault_is_handled_is_a_bug() -> None:
    with pytest.raises(TypeError) as caught:
        try:
            raise ConnectionError
        except ConnectionError:
            raise TypeError("bug")  # noqa: B904 - the very case
    assert not is_transient(caught.value)


def test_a_circle_of_causes_ends() -> None:
    one, other = RuntimeError(), RuntimeError()
    one.__cause__, other.__cause__ = other, one
    assert not is_transient(one)


@pytest.mark.parametrize("name", sorted(transient._CONNECTION_ERRORS | transient._DATABASE_ERRORS))
def test_the_names_are_those_of_the_installed_libraries(name: str) -> None:
    module, _, class_name = name.rpartition(".")
    found = getattr(importlib.import_module(module), class_name)
    assert f"{found.__module__}.{found.__qualname__}" == name
