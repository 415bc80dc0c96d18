"""What people did with an episode: one entry per gesture, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from screenalytics_app.actions.cast.database import open_cast
from screenalytics_app.actions.moderation.view import View, open_episode
from screenalytics_assets.identities.adopt_earlier_words import adopt_earlier_words
from screenalytics_assets.moderation.fold import undone_gestures
from screenalytics_assets.moderation.state import Outcome, Status
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import reconcile
from screenalytics_resources.decisions.mirror import read_decisions
from screenalytics_resources.decisions.records import Decision, Kind

_WORST_LAST: tuple[Status, ...] = ("applied", "partial", "overruled", "lost", "undone")


@dataclass(frozen=True)
class Entry:
    """One gesture.

    Attributes:
        gesture_id: what an undo takes back.
        first_seq: number of its first decision.
        at: when it was appended.
        actor: who made it.
        kinds: of its decisions.
        about: the identities and tracks that it names, by the ids of that time.
        status: the worst of its decisions, from `applied` to `lost`, or `undone`.
        reason: why it does not hold completely; empty if it does.
    """

    gesture_id: UUID
    first_seq: int
    at: datetime
    actor: str
    kinds: tuple[Kind, ...]
    about: tuple[str, ...]
    status: Status
    reason: str = ""


def history(view: View) -> tuple[Entry, ...]:
    """Return the gestures, oldest first."""
    return entries(view.decisions, view.moderation.outcomes)


def entries(decisions: Sequence[Decision], outcomes: Sequence[Outcome]) -> tuple[Entry, ...]:
    """Return the gestures of a log, oldest first. A decision without an outcome holds."""
    found = {outcome.seq: outcome for outcome in outcomes}
    undone = undone_gestures(decisions)
    gestures = [tuple(rows) for _, rows in groupby(decisions, key=lambda decision: decision.gesture_id)]
    return tuple(_entry(rows, [found[row.seq] for row in rows if row.seq in found], undone) for rows in gestures)


def _entry(rows: Sequence[Decision], outcomes: Sequence[Outcome], undone: frozenset[UUID]) -> Entry:
    first = rows[0]
    worst = max(outcomes, key=lambda outcome: _WORST_LAST.index(outcome.status), default=None)
    status: Status = "undone" if first.gesture_id in undone else worst.status if worst else "applied"
    return Entry(
        gesture_id=first.gesture_id,
        first_seq=first.seq,
        at=first.at,
        actor=first.actor,
        kinds=tuple(dict.fromkeys(row.kind for row in rows)),
        about=tuple(dict.fromkeys(name for row in rows for name in _names(row))),
        status=status,
        reason=_reason(worst) if worst and status not in ("applied", "undone") else "",
    )


def _names(decision: Decision) -> list[str]:
    """Return the ids that a decision names: identities as a whole, otherwise tracks; of an undo its gesture."""
    if decision.kind == "undo":
        return [str(decision.value.gesture_id)]
    return [
        name
        for subject in decision.subjects
        for name in (
            [f"{subject.ep_id}/{subject.identity_id}" if subject.ep_id else subject.identity_id]
            if subject.identity_id
            else [anchor.track_id for anchor in subject.anchors]
        )
    ]


def _reason(outcome: Outcome) -> str:
    newer = ", ".join(map(str, outcome.overruled_by))
    return f"{outcome.reason}: {newer}" if newer else outcome.reason


def stored_history(store: ArtifactStore, ep_id: str) -> tuple[Entry, ...]:
    """Return the gestures of an episode, with those of earlier releases.

    The mirror of the log is brought in line with the database first.

    Raises:
        UserError: the episode has no identities, the database cannot be used, or the mirror is damaged.
    """
    adopt_earlier_words(store, ep_id)
    episode = open_episode(store, ep_id)
    with open_cast(store) as cast:
        reconcile(store, cast, ep_id)
    return history(View(episode, read_decisions(store, ep_id)))
