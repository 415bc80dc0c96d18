"""The embedded server: private, shared by real processes, stopped by the last one, restarted after a kill."""

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank import server_process
from screenalytics_resources.facebank.cast_store import open_cast_store
from screenalytics_resources.facebank.embedded_server import running_server
from screenalytics_resources.facebank.file_locks import try_locked

Start = Callable[..., subprocess.Popen[str]]

HOLD = """
import sys
from pathlib import Path
from screenalytics_resources.facebank.embedded_server import running_server
with running_server(Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.readline()
"""
EDIT = """
import sys
from screenalytics_resources.facebank.cast_store import open_cast_store
from screenalytics_resources.facebank.records import Owner
EPISODE = "demo-s01e01"
root, number = sys.argv[1], int(sys.argv[2])
print("ready", flush=True)
sys.stdin.readline()
with open_cast_store(root) as cast:
    try:
        cast.add_person("demo", "ada", "Ada")
    except Exception as error:
        assert "already has" in str(error), error
    for n in range(5):
        cast.add_person("demo", f"p{number}-{n}", "Person")
    owners = [Owner("demo", EPISODE, f"identity-{n:05d}", f"p{number}-{n}", "machine") for n in range(5)]
    cast.sync_episode("demo", EPISODE, [owner.identity_id for owner in owners], owners)
"""


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCREENALYTICS_DATABASE_URL", raising=False)


