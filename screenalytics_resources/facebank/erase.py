"""Permanent erasure: remove deleted rows from the files of the database too."""

import time
from collections.abc import Iterable

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.models import SCHEMA

WAIT_S = 10.0
"""Time that older transactions have to end, s. Those of this project take milliseconds."""
_POLL_S = 0.1
_OLDER = text(
    "SELECT pid, to_char(xact_start, 'YYYY-MM-DD HH24:MI:SS') AS since FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND GREATEST(age(backend_xmin), age(backend_xid)) > age(CAST(CAST(:horizon AS text) AS xid)) "
    "ORDER BY pid"
)


def rewrite_tables(engine: Engine, tables: Iterable[str], embedded: bool) -> list[str]:
    """Rewrite `tables`, their indexes and statistics without the rows deleted from them.

    PostgreSQL leaves deleted bytes in its files until it reuses the space. On the `embedded` server the old write-ahead
    log is removed as well. The log and backups of any other server are the responsibility of its owner.

    A transaction that began before the rows were deleted still sees them, so PostgreSQL keeps them for it. Such a
    transaction gets `WAIT_S` to end. After that it is ended on the embedded server.

    Returns one sentence per transaction that was ended.

    Raises:
        UserError: on another server an older transaction did not end.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        ended = _end_older_transactions(connection, embedded)
        connection.execute(text(f"SET lock_timeout = '{int(WAIT_S * 1000)}ms'"))
        try:
            if embedded:
                _delete_statistics(connection)
            connection.execute(text(f"VACUUM (FULL, ANALYZE) {', '.join(tables)}"))
            if embedded:
                connection.execute(text("VACUUM FULL pg_catalog.pg_statistic"))
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != "55P03":
                raise
            raise UserError(
                "The tables of the cast cannot be rewritten, because another process keeps them in use: wait for it, "
                "and repeat the command."
            ) from error
        finally:
            connection.execute(text("RESET lock_timeout"))
        if embedded:
            remove_old_log(connection)
        return ended


def remove_old_log(connection: Connection) -> None:
    """Remove the files of the write-ahead log that were written so far."""
    for _ in range(2):  # the first pass keeps the segment it was written to
        connection.execute(text("SELECT pg_switch_wal()"))
        connection.execute(text("CHECKPOINT"))


def _delete_statistics(connection: Connection) -> None:
    """Delete the planner's statistics, which are samples of the rows: ANALYZE keeps the old ones of an empty table."""
    connection.execute(text("SET allow_system_table_mods = on"))
    connection.execute(
        text(
            "DELETE FROM pg_catalog.pg_statistic WHERE starelid IN "
            "(SELECT oid FROM pg_class WHERE relnamespace = CAST(:schema AS regnamespace))"
        ),
        {"schema": SCHEMA},
    )
    connection.execute(text("RESET allow_system_table_mods"))


def _end_older_transactions(connection: Connection, embedded: bool) -> list[str]:
    newest = int(str(connection.scalar(text("SELECT CAST(pg_current_xact_id() AS text)"))))
    horizon = str(newest % 2**32)  # without the epoch, like the ids of the other transactions
    deadline = time.monotonic() + WAIT_S
    while older := connection.execute(_OLDER, {"horizon": horizon}).all():
        if time.monotonic() <= deadline:
            time.sleep(_POLL_S)
            continue
        shown = [f"a transaction of process {row.pid} that was open since {row.since}" for row in older]
        if not embedded:
            raise UserError(
                f"The deleted rows stay in the files of the database while older transactions see them: end "
                f"{' and '.join(shown)}, and repeat the command."
            )
        for row in older:
            connection.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": row.pid})
        return [f"{sentence}: it saw deleted rows" for sentence in shown]
    return []
