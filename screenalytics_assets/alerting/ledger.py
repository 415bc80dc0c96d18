"""SQLite database with the last state of each check and the queue of alerts to send.

A run is recorded in one transaction: the new states, the alerts, and one row of the outbox per alert and notifier. A
row counts as delivered only after its notifier has accepted the message, so a crash loses no message. After a crash
between sending and recording, the message is sent again with the same id.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from screenalytics_assets.alerting.alert import Alert, Evaluation, Key, Known, newest, transitions

LEDGER_FILE = "alerts.db"
LEASE_S = 120.0
"""Time for which a claimed message is reserved for its sender, s. After that, another sender may claim it."""
FIRST_DELAY_S = 30.0
LONGEST_DELAY_S = 3600.0
MAX_RECORDED_RUNS = 10_000
"""Number of recorded runs that pruning keeps: far more than can end between two ticks."""

_CHECK_STATE = """
CREATE TABLE IF NOT EXISTS check_state (
    partition TEXT NOT NULL, asset TEXT NOT NULL, check_name TEXT NOT NULL, job TEXT NOT NULL, state TEXT NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (partition, asset, check_name, job)) STRICT;
"""
_TABLES = f"""{_CHECK_STATE}
CREATE TABLE IF NOT EXISTS recorded_run (
    run_id TEXT NOT NULL, status TEXT NOT NULL, PRIMARY KEY (run_id, status)) STRICT;