@pytest.fixture
def hold(start: Start, tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Return a function that starts a process which uses the server until it is released."""
    held: list[subprocess.Popen[str]] = []

    def run() -> subprocess.Popen[str]:
        process = start(HOLD, str(tmp_path))
        held.append(process)
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        return process

    yield run
    for process in held:
        process.kill()
        process.communicate()


def _release(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=60)
    assert process.returncode == 0


def _is_running(root: Path) -> bool:
    with try_locked(root / "database" / "server.lock") as lock:
        return lock is None


def _postmaster(root: Path) -> int:
    return int((root / "database" / "data" / "postmaster.pid").read_text().split()[0])


def _kill_server(root: Path) -> None:
    postmaster = _postmaster(root)
    os.kill(postmaster, signal.SIGKILL)


def test_files_are_private_and_no_network_port_is_open(tmp_path: Path) -> None:
    with running_server(tmp_path) as sockets:
        for folder in (tmp_path / "database", sockets, tmp_path / "database" / "data"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700, folder
        readable = [path for path in (tmp_path / "database").rglob("*") if path.stat().st_mode & 0o077]
        assert readable == []
        assert (sockets / ".s.PGSQL.5432").is_socket()
        with psycopg.connect(host=str(sockets), user="screenalytics", dbname="postgres") as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    assert not _is_running(tmp_path)


def test_a_long_root_gets_a_short_private_socket_folder(tmp_path: Path) -> None:
    root = tmp_path / ("long" * 25)
    for _ in range(2):
        with running_server(root) as sockets:
            assert len(str(sockets)) < 80
            assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
            psycopg.connect(host=str(sockets), user="screenalytics", dbname="postgres").close()
    sockets.rmdir()


@pytest.mark.parametrize(
    "name", [b"latin\xe9", b"a[\x1b\n\xe9 %20?host=x#", "日本".encode()], ids=["latin", "odd", "utf-8"]
)
def test_root_with_any_bytes(tmp_path: Path, name: bytes) -> None:
    root = tmp_path / os.fsdecode(name)
    for _ in range(2):
        with running_server(root) as sockets:
            psycopg.connect(host=str(sockets), user="screenalytics", dbname="postgres").close()
    assert not _is_running(root)
    if not sockets.is_relative_to(root):
        sockets.rmdir()


def test_a_socket_folder_that_others_can_read_is_refused(tmp_path: Path) -> None:
    root = tmp_path / ("long" * 25)
    with running_server(root) as sockets:
        pass
    sockets.chmod(0o755)
    with (
        pytest.raises(UserError, match="not a private folder of the database's owner: remove it"),
        running_server(root),
    ):
        pass
    sockets.chmod(0o700)


def test_root_with_quotes_and_spaces(tmp_path: Path) -> None:
    with open_cast_store(str(tmp_path / 'it\'s a "data" root, %2')) as cast:
        assert cast.people("demo") == ()


def test_the_last_user_stops_the_server(tmp_path: Path, hold: Callable[[], subprocess.Popen[str]]) -> None:
    first, second = hold(), hold()
    postmaster = _postmaster(tmp_path)
    _release(first)
    assert _is_running(tmp_path)
    with running_server(tmp_path), running_server(tmp_path):
        assert _postmaster(tmp_path) == postmaster, "all share one server"
    assert _is_running(tmp_path)
    _release(second)
    assert not _is_running(tmp_path)


def test_a_killed_client_does_not_keep_the_server_running(
    tmp_path: Path, hold: Callable[[], subprocess.Popen[str]]
) -> None:
    process = hold()
    process.kill()
    process.wait()
    assert _is_running(tmp_path), "no process was left to stop it"
    with running_server(tmp_path):
        pass
    assert not _is_running(tmp_path)


def test_a_killed_server_is_restarted_with_its_data(tmp_path: Path) -> None:
    with open_cast_store(str(tmp_path)) as cast:
        cast.add_person("demo", "ada", "Ada")
        _kill_server(tmp_path)
        with open_cast_store(str(tmp_path)) as again:
            assert [person.name for person in again.people("demo")] == ["Ada"]
        assert [person.name for person in cast.people("demo")] == ["Ada"], "an open store reconnects to the new server"
    assert not _is_running(tmp_path)


def _kill_with_children(root: Path) -> None:
    """Kill the server and wait until its children have ended: a live one could answer one more query."""
    server = psutil.Process(_postmaster(root))
    processes = [server, *server.children(recursive=True)]
    for process in processes:
        process.kill()
    assert psutil.wait_procs(processes, timeout=30)[1] == []


def test_users_of_a_killed_server_get_an_error(tmp_path: Path) -> None:
    with open_cast_store(str(tmp_path)) as cast:
        cast.people("demo")
        _kill_with_children(tmp_path)
        with pytest.raises(UserError, match="connection to the cast database was lost"):
            cast.people("demo")


def test_a_stale_process_id_of_another_program_is_ignored(tmp_path: Path) -> None:
    with running_server(tmp_path):
        pass
    pid_file = tmp_path / "database" / "data" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{pid_file.parent}\n1700000000\n5432\n.\n\n1 1\nready\n")
    with running_server(tmp_path):
        assert _postmaster(tmp_path) != os.getpid()


def test_incomplete_data_files_are_created_again(tmp_path: Path) -> None:
    partial = tmp_path / "database" / "data.partial"
    partial.mkdir(parents=True)
    (partial / "PG_VERSION").write_text("18\n")
    with running_server(tmp_path):
        pass
    assert not partial.exists()


def test_eight_processes_edit_an_empty_root_concurrently(tmp_path: Path, start: Start) -> None:
    processes = [start(EDIT, str(tmp_path), str(number)) for number in range(8)]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        process.communicate(timeout=120)
    assert [process.returncode for process in processes] == [0] * 8
    assert not _is_running(tmp_path)
    with open_cast_store(str(tmp_path)) as cast:
        assert len(cast.people("demo")) == 1 + 8 * 5, "no person is lost"
        owners = cast.owners("demo")
        assert [owner.identity_id for owner in owners] == [f"identity-{n:05d}" for n in range(5)]
        assert len({owner.person_id.partition("-")[0] for owner in owners}) == 1, "they are those of the last process"
        assert cast.people_document("demo")["revision"] == 1 + 8 * 5 + 8, "each change is counted once"


def test_data_of_an_unavailable_postgresql_version_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "database" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("99\n")
    with (
        pytest.raises(UserError, match="created by PostgreSQL 99, but pixeltable"),
        running_server(tmp_path),
    ):
        pass


def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    words = r"database folder .* cannot be used \(Not a directory\): check the path"
    with pytest.raises(UserError, match=words), running_server(tmp_path / "file"):
        pass


def test_a_server_that_does_not_start_names_its_log(tmp_path: Path) -> None:
    with running_server(tmp_path):
        pass
    with (tmp_path / "database" / "data" / "postgresql.conf").open("a") as settings:
        settings.write("nonsense = 1\n")
    with pytest.raises(UserError, match=r"does not start: see .*server.log"), running_server(tmp_path):
        pass
    assert not _is_running(tmp_path)


def test_a_fork_does_not_keep_the_server_running(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    with running_server(tmp_path):
        child = os.fork()
        if child == 0:
            os.close(writer)
            os.read(reader, 1)
            os._exit(0)
    try:
        assert not _is_running(tmp_path)
    finally:
        os.close(writer)
        os.waitpid(child, 0)
        os.close(reader)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_keeps_its_own_folders_closed_to_the_server_user(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    with running_server(private):
        data = private / "database" / "data"
        assert data.stat().st_uid != 0
        assert Path(f"/proc/{_postmaster(private)}").stat().st_uid == data.stat().st_uid
    assert stat.S_IMODE(private.stat().st_mode) == 0o700


def test_a_held_lock_without_a_server_times_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server lock is held, but no PostgreSQL answers: opening fails after the timeout."""
    monkeypatch.setattr(server_process, "_TIMEOUT_S", 0.1)
    home = tmp_path / "database"
    home.mkdir()
    words = r"does not answer: see .*server.log"
    with try_locked(home / "server.lock"), pytest.raises(UserError, match=words), running_server(tmp_path):
        pass


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes copies that belong to root")
def test_a_data_root_copied_by_root_can_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCREENALYTICS_DATABASE_URL", raising=False)
    with open_cast_store(str(tmp_path / "one")) as cast:
        cast.add_person("demo", "ada", "Ada")
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    for path in (tmp_path / "two").rglob("*"):
        os.chown(path, 0, 0)
    with open_cast_store(str(tmp_path / "two")) as cast:
        assert [person.person_id for person in cast.people("demo")] == ["ada"]
