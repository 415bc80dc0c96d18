"""What a gesture would append to the log, and the parts it is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.moderation.anchors import identity_anchors, track_anchors
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_resources.decisions.records import Membership, NewDecision, Role, Subject


@dataclass(frozen=True)
class Draft:
    """Decisions of a gesture.

    Attributes:
        decisions: none if all is already as the gesture wants it.
        touched: ids of the identities that it changes.
        before: memberships that it changes, as they are.
    """

    decisions: tuple[NewDecision, ...] = ()
    touched: tuple[str, ...] = ()
    before: tuple[Membership, ...] = ()


NOTHING = Draft()


def combined(drafts: Iterable[Draft]) -> Draft:
    """Return the draft of a gesture that does all of these."""
    parts = tuple(drafts)
    touched = dict.fromkeys(name for part in parts for name in part.touched)
    return Draft(
        tuple(decision for part in parts for decision in part.decisions),
        tuple(touched),
        tuple(membership for part in parts for membership in part.before),
    )


def selected(view: View, tracks: Iterable[str], role: Role = "target") -> Subject:
    """Return a subject of exactly these tracks."""
    return Subject(role=role, anchors=track_anchors(tuple(tracks), view.episode.scene))


def whole(view: View, identity: ModeratedIdentity, role: Role = "target") -> Subject:
    """Return a subject of an identity as a whole, which names its longest tracks."""
    anchors = identity_anchors(identity.track_ids, view.episode.scene)
    return Subject(role=role, identity_id=identity.identity_id, anchors=anchors)


def every_track(view: View, identity: ModeratedIdentity, role: Role = "target") -> Subject:
    """Return a subject of an identity that names all its tracks."""
    anchors = track_anchors(identity.track_ids, view.episode.scene)
    return Subject(role=role, identity_id=identity.identity_id, anchors=anchors)


def memberships(view: View, tracks: Sequence[str]) -> tuple[Membership, ...]:
    """Return in which identities the tracks are, in order of the identities' ids; tracks in none come last."""
    parts: dict[str | None, list[str]] = {}
    for track in tracks:
        parts.setdefault(view.home.get(track), []).append(track)
    ordered = sorted(parts, key=lambda identity_id: (identity_id is None, identity_id or ""))
    return tuple(
        Membership(identity_id=name, anchors=track_anchors(parts[name], view.episode.scene)) for name in ordered
    )


def homes(view: View, tracks: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of the identities that these tracks are in, in order."""
    return tuple(sorted({view.home[track] for track in tracks if track in view.home}))