CREATE TABLE IF NOT EXISTS alert (
    alert_id TEXT PRIMARY KEY, content TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS outbox (
    number INTEGER PRIMARY KEY, alert_id TEXT NOT NULL REFERENCES alert, notifier TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at REAL NOT NULL, delivered_at REAL, error TEXT,
    UNIQUE (alert_id, notifier)) STRICT;
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (notifier, number) WHERE delivered_at IS NULL;
CREATE TABLE IF NOT EXISTS resting_notifier (
    notifier TEXT PRIMARY KEY, failures INTEGER NOT NULL, until REAL NOT NULL) STRICT;
"""
_HAS_JOB = "SELECT 1 FROM pragma_table_info('check_state') WHERE name = 'job'"
_ADD_JOB = (
    "ALTER TABLE check_state RENAME TO check_state_without_job",
    _CHECK_STATE,
    # The outcome of a run has no asset. Its job is unknown here, so it is dropped: the next failure is an alert again.
    # A refused file has no asset either, and its path contains a slash.
    """
    INSERT INTO check_state SELECT partition, asset, check_name, '', state, at FROM check_state_without_job
    WHERE asset <> '' OR partition LIKE '%/%'
    """,
    "DROP TABLE check_state_without_job",
)
"""Adds the column `job` to the table of a release that kept one outcome per partition for all jobs."""
_DUE = """
SELECT number, attempts, content FROM outbox JOIN alert USING (alert_id)
WHERE notifier = :notifier AND delivered_at IS NULL AND next_attempt_at <= :now
  AND NOT EXISTS (SELECT 1 FROM resting_notifier WHERE notifier = :notifier AND until > :now)
ORDER BY number LIMIT 1
"""


@dataclass(frozen=True)
class Claim:
    """Row of the outbox that its holder may send until the lease ends."""

    number: int
    attempts: int
    alert: Alert


def delay_s(failures: int) -> float:
    """Return the delay after this many failures in a row, s: 30, 60, 120 and so on, at most 3600."""
    return min(FIRST_DELAY_S * 2.0 ** min(failures - 1, 20), LONGEST_DELAY_S)


@dataclass(frozen=True)
class AlertLedger:
    """The database in the local folder `folder`. Any number of threads and processes may use it at once."""

    folder: Path

    def is_recorded(self, run_id: str, status: str) -> bool:
        """Return whether `record` has recorded this run with this status."""
        with self._transaction() as database:
            return _is_recorded(database, run_id, status)

    def record(
        self, run_id: str, status: str, evaluations: Sequence[Evaluation], notifiers: Sequence[str], now: float
    ) -> list[Alert]:
        """Record the evaluations of a run once, queue its alerts for `notifiers`, and return them."""
        with self._transaction() as database:
            if _is_recorded(database, run_id, status):
                return []
            database.execute("INSERT INTO recorded_run VALUES (?, ?)", (run_id, status))
            return _record(database, evaluations, notifiers, now)

    def record_now(self, evaluations: Sequence[Evaluation], notifiers: Sequence[str], now: float) -> list[Alert]:
        """Record evaluations that belong to no run, queue their alerts for `notifiers`, and return them."""
        with self._transaction() as database:
            return _record(database, evaluations, notifiers, now)

    def failing(self, check: str) -> set[str]:
        """Return the partitions for which the last state of `check` is not `passed`."""
        with self._transaction() as database:
            query = "SELECT partition FROM check_state WHERE check_name = ? AND state <> 'passed'"
            return {partition for (partition,) in database.execute(query, (check,))}

    def knows(self, partition: str) -> bool:
        """Return whether a state of an episode or a show is recorded."""
        with self._transaction() as database:
            rows = database.execute("SELECT 1 FROM check_state WHERE partition = ? LIMIT 1", (partition,))
            return rows.fetchone() is not None

    def remove(self, partition: str) -> None:
        """Delete the states and the alerts of an episode or a show, including alerts that were not sent."""
        alerts = "SELECT alert_id FROM alert WHERE json_extract(content, '$.partition') = ?"
        with self._transaction() as database:
            database.execute(f"DELETE FROM outbox WHERE alert_id IN ({alerts})", (partition,))  # noqa: S608
            database.execute(f"DELETE FROM alert WHERE alert_id IN ({alerts})", (partition,))  # noqa: S608
            database.execute("DELETE FROM check_state WHERE partition = ?", (partition,))

    def claim(self, notifier: str, now: float) -> Claim | None:
        """Claim the oldest due message of `notifier`, or return None. No other sender gets it during the lease."""
        with self._transaction() as database:
            row = database.execute(_DUE, {"notifier": notifier, "now": now}).fetchone()
            if row is None:
                return None
            number, attempts, content = row
            database.execute(
                "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ? WHERE number = ?",
                (now + LEASE_S, number),
            )
            return Claim(number, attempts + 1, Alert(**json.loads(content)))

    def delivered(self, claim: Claim, notifier: str, now: float) -> None:
        """Record that the notifier accepted the message, and end its rest."""
        with self._transaction() as database:
            database.execute("UPDATE outbox SET delivered_at = ?, error = NULL WHERE number = ?", (now, claim.number))
            database.execute("DELETE FROM resting_notifier WHERE notifier = ?", (notifier,))

    def refused(self, claim: Claim, sentence: str, now: float) -> None:
        """Record that the notifier refused this message. It is retried later; other messages continue."""
        with self._transaction() as database:
            _postpone(database, claim, sentence, now + delay_s(claim.attempts))

    def unreachable(self, claim: Claim, notifier: str, sentence: str, now: float, least_s: float = 0.0) -> None:
        """Record that the notifier is unreachable. All its messages wait for `least_s` or more, longer each time."""
        with self._transaction() as database:
            row = database.execute("SELECT failures FROM resting_notifier WHERE notifier = ?", (notifier,)).fetchone()
            failures = 1 if row is None else row[0] + 1
            until = now + max(delay_s(failures), least_s)
            database.execute("INSERT OR REPLACE INTO resting_notifier VALUES (?, ?, ?)", (notifier, failures, until))
            _postpone(database, claim, sentence, until)

    def waiting(self) -> dict[str, int]:
        """Return the number of undelivered messages by notifier."""
        with self._transaction() as database:
            return dict(
                database.execute("SELECT notifier, count(*) FROM outbox WHERE delivered_at IS NULL GROUP BY notifier")
            )

    def prune(self, before: float) -> None:
        """Delete messages delivered, and states that passed, before this time (seconds since 1970).

        Waiting messages and failing states are kept. So are the newest recorded runs, because the sensors may process
        them again.
        """
        with self._transaction() as database:
            database.execute("DELETE FROM outbox WHERE delivered_at < ?", (before,))
            database.execute("DELETE FROM alert WHERE alert_id NOT IN (SELECT alert_id FROM outbox)")
            database.execute("DELETE FROM check_state WHERE state = 'passed' AND at < ?", (before,))
            newest_run = "(SELECT max(rowid) FROM recorded_run)"
            database.execute(f"DELETE FROM recorded_run WHERE rowid <= {newest_run} - ?", (MAX_RECORDED_RUNS,))  # noqa: S608

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.folder / LEDGER_FILE
        # SQLite gives its log files the mode of the database file, so create that file first.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        with closing(sqlite3.connect(path, timeout=10.0, isolation_level=None)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("PRAGMA synchronous = FULL")
            database.executescript(_TABLES)
            database.execute("BEGIN IMMEDIATE")
            try:
                if database.execute(_HAS_JOB).fetchone() is None:
                    for statement in _ADD_JOB:
                        database.execute(statement)
                yield database
            except BaseException:
                database.execute("ROLLBACK")
                raise
            database.execute("COMMIT")


def _is_recorded(database: sqlite3.Connection, run_id: str, status: str) -> bool:
    rows = database.execute("SELECT 1 FROM recorded_run WHERE run_id = ? AND status = ?", (run_id, status))
    return rows.fetchone() is not None


def _record(
    database: sqlite3.Connection, evaluations: Sequence[Evaluation], notifiers: Sequence[str], now: float
) -> list[Alert]:
    alerts = transitions(_states(database, evaluations), evaluations)
    for key, known in newest(evaluations).items():
        _set_state(database, key, known)
    for alert in alerts:
        _queue(database, alert, notifiers, now)
    return alerts


def _states(database: sqlite3.Connection, evaluations: Sequence[Evaluation]) -> dict[Key, Known]:
    query = "SELECT state, at FROM check_state WHERE partition = ? AND asset = ? AND check_name = ? AND job = ?"
    rows = {one.key: database.execute(query, one.key).fetchone() for one in evaluations}
    return {key: Known(*row) for key, row in rows.items() if row is not None}


def _set_state(database: sqlite3.Connection, key: Key, known: Known) -> None:
    database.execute(
        "INSERT INTO check_state VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE "
        "SET state = excluded.state, at = excluded.at WHERE excluded.at > at",
        (*key, *known),
    )


def _queue(database: sqlite3.Connection, alert: Alert, notifiers: Sequence[str], now: float) -> None:
    content = json.dumps(asdict(alert), allow_nan=False)
    database.execute("INSERT OR IGNORE INTO alert VALUES (?, ?)", (alert.id, content))
    for notifier in notifiers:
        database.execute(
            "INSERT OR IGNORE INTO outbox (alert_id, notifier, next_attempt_at) VALUES (?, ?, ?)",
            (alert.id, notifier, now),
        )


def _postpone(database: sqlite3.Connection, claim: Claim, sentence: str, until: float) -> None:
    database.execute(
        "UPDATE outbox SET next_attempt_at = ?, error = ? WHERE number = ?", (until, sentence, claim.number)
    )
