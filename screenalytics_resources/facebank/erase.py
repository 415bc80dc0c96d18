"""Permanent erasure: remove deleted rows from the files of the database too."""

from collections.abc import Iterable

from sqlalchemy import Engine, text


def rewrite_tables(engine: Engine, tables: Iterable[str], embedded: bool) -> None:
    """Rewrite `tables`, their indexes and statistics without the rows deleted from them.

    PostgreSQL leaves deleted bytes in its files until it reuses the space. On the `embedded` server the old write-ahead
    log is removed as well. The log and backups of any other server are the responsibility of its owner.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM (FULL, ANALYZE) {', '.join(tables)}"))
        if not embedded:
            return
        connection.execute(text("VACUUM FULL pg_catalog.pg_statistic"))
        for _ in range(2):  # the first pass keeps the segment it was written to
            connection.execute(text("SELECT pg_switch_wal()"))
            connection.execute(text("CHECKPOINT"))
