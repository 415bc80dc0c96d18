"""Transactions on the cast of a show, with one writer at a time and a revision that counts the changes."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from screenalytics_resources.errors import UnavailableError
from screenalytics_resources.facebank.models import RevisionRow

COMMAND_WAIT_S = 2.0
"""Longest wait for running commands, s. The server frees the lock of a killed one within milliseconds."""
_ALL_SHOWS_LOCK = "facebank:every show"


class ShowTransactions:
    """Base of all parts of the cast store: the engine, and the kinds of transaction on it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def _read_transaction(self) -> Iterator[Session]:
        """Transaction that sees one consistent state of the database."""
        with self._session() as session:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session

    @contextmanager
    def _write_transaction(self, show: str) -> Iterator["ShowChange"]:
        """Transaction that holds the show's exclusive write lock. It commits when the block ends without an error."""
        with self._session() as session:
            session.execute(select(func.pg_advisory_xact_lock_shared(lock_key(_ALL_SHOWS_LOCK))))
            session.execute(select(func.pg_advisory_xact_lock(lock_key(f"facebank:{show}"))))
            yield ShowChange(session, show)

    @contextmanager
    def _shared_transaction(self, show: str) -> Iterator[Session]:
        """Transaction that shares the show's write lock: it runs beside others like it, but beside no change."""
        with self._session() as session:
            for name in (_ALL_SHOWS_LOCK, f"facebank:{show}"):
                session.execute(select(func.pg_advisory_xact_lock_shared(lock_key(name))))
            yield session

    @contextmanager
    def _write_all_shows(self) -> Iterator[Session]:
        """Transaction that holds the exclusive write lock of every show."""
        with self._session() as session:
            session.execute(select(func.pg_advisory_xact_lock(lock_key(_ALL_SHOWS_LOCK))))
            yield session

    @contextmanager
    def people_file_lock(self, show: str) -> Iterator[None]:
        """Hold the lock of the show's `people.json`: the last process to read the database also writes last."""
        with self._session() as session:
            session.execute(select(func.pg_advisory_xact_lock(lock_key(f"facebank people:{show}"))))
            yield

    @contextmanager
    def command_lock(self, show: str) -> Iterator[None]:
        """Hold the lock of a command that changes the database and the files of the show. Commands share it."""
        with self._session() as session:
            session.execute(select(func.pg_advisory_xact_lock_shared(lock_key(f"facebank command:{show}"))))
            yield

    @contextmanager
    def no_command_lock(self, show: str) -> Iterator[bool]:
        """Hold the lock while no command on the show runs. Yields False if one still runs after `COMMAND_WAIT_S`."""
        deadline = time.monotonic() + COMMAND_WAIT_S
        free = select(func.pg_try_advisory_xact_lock(lock_key(f"facebank command:{show}")))
        with self._session() as session:
            while not (alone := bool(session.scalar(free))) and time.monotonic() < deadline:
                time.sleep(0.05)
            yield alone

    def revision(self, show: str) -> int:
        """Return the number of changes to the cast of the show."""
        with self._read_transaction() as session:
            return session.scalar(select(RevisionRow.revision).where(RevisionRow.show == show)) or 0

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with Session(self._engine) as session, session.begin():
                yield session
        except OperationalError as error:
            if not _is_lost(error):
                raise
            raise UnavailableError(
                "The connection to the cast database was lost and nothing was changed: check that the server is "
                "running, and try again."
            ) from error


@dataclass(frozen=True)
class ShowChange:
    """An open transaction on `show` that holds its write lock."""

    session: Session
    show: str

    def count_change(self) -> None:
        """Count this transaction as a change of the show."""
        increment_revision(self.session, self.show)


def increment_revision(session: Session, show: str) -> None:
    """Add one to the revision of the show."""
    new_row = insert(RevisionRow).values(show=show, revision=1)
    incremented = {"revision": RevisionRow.revision + 1}
    session.execute(new_row.on_conflict_do_update(index_elements=["show"], set_=incremented))


def _is_lost(error: OperationalError) -> bool:
    """Return whether the connection is gone: no SQLSTATE, or class 08 (connection) or 57 (operator intervention)."""
    return (getattr(error.orig, "sqlstate", None) or "08")[:2] in ("08", "57")


def lock_key(name: str) -> ColumnElement[int]:
    """Return the key of the advisory lock with this name."""
    return func.hashtextextended(name, 0)
