"""Connections to the SQLite databases of Dagster's instance, reused while a process executes a run."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from dagster import DagsterInstance
from dagster._core.storage import sql
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.dagster_support import internals
from screenalytics_assets.dagster_support.internals import read_migrations_once, reused_connections

STORAGES = (sqlite_event_log, sqlite_run_storage)


@pytest.fixture
def instance(home: Path) -> Iterator[DagsterInstance]:
    with open_instance() as opened:
        yield opened


def test_each_database_has_one_engine(instance: DagsterInstance, tmp_path: Path) -> None:
    first, second = (f"sqlite:///{tmp_path / name}.db" for name in ("first", "second"))
    with reused_connections():
        engines = [storage.create_engine(url) for storage in STORAGES for url in (first, second, first)]
    assert engines[0] is engines[2] is engines[3]
    assert engines[1] is engines[4] is not engines[0]


def test_afterwards_nothing_is_kept(instance: DagsterInstance, tmp_path: Path) -> None:
    before = [storage.create_engine for storage in STORAGES]
    with pytest.raises(ValueError, match="step failed"), reused_connections():
        report_events(instance, 5)
        assert logs_of(tmp_path)  # the open connection keeps the write-ahead log
        raise ValueError("step failed")
    assert [storage.create_engine for storage in STORAGES] == before
    assert not logs_of(tmp_path)


def test_others_read_and_write_meanwhile(instance: DagsterInstance, tmp_path: Path) -> None:
    with reused_connections():
        report_events(instance, 3)
        (path,) = (log.with_name(log.name.removesuffix("-wal")) for log in logs_of(tmp_path) if "index" in log.name)
        with sqlite3.connect(path, timeout=1) as other:
            stored = other.execute("SELECT count(*) FROM event_logs").fetchone()[0]
            other.execute("DELETE FROM event_logs")
        other.close()
        report_events(instance, 2)
    assert stored >= 3
    with sqlite3.connect(path) as after:
        assert after.execute("SELECT count(*) FROM event_logs").fetchone()[0] == 2
    after.close()


def test_another_version_of_dagster_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internals, "DAGSTER_VERSION", "0.0.0")
    before = [storage.create_engine for storage in STORAGES]
    with reused_connections():
        assert [storage.create_engine for storage in STORAGES] == before


def report_events(instance: DagsterInstance, count: int) -> None:
    from dagster import AssetMaterialization

    for number in range(count):
        instance.report_runless_asset_event(AssetMaterialization("video", description=str(number)))


def logs_of(folder: Path) -> list[Path]:
    """Return the write-ahead logs that exist."""
    return sorted(folder.rglob("*-wal"))


@pytest.mark.parametrize(
    ("version", "readings"), [pytest.param("1.13.27", 1, id="known"), pytest.param("1.13.28", 2, id="another")]
)
def test_the_scripts_of_a_folder_are_read_once_with_a_known_version(
    version: str, readings: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str | None] = []

    def from_config(config: Config) -> str | None:
        read.append(config.get_main_option("script_location"))
        return read[-1]

    monkeypatch.setattr(ScriptDirectory, "from_config", from_config)
    monkeypatch.setattr(internals._MigrationScripts, "_read", {})
    monkeypatch.setattr(sql, "ScriptDirectory", ScriptDirectory)
    monkeypatch.setattr(internals, "DAGSTER_VERSION", version)
    config = Config()
    config.set_main_option("script_location", "folder")
    read_migrations_once()
    assert [sql.ScriptDirectory.from_config(config) for _ in range(2)] == ["folder", "folder"]
    assert read == ["folder"] * readings
