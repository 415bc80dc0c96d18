"""The decision log of an episode or a show in the database: read it, append to it, and fill it from its mirror.

One transaction appends a gesture. It locks the row of the log, so appends to one log run one after the other.
Where a function takes an episode, it also takes a show, whose log compares identities of its episodes.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy import Select, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from screenalytics_resources.decisions.records import Decision, Gesture, decisions_of
from screenalytics_resources.decisions.request_digest import refuse_reused_key, request_digest
from screenalytics_resources.episode_id import show_of
from screenalytics_resources.facebank.decision_rows import decision_of, request_in, rows_of
from screenalytics_resources.facebank.models import DecisionLogRow, DecisionRow
from screenalytics_resources.facebank.people import person_row
from screenalytics_resources.facebank.show_transactions import ShowTransactions, lock_key
from screenalytics_resources.garbage_collection import no_garbage_collection
from screenalytics_resources.recent import Recent


@dataclass(frozen=True)
class LogState:
    """Number of decisions in a log, and its epoch: random, and another one after rows were changed or deleted."""

    last_seq: int
    epoch: UUID


@dataclass(frozen=True)
class DecisionLog:
    """All decisions of an episode, in order, and the epoch of the log."""

    epoch: UUID
    decisions: tuple[Decision, ...]


_parsed: Recent[tuple[str, str], DecisionLog] = Recent(4)
"""Committed decisions by database and episode. A log of 1,000 decisions about 24 tracks each takes tens of MB."""


class Decisions(ShowTransactions):
    """Decision logs. Part of `CastStore`."""

    def decisions(self, ep_id: str, after: int = 0) -> tuple[Decision, ...]:
        """Return the decisions of an episode whose `seq` is greater than `after`, in order."""
        log = self.decision_log(ep_id)
        return log.decisions[after:] if log else ()

    def decision_log(self, ep_id: str) -> DecisionLog | None:
        """Return the log of an episode; None without a log."""
        with self._read_transaction() as session:
            log = session.get(DecisionLogRow, ep_id)
            return DecisionLog(log.epoch, self._all(session, log)) if log else None

    def decision_log_state(self, ep_id: str) -> LogState | None:
        """Return the state of an episode's log without its decisions; None without a log."""
        with self._read_transaction() as session:
            log = session.get(DecisionLogRow, ep_id)
            return LogState(log.last_seq, log.epoch) if log else None

    def create_decision_log(self, ep_id: str) -> None:
        """Create an empty log for the episode, if it has none."""
        with self._append_transaction(ep_id):
            pass

    def with_last_seq(self, ep_id: str, work: Callable[[int], None]) -> None:
        """Call `work` with the number of decisions in the log while nobody else can append to it."""
        with self._append_transaction(ep_id) as (_, log):
            work(log.last_seq)

    def decision_logs(self, show: str) -> tuple[str, ...]:
        """Return the episodes of the show that have a log, in order, and the show itself if it has one."""
        with self._read_transaction() as session:
            query = select(DecisionLogRow.ep_id).where(DecisionLogRow.show == show).order_by(DecisionLogRow.ep_id)
            return tuple(session.scalars(query))

    def append(
        self,
        ep_id: str,
        actor: str,
        idempotency_key: str | None,
        build: Callable[[tuple[Decision, ...]], Gesture],
        fingerprint: str | None = None,
    ) -> tuple[Decision, ...]:
        """Append one gesture of `actor`, and return its decisions.

        If this actor has used the key in this episode before, the decisions of that time are returned. `fingerprint` is
        a text that two requests have in common only if they ask for the same.

        Otherwise `build` makes the gesture from all decisions so far. No other process appends meanwhile. `actor` and
        `idempotency_key` replace those of the gesture. If anything fails, nothing is written.

        Raises:
            KeyReusedError: the actor used the key with another fingerprint.
            UserError: a decision names a person that the show does not have, the database does not answer, or `build`
                raised it.
        """
        show = show_of(ep_id)
        with self._append_transaction(ep_id) as (session, log):
            past = self._all(session, log)
            known = tuple(one for one in past if _has_key(one, actor, idempotency_key))
            request = request_digest(fingerprint, log.epoch)
            if known:
                refuse_reused_key(ep_id, known[0].idempotency_key or "", _request_of(session, known[0]), request)
                return known
            gesture = build(past).model_copy(update={"actor": actor, "idempotency_key": idempotency_key})
            new = decisions_of(gesture, ep_id, log.last_seq, datetime.now(UTC))
            for person_id in {one.value.person_id for one in new} - {None}:
                person_row(session, show, str(person_id))
            _insert(session, log, new, request)
            epoch = log.epoch
        _parsed.put((self._database, ep_id), DecisionLog(epoch, (*past, *new)))
        return new

    def import_decisions(self, ep_id: str, rows: Sequence[Decision]) -> None:
        """Add decisions that are known from the mirror alone. The first must follow the last one of the log.

        Raises:
            ValueError: the numbers of `rows` do not continue the log, or a row is of another episode.
        """
        with self._append_transaction(ep_id) as (session, log):
            expected = [(ep_id, seq) for seq in range(log.last_seq + 1, log.last_seq + 1 + len(rows))]
            if [(row.ep_id, row.seq) for row in rows] != expected:
                raise ValueError(f"Expected decisions of {ep_id} from {log.last_seq + 1} on")
            _insert(session, log, rows)

    @contextmanager
    def decisions_file_lock(self, ep_id: str) -> Iterator[None]:
        """Hold the lock of the episode's mirror: the last process to read the database also writes last."""
        with self._session() as session:
            session.execute(select(func.pg_advisory_xact_lock(lock_key(f"facebank decisions:{ep_id}"))))
            yield

    @contextmanager
    def _append_transaction(self, ep_id: str) -> Iterator[tuple[Session, DecisionLogRow]]:
        """Transaction that holds the episode's log, made if there is none. No one changes the show's people."""
        show = show_of(ep_id)
        locked = select(DecisionLogRow).where(DecisionLogRow.ep_id == ep_id).with_for_update()
        with self._shared_transaction(show) as session:
            log = session.scalar(locked)
            if log is None:
                new = upsert(DecisionLogRow).values(ep_id=ep_id, show=show, last_seq=0, epoch=uuid4())
                session.execute(new.on_conflict_do_nothing())
                log = session.scalars(locked).one()
            yield session, log

    def _all(self, session: Session, log: DecisionLogRow) -> tuple[Decision, ...]:
        """Return all decisions of a log. Those that this process has parsed before are not parsed again."""
        parsed = _parsed.get((self._database, log.ep_id))
        known = parsed.decisions[: log.last_seq] if parsed and parsed.epoch == log.epoch else ()
        # The last known row is read again, because a restored backup can have the same epoch and other rows.
        query = _rows(log).where(DecisionRow.seq >= max(1, len(known)))
        rows = session.scalars(query.order_by(DecisionRow.seq)).all()
        if known and (not rows or rows[0].decision_id != known[-1].decision_id):
            known = ()
            rows = session.scalars(_rows(log).order_by(DecisionRow.seq)).all()
        with no_garbage_collection():
            decisions = (*known, *map(decision_of, rows[1:] if known else rows))
        _parsed.put((self._database, log.ep_id), DecisionLog(log.epoch, decisions))
        return decisions

    @property
    def _database(self) -> str:
        return str(self._engine.url)


def _rows(log: DecisionLogRow) -> Select[tuple[DecisionRow]]:
    return select(DecisionRow).where(DecisionRow.ep_id == log.ep_id)


def _has_key(decision: Decision, actor: str, key: str | None) -> bool:
    return key is not None and decision.idempotency_key == key and decision.actor == actor


def _request_of(session: Session, decision: Decision) -> str | None:
    content = select(DecisionRow.content).where(DecisionRow.ep_id == decision.ep_id, DecisionRow.seq == decision.seq)
    return request_in(session.scalars(content).one())


def _insert(session: Session, log: DecisionLogRow, new: Sequence[Decision], request: str | None = None) -> None:
    if new:
        session.execute(insert(DecisionRow), list(rows_of(new, request)))
        log.last_seq += len(new)
