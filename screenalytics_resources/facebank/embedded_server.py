"""The embedded PostgreSQL server of a data root. All processes share it, and the last one to leave stops it.

Three file locks in `{data root}/database/` coordinate the processes. A recorded process id is never trusted, because
the operating system may have reused it for another program:

- `start.lock` is held while the server starts or stops;
- `users.lock` is shared by all users of the server; a process that gets it exclusively is the last user and stops the
  server;
- `server.lock` is inherited by the server and its children; while it is free, none of them is alive.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.file_locks import locked, shared_lock, try_locked
from screenalytics_resources.facebank.server_process import ServerProcess


@contextmanager
def running_server(root: Path) -> Iterator[Path]:
    """Yield the socket folder of the server of this data root, starting the server if it is not running.

    A killed process no longer counts as a user. The next caller restarts a killed server.

    Raises:
        UserError: the server cannot be started, or its folder belongs to another user.
    """
    home = _private_folder(root.resolve() / "database")
    server = ServerProcess(home)
    try:
        with shared_lock(home / "users.lock"):
            with locked(home / "start.lock"):
                server.ensure_running()
                sockets = server.sockets()
            yield sockets
    finally:
        with locked(home / "start.lock"), try_locked(home / "users.lock") as exclusive:
            if exclusive is not None:
                server.stop()


def _private_folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.chmod(0o700)
        with locked(path / "start.lock"):
            return path
    except OSError as error:
        raise UserError(
            f"The database folder {path} cannot be used ({error.strerror}): check the path and its permissions."
        ) from error
