"""Removal of words from logs: SQLite databases, and text files that another process may be writing."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Protocol

_SQLITE = b"SQLite format 3\0"
_BUSY_S = 10.0


class Words(Protocol):
    """Words to remove from logs."""

    def found_in(self, text: str) -> bool: ...

    def redacted(self, text: str, same_length: bool = False) -> str: ...

    def raw_needles(self) -> tuple[bytes, ...]: ...


def log_files(folder: Path) -> list[Path]:
    """Return the files below `folder`, without links, and without the companion files of SQLite databases."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    return [path for path in files if not (path.name.endswith(("-wal", "-shm", "-journal")))]


def redact(path: Path, words: Words) -> bool:
    """Remove the words from a log. Returns whether it contained any.

    Raises:
        OSError: the file cannot be read or written.
        sqlite3.Error: the database is damaged, or another process keeps it locked.
    """
    if not contains(path, words):
        return False
    (_redact_database if _is_database(path) else _redact_text)(path, words)
    return True


def contains(path: Path, words: Words) -> bool:
    """Return whether a log contains one of the words. Raises like `redact`."""
    if not _is_database(path):
        return words.found_in(path.read_bytes().decode(errors="replace"))
    if _has_raw(path, words):
        return True
    with closing(_connect(path)) as database:
        return any(words.found_in(value) for _, _, _, value in _texts(database))


def _redact_text(path: Path, words: Words) -> None:
    """Overwrite the words in place: a writer that appends to the file may hold it open."""
    text = path.read_bytes().decode("utf-8", errors="surrogateescape")
    with path.open("r+b") as file:
        file.write(words.redacted(text, same_length=True).encode("utf-8", errors="surrogateescape"))
        file.flush()
        os.fsync(file.fileno())


def _redact_database(path: Path, words: Words) -> None:
    with closing(_connect(path)) as database:
        database.execute("PRAGMA secure_delete = ON")
        database.execute("BEGIN IMMEDIATE")
        changes = [found for found in _texts(database) if words.found_in(found[-1])]
        for table, column, row, value in changes:
            statement = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # noqa: S608 - names from the schema
            database.execute(statement, (words.redacted(value), row))
        database.execute("COMMIT")
        database.execute("VACUUM")  # deleted rows are in free pages
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _texts(database: sqlite3.Connection) -> Iterator[tuple[str, str, int, str]]:
    """Yield table, column, row id and value of every text."""
    tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for table in [_quoted(name) for (name,) in tables]:
        for column in [_quoted(row[1]) for row in database.execute(f"PRAGMA table_info({table})")]:
            query = f"SELECT rowid, {column} FROM {table} WHERE typeof({column}) = 'text'"  # noqa: S608
            for row, value in database.execute(query):
                yield table, column, row, value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _has_raw(path: Path, words: Words) -> bool:
    """Return whether the bytes of a database, or of its log, contain a word: also in pages that are free."""
    files = (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-journal"))
    needles = words.raw_needles()
    return any(needle in file.read_bytes() for file in files if file.exists() for needle in needles)
