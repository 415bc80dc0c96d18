"""Erasing for good: what was deleted leaves the files of the database, too."""

from collections.abc import Iterable

from sqlalchemy import Engine, text


def write_anew(engine: Engine, tables: Iterable[str], embedded: bool) -> None:
    """Write `tables`, their indexes and statistics anew without what was deleted from them.

    PostgreSQL itself leaves deleted bytes in its files for as long as it has no use for the room. On the `embedded`
    server the log of how the tables came to be goes as well; the log and backups of another server are its owner's
    to clean.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"VACUUM (FULL, ANALYZE) {', '.join(tables)}"))
        if not embedded:
            return
        connection.execute(text("VACUUM FULL pg_catalog.pg_statistic"))
        for _ in range(2):  # the first leaves the segment that it was written to
            connection.execute(text("SELECT pg_switch_wal()"))
            connection.execute(text("CHECKPOINT"))
