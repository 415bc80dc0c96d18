"""Removal of words from SQLite databases and text logs."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from screenalytics_resources.facebank.person_words import words_of
from screenalytics_resources.facebank.records import Traces
from screenalytics_resources.redaction import contains, log_files, redact

WORDS = words_of(Traces(frozenset({"zoe-quaxley"}), frozenset({"Zoë"})), ())


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "events.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE event (id INTEGER PRIMARY KEY, body TEXT, tags TEXT, data BLOB)")
        rows = [('{"message": "no person zoe-quaxley"}', "a", b"1"), ('{"message": "fine"}', r"Zo\u00eb", b"2")]
        connection.executemany("INSERT INTO event (body, tags, data) VALUES (?, ?, ?)", rows)
    return path


def test_a_database_is_redacted_with_its_free_pages(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("PRAGMA secure_delete = OFF")
        writer.execute("INSERT INTO event (body) VALUES (?)", ("deleted zoe-quaxley " * 500,))
        writer.execute("DELETE FROM event WHERE id = 3")
        assert contains(database, WORDS)
        assert redact(database, WORDS)
        assert not contains(database, WORDS)
        assert writer.execute("SELECT body, tags, data FROM event").fetchall() == [
            ('{"message": "no person [erased]"}', "a", b"1"),
            ('{"message": "fine"}', "[erased]", b"2"),
        ]
        for file in database.parent.iterdir():
            assert b"quaxley" not in file.read_bytes(), file
    assert not redact(database, WORDS)


def test_a_deleted_row_counts(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("CREATE TABLE event (body TEXT)")
        connection.execute("INSERT INTO event VALUES (?)", ("zoe-quaxley " * 500,))
        connection.execute("DELETE FROM event")
    assert contains(path, WORDS) and redact(path, WORDS) and not contains(path, WORDS)
    assert b"quaxley" not in path.read_bytes()


def test_a_text_keeps_its_length_and_its_writer(tmp_path: Path) -> None:
    path = tmp_path / "run.err"
    with path.open("ab", buffering=0) as writer:
        writer.write("\xff no person zoe-quaxley (Zoë)\n".encode("latin-1") + "Zoë\n".encode())
        assert contains(path, WORDS) and redact(path, WORDS)
        writer.write(b"next line\n")
    assert path.read_bytes() == b"\xff no person *********** (Zo\xeb)\n****\nnext line\n"
    assert not contains(path, WORDS) and not redact(path, WORDS)


def test_a_locked_database_is_an_error(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screenalytics_resources.redaction._BUSY_S", 0.01)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            redact(database, WORDS)


def test_links_and_companion_files_are_no_logs(database: Path) -> None:
    (database.parent / "link.db").symlink_to(database)
    (database.parent / "events.db-wal").touch()
    assert log_files(database.parent) == [database]
