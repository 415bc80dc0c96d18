"""Carries out a gesture: checks what the person saw, appends the decisions, and updates the thumbnails."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from screenalytics_app.actions.moderation.draft import Draft
from screenalytics_app.actions.moderation.errors import StaleError
from screenalytics_app.actions.moderation.thumbnails import write_changed_thumbnails
from screenalytics_app.actions.moderation.view import View, open_episode, view_of
from screenalytics_assets.identities.adopt_earlier_words import adopt_earlier_words
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import append_gesture, reconcile
from screenalytics_resources.decisions.mirror import read_decisions
from screenalytics_resources.decisions.records import Decision, Gesture
from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import printable
from screenalytics_resources.tombstones import refuse_removed

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore

MAX_ACTOR = 100


@dataclass(frozen=True)
class Request:
    """Who makes a gesture, and what they saw.

    Attributes:
        actor: name of the person.
        saw: version of each identity that the person saw, by id. Identities that are not named are taken as they are.
        key: idempotency key. A repeated request of the actor with the same key returns the first answer.
        fingerprint: text that differs for every other request, such as its body. With it, a key that the actor has
            used for another request is refused.
    """

    actor: str
    saw: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    fingerprint: str | None = None

    def __post_init__(self) -> None:
        if not self.actor.strip() or len(self.actor) > MAX_ACTOR or printable(self.actor) != self.actor:
            raise UserError(f"{self.actor[:MAX_ACTOR]!r} is not a name: use 1 to {MAX_ACTOR} printable characters.")


@dataclass(frozen=True)
class Edited:
    """Answer to a gesture.

    Attributes:
        ep_id: the episode.
        gesture_id: None if all was already as the gesture wanted it, so that nothing was appended.
        decisions: rows of the log.
        identities: the identities that changed or are new, as they are now.
        versions: their versions, by id.
        gone: identities that no longer exist -> the identity that they became part of, or None.
        without_thumbnail: changed identities that have no stored picture.
    """

    ep_id: str
    gesture_id: UUID | None = None
    decisions: tuple[Decision, ...] = ()
    identities: tuple[ModeratedIdentity, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    gone: Mapping[str, str | None] = field(default_factory=dict)
    without_thumbnail: tuple[str, ...] = ()


@dataclass(frozen=True)
class Change:
    """What a gesture changed, and the episode before and after it."""

    edited: Edited
    before: View
    after: View


class _NothingToDoError(Exception):
    """All is already as the gesture wants it."""


def edit(
    store: ArtifactStore, cast: "CastStore", ep_id: str, request: Request, gesture: Callable[[View], Draft]
) -> Edited:
    """Carry out a gesture on an episode, and return what changed; see `edit_and_view`."""
    return edit_and_view(store, cast, ep_id, request, gesture).edited


def edit_and_view(
    store: ArtifactStore, cast: "CastStore", ep_id: str, request: Request, gesture: Callable[[View], Draft]
) -> Change:
    """Carry out a gesture on an episode. Returns what changed, with the episode before and after it.

    `gesture` is called with the episode as it is while nobody else can append to its log. What people said with an
    earlier release is adopted first, so that the gesture is newer.

    Raises:
        StaleError: an identity that the gesture touches has changed since the person saw it.
        KeyReusedError: the actor used the key for another request.
        UserError: the gesture is refused, the episode was removed, a person is unknown, or the database cannot be
            used. The gesture is not appended.
    """
    refuse_removed(store, ep_id)
    adopt_earlier_words(store, ep_id)
    episode = open_episode(store, ep_id)
    seen: list[View] = []

    def build(decisions: tuple[Decision, ...]) -> Gesture:
        view = view_of(store, episode, decisions)
        seen.append(view)
        draft = checked(view, request.saw, gesture)
        if not draft.decisions:
            raise _NothingToDoError
        return Gesture(
            actor=request.actor,
            decisions=draft.decisions,
            saw=_versions(view, draft.touched),
            before=draft.before,
            idempotency_key=request.key,
        )

    try:
        rows = append_gesture(store, cast, ep_id, request.actor, request.key, build, request.fingerprint)
    except _NothingToDoError:
        reconcile(store, cast, ep_id)  # the gesture may be one that was killed before its mirror was written
        return Change(Edited(ep_id), seen[0], seen[0])
    decisions = (*seen[0].decisions, *rows) if seen else read_decisions(store, ep_id)
    before = seen[0] if seen else View(episode, tuple(d for d in decisions if d.seq < rows[0].seq))
    after = view_of(store, episode, tuple(d for d in decisions if d.seq <= rows[-1].seq))
    changed = changed_identities(before, after)
    missing = write_changed_thumbnails(store, after, changed)
    versions = {identity.identity_id: identity.version for identity in changed}
    gone = gone_identities(before, after)
    return Change(Edited(ep_id, rows[0].gesture_id, rows, changed, versions, gone, missing), before, after)


def checked(view: View, saw: Mapping[str, str], gesture: Callable[[View], Draft]) -> Draft:
    """Return the draft of the gesture. Raises `StaleError` if an identity that it touches is not as the person saw it.

    A gesture that is refused because an identity has changed is stale, too.
    """
    try:
        draft = gesture(view)
    except UserError:
        _refuse_stale(view, saw, saw)
        raise
    _refuse_stale(view, saw, draft.touched)
    return draft


def _refuse_stale(view: View, saw: Mapping[str, str], touched: Iterable[str]) -> None:
    present = _versions(view, touched)
    stale = [name for name in touched if name in saw and saw[name] != present.get(name)]
    if not stale:
        return
    now = [view.moderated.successors.get(name, name) for name in stale]
    identities = [identity for identity in view.moderated.identities if identity.identity_id in now]
    raise StaleError(
        f"{', '.join(stale)} of {view.episode.ep_id} changed since you saw it: look at it again, and repeat the change "
        f"if it still applies.",
        identities,
    )


def _versions(view: View, names: Iterable[str]) -> dict[str, str]:
    found = ((name, view.moderated.identity(name)) for name in names)
    return {name: identity.version for name, identity in found if identity is not None}


def changed_identities(before: View, after: View) -> tuple[ModeratedIdentity, ...]:
    """Return the identities that are new or not as before."""
    known = {identity.identity_id: identity for identity in before.moderated.identities}
    return tuple(i for i in after.moderated.identities if known.get(i.identity_id) != i)


def gone_identities(before: View, after: View) -> dict[str, str | None]:
    """Return the identities that are gone -> the one that each became part of, or None."""
    names: Sequence[str] = [identity.identity_id for identity in before.moderated.identities]
    gone = [name for name in names if after.moderated.identity(name) is None]
    return {name: after.moderated.successors.get(name) for name in gone}
