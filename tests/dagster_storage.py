"""Faster SQLite storage for Dagster instances in tests: the same files and statements, without repeated preparation."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from sqlalchemy import Engine, create_engine, event

MAX_ENGINES = 32


def do_not_sync(connection: sqlite3.Connection, record: object) -> None:
    """Let commits of a new connection return before the disk has them."""
    connection.execute("PRAGMA synchronous = OFF")


@contextmanager
def fast_dagster_storage() -> Iterator[None]:
    """Let this process read each folder of migrations once, and keep the engine of each database.

    Dagster reads its hundred migrations about six times per instance and once per run. It creates an engine per
    connection, which forgets the compiled statements. Dagster's engines keep no connection open, so the files are the
    same.
    Commits are not synced to the disk, which matters only if the machine loses power.
    """
    read, migrations = ScriptDirectory.from_config, dict[str | None, ScriptDirectory]()
    engines: dict[tuple[str, object], Engine] = {}

    def from_config(config: Config) -> ScriptDirectory:
        location = config.get_main_option("script_location")
        if location not in migrations:
            migrations[location] = read(config)
        return migrations[location]

    def kept_engine(url: str, **options: Any) -> Engine:
        kept = url, options.get("poolclass")
        if kept not in engines:
            if len(engines) == MAX_ENGINES:
                engines.clear()
            engines[kept] = create_engine(url, **options)
            event.listen(engines[kept], "connect", do_not_sync)
        return engines[kept]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptDirectory, "from_config", from_config)
        for module in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
            patch.setattr(module, "create_engine", kept_engine)
        yield
