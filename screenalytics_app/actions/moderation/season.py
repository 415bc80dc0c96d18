"""Gestures about identities of two episodes of a show. They are in the log of the show, and hold in its season."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from screenalytics_app.actions.cast.database import open_cast
from screenalytics_app.actions.moderation.draft import whole
from screenalytics_app.actions.moderation.edit import Request
from screenalytics_app.actions.moderation.errors import StaleError
from screenalytics_app.actions.moderation.history import Entry, entries
from screenalytics_app.actions.moderation.season_conflicts import Comparison, refuse_contradiction, refuse_names
from screenalytics_app.actions.moderation.take_back import UndoableLog
from screenalytics_app.actions.moderation.view import present_view
from screenalytics_assets.moderation.fold import live
from screenalytics_assets.moderation.resolve import Resolver
from screenalytics_assets.moderation.season import SeasonTrack, season_moderation
from screenalytics_assets.moderation.state import Outcome, Status
from screenalytics_assets.season_identities.decided import readable_episodes
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import append_gesture, reconcile
from screenalytics_resources.decisions.mirror import read_decisions
from screenalytics_resources.decisions.records import Decision, Gesture, NewDecision, Role, Subject
from screenalytics_resources.episode_id import parse_ep_id, parse_show
from screenalytics_resources.errors import UnknownError, UserError

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore

ROLES: tuple[Role, Role] = ("target", "other")


@dataclass(frozen=True)
class EpisodeIdentity:
    """An identity of an episode."""

    ep_id: str
    identity_id: str

    def __str__(self) -> str:
        return f"{self.ep_id}/{self.identity_id}"


@dataclass(frozen=True)
class Compared:
    """Answer to a gesture: the show, the gesture, and the rows of the log of the show."""

    show: str
    gesture_id: UUID
    decisions: tuple[Decision, ...]


def parse_episode_identity(text: str) -> EpisodeIdentity:
    """Return the identity that a text such as demo-s01e01/identity-00001 names. Raises `UserError` for other texts."""
    ep_id, _, identity_id = text.partition("/")
    if not identity_id:
        raise UserError(
            f"{text[:100]!r} names no identity of an episode: write both ids, such as demo-s01e01/identity-00001."
        )
    return EpisodeIdentity(parse_ep_id(ep_id).text, identity_id)


def compare(
    store: ArtifactStore,
    cast: "CastStore",
    kind: Comparison,
    one: EpisodeIdentity,
    other: EpisodeIdentity,
    request: Request,
    confirm: bool = False,
) -> Compared:
    """Say that identities of two episodes show the same person, or different people.

    `request.saw` has versions by "episode/identity". `confirm` also contradicts an earlier decision.

    Raises:
        ConflictError: people gave different names to identities that are to be the same, or the same name to those
            that are to differ, or the gesture needs `confirm`.
        StaleError: an identity has changed since the person saw it.
        UserError: an episode or identity is unknown, the episodes are the same or of different shows, or the database
            cannot be used. Nothing is appended.
    """
    show = _common_show(kind, one, other)
    _refuse_unknown(store, one, other)

    def build(decisions: tuple[Decision, ...]) -> Gesture:
        views = [present_view(store, side.ep_id) for side in (one, other)]
        found = [view.identity(side.identity_id) for view, side in zip(views, (one, other), strict=True)]
        versions = {str(side): i.version for side, i in zip((one, other), found, strict=True)}
        stale = [name for name in versions if request.saw.get(name, versions[name]) != versions[name]]
        if stale:
            raise StaleError(f"{stale[0]} changed since you saw it: look at it again, and repeat the change.", found)
        refuse_names(kind, list(map(str, (one, other))), found)
        if not confirm:
            refuse_contradiction(store, kind, views, found, decisions)
        subjects = tuple(
            whole(view, identity, role).model_copy(update={"ep_id": view.episode.ep_id})
            for view, identity, role in zip(views, found, ROLES, strict=True)
        )
        decision = NewDecision(kind=kind, subjects=subjects)
        return Gesture(actor=request.actor, decisions=(decision,), saw=versions)

    return _appended(store, cast, show, request, build)


def undo_in_show(
    store: ArtifactStore, cast: "CastStore", show: str, request: Request, gesture_id: UUID | None = None
) -> Compared:
    """Take back a gesture of the show's log, by default the actor's last one that counts; see `UndoableLog.undo`."""
    return _take_back(store, cast, show, request, lambda log: log.undo(request.actor, gesture_id))


def redo_in_show(store: ArtifactStore, cast: "CastStore", show: str, request: Request) -> Compared:
    """Take back the actor's last undo in the show's log; see `UndoableLog.redo`."""
    return _take_back(store, cast, show, request, lambda log: log.redo(request.actor))


def show_history(store: ArtifactStore, show: str) -> tuple[Entry, ...]:
    """Return the gestures of the log of a show, oldest first, after bringing its mirror in line with the database.

    Raises:
        UserError: the show has no episodes, the database cannot be used, or the mirror is damaged.
    """
    _refuse_empty(store, show)
    with open_cast(store) as cast:
        reconcile(store, cast, show)
    decisions = read_decisions(store, show)
    said = season_moderation(readable_episodes(store, _episodes_in(decisions)), decisions)
    statuses: dict[int, tuple[Status, str]] = {
        **dict.fromkeys(said.lost, ("lost", "its faces are not on screen in the present tracks")),
        **dict.fromkeys(said.overruled, ("overruled", "other decisions contradict it")),
    }
    outcomes = [
        Outcome(decision.decision_id, decision.seq, decision.kind, *statuses.get(decision.seq, ("applied", "")))
        for decision in live(decisions)
    ]
    return entries(decisions, outcomes)


def _take_back(
    store: ArtifactStore,
    cast: "CastStore",
    show: str,
    request: Request,
    choose: Callable[[UndoableLog], NewDecision],
) -> Compared:
    _refuse_empty(store, show)

    def build(decisions: tuple[Decision, ...]) -> Gesture:
        episodes = readable_episodes(store, _episodes_in(decisions))
        resolvers = {ep_id: Resolver(episode.scene) for ep_id, episode in episodes.items()}

        def tracks_of(some: Sequence[Decision]) -> set[SeasonTrack]:
            subjects = [subject for decision in some for subject in decision.subjects if subject.ep_id in resolvers]
            return {(ep_id, t) for ep_id, s in map(_placed, subjects) for t in resolvers[ep_id].tracks_in(s.anchors)}

        return Gesture(actor=request.actor, decisions=(choose(UndoableLog(show, decisions, tracks_of)),))

    return _appended(store, cast, show, request, build)


def _placed(subject: Subject) -> tuple[str, Subject]:
    return subject.ep_id or "", subject


def _appended(
    store: ArtifactStore,
    cast: "CastStore",
    show: str,
    request: Request,
    build: Callable[[tuple[Decision, ...]], Gesture],
) -> Compared:
    rows = append_gesture(store, cast, show, request.actor, request.key, build, request.fingerprint)
    return Compared(show, rows[0].gesture_id, rows)


def _episodes_in(decisions: Sequence[Decision]) -> list[str]:
    return sorted({subject.ep_id for decision in decisions for subject in decision.subjects if subject.ep_id})


def _common_show(kind: Comparison, one: EpisodeIdentity, other: EpisodeIdentity) -> str:
    shows = [parse_ep_id(side.ep_id).show for side in (one, other)]
    if shows[0] != shows[1]:
        raise UserError(f"{one.ep_id} and {other.ep_id} are episodes of two shows: name two of one show.")
    if one.ep_id == other.ep_id:
        remedy = "merge them" if kind == "same" else "split them or move tracks"
        raise UserError(f"Both identities are of {one.ep_id}: {remedy} instead.")
    return shows[0]


def _refuse_unknown(store: ArtifactStore, *sides: EpisodeIdentity) -> None:
    episodes = store.episodes()
    for side in sides:
        if side.ep_id not in episodes:
            raise UnknownError(f"There is no episode {side.ep_id}: name an existing one.", "episode")


def _refuse_empty(store: ArtifactStore, show: str) -> None:
    parse_show(show)
    if not any(parse_ep_id(ep_id).show == show for ep_id in store.episodes()):
        raise UnknownError(f"The show {show!r} has no episodes: name the show of an existing one.", "episode")
