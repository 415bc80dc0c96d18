"""Words of people that earlier releases stored as owners. They become decisions, and their rows are deleted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from screenalytics_resources.decisions.records import Decision, NewDecision, uuid7
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.facebank.decision_rows import rows_of
from screenalytics_resources.facebank.decisions import Decisions
from screenalytics_resources.facebank.models import DecisionRow, OwnerRow, PastOwnerRow
from screenalytics_resources.facebank.show_transactions import increment_revision

ACTOR = "earlier release"


@dataclass(frozen=True)
class OwnerWord:
    """Name that a person gave to an identity, which may be gone. `identity_id` and `person_id` are ids."""

    identity_id: str
    person_id: str
    at: datetime
    is_past: bool


@dataclass(frozen=True)
class Word:
    """Decision that a word becomes. `key` is unique in the episode, so the word is never adopted twice."""

    key: str
    at: datetime
    decision: NewDecision


class EarlierWords(Decisions):
    """Words of earlier releases. Part of `CastStore`."""

    def episodes_with_earlier_words(self, show: str) -> tuple[str, ...]:
        """Return the episodes of the show whose owners by people have not become decisions yet, in order."""
        queries = (
            select(OwnerRow.ep_id).where(OwnerRow.show == show, OwnerRow.assigned_by == "person"),
            select(PastOwnerRow.ep_id).where(PastOwnerRow.show == show),
        )
        with self._read_transaction() as session:
            return tuple(sorted({ep_id for query in queries for ep_id in session.scalars(query)}))

    def adopt_words(self, ep_id: str, words_of: Callable[[Sequence[OwnerWord]], Sequence[Word]]) -> int:
        """Append the words as decisions, in order of time, and delete the owners that they come from.

        `words_of` takes the owners by people, oldest first, and returns all words. Past owners that a person has
        settled are left out. One transaction does everything. Returns the number of new decisions.
        """
        show = parse_ep_id(ep_id).show
        with self._append_transaction(ep_id) as (session, log):
            by_people = (OwnerRow.ep_id == ep_id, OwnerRow.assigned_by == "person")
            owners = session.scalars(select(OwnerRow).where(*by_people)).all()
            past = session.scalars(select(PastOwnerRow).where(PastOwnerRow.ep_id == ep_id)).all()
            given = [OwnerWord(row.identity_id, row.person_id, row.assigned_at, is_past=False) for row in owners]
            given += [
                OwnerWord(row.identity_id, row.person_id, row.assigned_at, is_past=True)
                for row in past
                if not row.settled
            ]
            query = select(DecisionRow.idempotency_key).where(DecisionRow.ep_id == ep_id, DecisionRow.actor == ACTOR)
            known = set(session.scalars(query))
            words = words_of(sorted(given, key=lambda word: (word.at, word.identity_id)))
            new = [word for word in sorted(words, key=lambda word: word.at) if word.key not in known]
            if new:
                session.execute(insert(DecisionRow), list(rows_of(decisions_from(ep_id, log.last_seq, new))))
                log.last_seq += len(new)
            if owners or past:
                session.execute(delete(OwnerRow).where(*by_people))
                session.execute(delete(PastOwnerRow).where(PastOwnerRow.ep_id == ep_id))
                increment_revision(session, show)
            return len(new)


def decisions_from(ep_id: str, last_seq: int, words: Sequence[Word]) -> list[Decision]:
    """Return the decisions that the words become in a log that ends with `last_seq`.

    Each word is a gesture of its own, so that a person can take it back alone.
    """
    return [
        Decision(
            decision_id=uuid7(),
            ep_id=ep_id,
            seq=seq,
            gesture_id=uuid7(),
            kind=word.decision.kind,
            actor=ACTOR,
            at=word.at.astimezone(UTC),
            idempotency_key=word.key,
            subjects=word.decision.subjects,
            value=word.decision.value,
        )
        for seq, word in enumerate(words, last_seq + 1)
    ]
