"""Classification of errors as transient or permanent."""

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


def s3_error(status: int) -> ClientError:
    return ClientError({"Error": {"Code": "X"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")


def onnx_runtime_error(message: str) -> BaseException:
    """Return an error of the class that a session raises. The real messages only occur with a GPU."""
    from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

    return RuntimeException(message)


def locked_database(folder: Path) -> sqlite3.OperationalError:
    """Return the error that SQLite raises for a second writer."""
    path = folder / "locked.db"
    with sqlite3.connect(path) as first, sqlite3.connect(path, timeout=0) as second:
        first.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError) as caught:
            second.execute("BEGIN IMMEDIATE")
    return caught.value


def sqlalchemy_error(cause: BaseException) -> BaseException:
    return raised_from(OperationalError("SELECT 1", {}, cause), cause)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(OSError(errno.EIO, "I/O error"), True, id="I/O error of a network disk"),
        pytest.param(OSError(errno.ESTALE, "stale handle"), True, id="stale file handle"),
        pytest.param(OSError(errno.ETIMEDOUT, "timed out"), True, id="timed out"),
        pytest.param(ConnectionResetError("reset"), True, id="connection reset"),
        pytest.param(TimeoutError(), True, id="timeout without errno"),
        pytest.param(socket.gaierror(socket.EAI_AGAIN, "try again"), True, id="name server is busy"),
        pytest.param(socket.gaierror(socket.EAI_NONAME, "unknown"), False, id="no such host"),
        pytest.param(OSError(errno.ENOSPC, "no space"), False, id="disk full"),
        pytest.param(OSError(errno.EDQUOT, "quota"), False, id="quota exceeded"),
        pytest.param(FileNotFoundError(errno.ENOENT, "gone"), False, id="no such file"),
        pytest.param(PermissionError(errno.EACCES, "no"), False, id="not allowed"),
        pytest.param(EndpointConnectionError(endpoint_url="http://x"), True, id="object store: no connection"),
        pytest.param(ConnectTimeoutError(endpoint_url="http://x"), True, id="object store: timeout"),
        pytest.param(NoCredentialsError(), False, id="object store: no credentials"),
        pytest.param(s3_error(503), True, id="object store: slow down"),
        pytest.param(s3_error(403), False, id="object store: access denied"),
        pytest.param(raised_from(OSError(errno.EIO, "x"), s3_error(412)), False, id="s3fs: unknown error as EIO"),
        pytest.param(raised_from(OSError(errno.EREMOTEIO, "x"), s3_error(500)), True, id="s3fs: internal error"),
        pytest.param(
            sqlalchemy_error(postgresql.OperationalError("no connection")), True, id="database: no connection"
        ),
        pytest.param(sqlalchemy_error(postgresql.AdminShutdown("restart")), True, id="database: restarted"),
        pytest.param(sqlalchemy_error(postgresql.DeadlockDetected("deadlock")), True, id="database: deadlock"),
        pytest.param(sqlalchemy_error(postgresql.DiskFull("no space")), False, id="database: disk full"),
        pytest.param(postgresql.UniqueViolation("twice"), False, id="database: constraint"),
        pytest.param(onnx_runtime_error("CUDA failure 2: out of memory"), True, id="GPU memory exhausted"),
        pytest.param(
            onnx_runtime_error("Failed to allocate memory for requested buffer of size 9"),
            True,
            id="GPU arena exhausted",
        ),
        pytest.param(onnx_runtime_error("Got invalid dimensions for input"), False, id="invalid model input"),
        pytest.param(UserError("bad setting"), False, id="user error"),
        pytest.param(
            raised_from(UserError("bad"), OSError(errno.EIO, "x")), False, id="user error caused by an I/O error"
        ),
        pytest.param(UnavailableError("no database answers"), True, id="service unavailable"),
        pytest.param(TypeError("bug"), False, id="bug"),
        pytest.param(MemoryError(), False, id="out of memory"),
        pytest.param(raised_from(RuntimeError("step"), ConnectionError()), True, id="wrapped by the caller"),
    ],
)
def test_is_transient(error: BaseException, expected: bool) -> None:
    assert is_transient(error) is expected


def test_a_locked_sqlite_database_is_transient(tmp_path: Path) -> None:
    assert is_transient(sqlalchemy_error(locked_database(tmp_path)))


def test_an_invalid_sqlite_statement_is_not_transient() -> None:
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(":memory:").execute("SELECT no_such_column")
    assert not is_transient(caught.value)


def test_a_bug_while_handling_a_transient_error_is_not_transient() -> None:
    with pytest.raises(TypeError) as caught:
        try:
            raise ConnectionError
        except ConnectionError:
            raise TypeError("bug")  # noqa: B904 - this is the case under test
    assert not is_transient(caught.value)


def test_a_cycle_of_causes_terminates() -> None:
    first, second = RuntimeError(), RuntimeError()
    first.__cause__, second.__cause__ = second, first
    assert not is_transient(first)


@pytest.mark.parametrize("name", sorted(transient._CONNECTION_ERRORS | transient._DATABASE_ERRORS))
def test_the_names_exist_in_the_installed_libraries(name: str) -> None:
    module, _, class_name = name.rpartition(".")
    error_class = getattr(importlib.import_module(module), class_name)
    assert f"{error_class.__module__}.{error_class.__qualname__}" == name
