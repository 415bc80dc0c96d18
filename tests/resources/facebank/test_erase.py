"""Rewriting the tables: older transactions, which make PostgreSQL keep deleted rows, and statistics."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank import erase
from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from screenalytics_resources.facebank.database_files import files_with
from screenalytics_resources.facebank.erase import rewrite_tables

TABLES = tuple(f"facebank.{table}" for table in ("people", "seeds", "vectors", "owners"))


def deleted_files(root: Path) -> list[str]:
    return files_with(root / "database" / "data", [b"zebulon-quaxley"])


def add_and_remove(cast: CastStore) -> None:
    cast.add_person("demo", "zebulon-quaxley", "Zebulon")
    with cast._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE facebank.people"))
    cast.remove_person("demo", "zebulon-quaxley")


def older_transaction(cast: CastStore, work: Callable[[], None]) -> None:
    """Run `work` while another transaction sees the state from before the removal."""
    with cast._engine.connect().execution_options(isolation_level="REPEATABLE READ") as older:
        cast.add_person("demo", "zebulon-quaxley", "Zebulon")
        older.execute(text("SELECT count(*) FROM pg_class"))
        cast.remove_person("demo", "zebulon-quaxley")
        work()
        older.invalidate()


def test_rows_of_a_removed_person_and_their_statistics_are_erased(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SCREENALYTICS_DATABASE_URL", raising=False)
    monkeypatch.setattr(erase, "WAIT_S", 0.2)
    with open_cast_store(str(tmp_path)) as cast:
        add_and_remove(cast)
        assert deleted_files(tmp_path) != []
        assert rewrite_tables(cast._engine, TABLES, True) == []
        assert deleted_files(tmp_path) == []

        def refuse() -> None:
            with pytest.raises(UserError, match=r"end a transaction of process \d+ that was open since 20\d\d-"):
                rewrite_tables(cast._engine, TABLES, False)
            assert deleted_files(tmp_path) != []

        def end() -> None:
            (sentence,) = rewrite_tables(cast._engine, TABLES, True)
            assert "it saw deleted rows" in sentence
            assert deleted_files(tmp_path) == []

        older_transaction(cast, refuse)
        older_transaction(cast, end)
