"""A copied data root has a server of its own, even if its copied `postmaster.pid` names another one."""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from screenalytics_resources.facebank.cast_store import open_cast_store
from screenalytics_resources.facebank.embedded_server import running_server
from screenalytics_resources.facebank.file_locks import try_locked
from screenalytics_resources.facebank.server_process import PORT
from screenalytics_resources.facebank.socket_folder import IN_DATA, MAX_SOCKET_PATH, socket_folder

SHORT, LONG = "", "long" * 25


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCREENALYTICS_DATABASE_URL", raising=False)


def copy_by_name(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-r", str(source), str(target)], check=True)


def copy_as_archive(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def people(root: Path) -> list[str]:
    with open_cast_store(str(root)) as cast:
        return [person.person_id for person in cast.people("demo")]


def is_running(root: Path) -> bool:
    with try_locked(root / "database" / "server.lock") as lock:
        return lock is None


Copy = Callable[[Path, Path], None]


@pytest.mark.parametrize("name", [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long")])
@pytest.mark.parametrize("copy", [copy_by_name, copy_as_archive])
def test_a_copy_made_while_the_server_runs(tmp_path: Path, name: str, copy: Copy) -> None:
    original, copied = tmp_path / f"one{name}", tmp_path / f"two{name}"
    with open_cast_store(str(original)) as cast:
        cast.add_person("demo", "ada", "Ada")
        with running_server(original) as sockets:
            copy(original, copied)
            with open_cast_store(str(copied)) as other:
                other.add_person("demo", "ben", "Ben")
                assert [person.person_id for person in cast.people("demo")] == ["ada"]
                cast.add_person("demo", "cem", "Cem")
                assert [person.person_id for person in other.people("demo")] == ["ada", "ben"]
            assert not is_running(copied)
            psycopg.connect(host=str(sockets), user="screenalytics", dbname="postgres").close()
        assert is_running(original)
        assert [person.person_id for person in cast.people("demo")] == ["ada", "cem"]
    assert (people(original), people(copied)) == (["ada", "cem"], ["ada", "ben"])


@pytest.mark.parametrize("name", [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long")])
def test_a_copy_made_while_the_server_runs_and_used_after_it_stopped(tmp_path: Path, name: str) -> None:
    original, copied = tmp_path / f"one{name}", tmp_path / f"two{name}"
    with open_cast_store(str(original)) as cast:
        cast.add_person("demo", "ada", "Ada")
        copy_by_name(original, copied)
    with open_cast_store(str(copied)) as other:
        other.add_person("demo", "ben", "Ben")
    assert (people(original), people(copied)) == (["ada"], ["ada", "ben"])


def test_a_recorded_process_that_is_another_server_is_left_alone(tmp_path: Path) -> None:
    """A data folder whose `postmaster.pid` names socket and process of a living server of another folder."""
    one, two = tmp_path / "one", tmp_path / "two"
    with open_cast_store(str(two)) as other:
        other.add_person("demo", "ben", "Ben")
    with open_cast_store(str(one)) as cast, running_server(one) as sockets:
        cast.add_person("demo", "ada", "Ada")
        recorded = (one / "database" / "data" / "postmaster.pid").read_text().splitlines()
        recorded[4] = str(sockets)
        (two / "database" / "data" / "postmaster.pid").write_text("\n".join(recorded) + "\n")
        assert people(two) == ["ben"]
        assert is_running(one)
        assert [person.person_id for person in cast.people("demo")] == ["ada"]


@pytest.mark.parametrize("excess", [0, 1, 5], ids=lambda excess: f"{MAX_SOCKET_PATH + excess} bytes")
def test_a_socket_path_around_the_limit(excess: int) -> None:
    """One byte more than the limit of macOS needs the private folder, as does one more than that of Linux (107)."""
    with tempfile.TemporaryDirectory() as short:
        rest = MAX_SOCKET_PATH + excess - len(f"{short}//database/data/.s.PGSQL.{PORT}")
        original, copied = Path(short) / ("o" * rest), Path(short) / ("c" * rest)
        with open_cast_store(str(original)) as cast:
            cast.add_person("demo", "ada", "Ada")
            assert (socket_folder(original / "database" / "data", PORT) == IN_DATA) == (excess <= 0)
            copy_by_name(original, copied)
            with open_cast_store(str(copied)) as other:
                other.add_person("demo", "ben", "Ben")
            assert [person.person_id for person in cast.people("demo")] == ["ada"]
        assert (people(original), people(copied)) == (["ada"], ["ada", "ben"])


def test_a_moved_root_and_a_new_one_in_its_place_have_their_own_sockets(tmp_path: Path) -> None:
    root, moved = tmp_path / LONG, tmp_path / f"moved{LONG}"
    with open_cast_store(str(root)) as cast:
        cast.add_person("demo", "ada", "Ada")
        root.rename(moved)
        assert people(root) == []
        assert [person.person_id for person in cast.people("demo")] == ["ada"]
        assert people(moved) == ["ada"]
        assert is_running(moved)
        moved_home = moved / "database"
        root.rename(tmp_path / "aside")
        moved.rename(root)
    assert not is_running(root)
    assert not moved_home.exists()


def test_a_long_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = tmp_path / ("t" * 90)
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    root = tmp_path / LONG
    with running_server(root) as sockets:
        assert sockets.parent == Path("/tmp")  # noqa: S108
    sockets.rmdir()
