"""The only changes to stored decisions: another id of a person, a person forgotten, and an episode removed.

Each gives the changed logs a new epoch, so that copies of their rows in memory and in mirrors are not used any more.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from screenalytics_resources.decisions.records import Decision
from screenalytics_resources.episode_id import show_of
from screenalytics_resources.facebank.decision_rows import decision_of, naming_columns
from screenalytics_resources.facebank.models import DecisionLogRow, DecisionRow
from screenalytics_resources.facebank.show_transactions import ShowTransactions
from screenalytics_resources.garbage_collection import no_garbage_collection


class DecisionErasure(ShowTransactions):
    """Erasures in the decision logs. Part of `CastStore`."""

    def erase_in_decisions(self, show: str | None, erased: Callable[[Decision], Decision]) -> int:
        """Replace each decision of one show, or of every show, by `erased`. Returns how many changed.

        `erased` changes nothing but actor, idempotency key, person, text and `forgotten`.
        """
        query = select(DecisionRow).order_by(DecisionRow.ep_id, DecisionRow.seq)
        query = query if show is None else query.where(DecisionRow.show == show)
        with self._write_all_shows() as session:
            with no_garbage_collection():
                before = [decision_of(row) for row in session.scalars(query)]
                pairs = [(old, new) for old in before if (new := erased(old)) != old]
            with _erasing(session):
                for old, new in pairs:
                    row = (DecisionRow.ep_id == old.ep_id, DecisionRow.seq == old.seq)
                    session.execute(update(DecisionRow).where(*row).values(**naming_columns(new)))
            _begin_epochs(session, {old.ep_id for old, _ in pairs})
            return len(pairs)

    def remove_decisions(self, ep_id: str) -> int:
        """Delete the log of an episode or a show. Returns how many decisions it had."""
        with self._write_transaction(show_of(ep_id)) as change, _erasing(change.session):
            rows = delete(DecisionRow).where(DecisionRow.ep_id == ep_id).returning(DecisionRow.seq)
            removed = len(change.session.execute(rows).all())
            change.session.execute(delete(DecisionLogRow).where(DecisionLogRow.ep_id == ep_id))
            return removed


def replace_person(session: Session, show: str | None, person_id: str, successor: str | None) -> int:
    """Give the decisions about a person to `successor`; without one, they say nothing any more. Returns how many.

    The caller holds the write lock of the show, or of every show if `show` is None, and rewrites the mirrors.
    """
    changed = {"person_id": successor} if successor else {"person_id": None, "forgotten": True}
    rows = update(DecisionRow).where(DecisionRow.person_id == person_id).values(**changed)
    rows = rows if show is None else rows.where(DecisionRow.show == show)
    with _erasing(session):
        episodes = session.scalars(rows.returning(DecisionRow.ep_id)).all()
    _begin_epochs(session, set(episodes))
    return len(episodes)


def decisions_about(session: Session, show: str, person_id: str) -> int:
    """Return how many decisions name a person."""
    about = (DecisionRow.show == show, DecisionRow.person_id == person_id)
    return session.scalar(select(func.count()).select_from(DecisionRow).where(*about)) or 0


@contextmanager
def _erasing(session: Session) -> Iterator[None]:
    """Let the trigger of the table allow changes until the block, or the transaction, ends."""
    session.execute(text("SET LOCAL facebank.erasing = 'on'"))
    yield
    session.flush()
    session.execute(text("SET LOCAL facebank.erasing = 'off'"))


def _begin_epochs(session: Session, episodes: Collection[str]) -> None:
    for ep_id in episodes:
        session.execute(update(DecisionLogRow).where(DecisionLogRow.ep_id == ep_id).values(epoch=uuid4()))
