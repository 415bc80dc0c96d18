"""The embedded PostgreSQL server of a data root, shared by every process that uses it, stopped by the last.

Three file locks in `{data root}/database/` settle who may do what. No process id is believed to be alive, so that an
id that another program was given since does no harm:

- `start.lock`: held while starting or stopping;
- `users.lock`: shared by all who use the server; who gets it alone is the last, and stops the server;
- `server.lock`: the server and its children inherit it; while it is free, none of them lives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.file_locks import locked, shared_lock, try_locked
from screenalytics_resources.facebank.server_process import ServerProcess


@contextmanager
def running_server(root: Path) -> Iterator[Path]:
    """Yield the folder of the socket of the server of this data root, started where it does not run yet.

    A user of the server that is killed is no user any more; a server that is killed is started by the next.

    Raises:
        UserError: it cannot be started, or its folder belongs to another user.
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
        with locked(home / "start.lock"), try_locked(home / "users.lock") as alone:
            if alone is not None:
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
