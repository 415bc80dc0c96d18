"""What forbids a gesture about identities of two episodes: the names that people gave, and what people said before."""

from collections.abc import Mapping, Sequence
from typing import Literal

from screenalytics_app.actions.moderation.errors import ConflictError
from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.moderation.fold import live
from screenalytics_assets.moderation.season import season_moderation
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_assets.season_identities.decided import readable_episodes
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.records import Decision, anchors_in

Comparison = Literal["same", "differ"]
_SAID: Mapping[Comparison, str] = {"same": "the same person", "differ": "different people"}


def refuse_contradiction(
    store: ArtifactStore,
    kind: Comparison,
    views: Sequence[View],
    identities: Sequence[ModeratedIdentity],
    decisions: Sequence[Decision],
) -> None:
    """Raise `ConflictError` if a decision of the show that holds says the opposite of two identities.

    `identities` are one of each of the two `views`, and `decisions` the log of the show.
    """
    opposite: Comparison = "differ" if kind == "same" else "same"
    against = [d for d in live(decisions) if d.kind == opposite and _is_about(d, views, identities)]
    if not against:
        return
    episodes = {subject.ep_id for decision in decisions for subject in decision.subjects if subject.ep_id}
    overruled = season_moderation(readable_episodes(store, sorted(episodes)), decisions).overruled
    holding = next((decision for decision in reversed(against) if decision.seq not in overruled), None)
    if holding is not None:
        one, other = (f"{v.episode.ep_id}/{i.identity_id}" for v, i in zip(views, identities, strict=True))
        raise ConflictError(
            f"{holding.actor} said that {one} and {other} are {_SAID[opposite]} (decision {holding.seq}): confirm "
            f"it to say the opposite all the same.",
            needs_confirm=True,
        )


def _is_about(decision: Decision, views: Sequence[View], identities: Sequence[ModeratedIdentity]) -> bool:
    """Return whether a decision is about tracks of both identities."""
    for view, identity in zip(views, identities, strict=True):
        own = [subject for subject in decision.subjects if subject.ep_id == view.episode.ep_id]
        if set(identity.track_ids).isdisjoint(view.tracks_of(anchors_in(own))):
            return False
    return True


def refuse_names(kind: Comparison, sides: Sequence[str], identities: Sequence[ModeratedIdentity]) -> None:
    """Refuse to say that identities of two names are the same, or that two of one name differ.

    Raises:
        ConflictError: people gave them different names, or the same name.
    """
    one, other = (identity.person_id for identity in identities)
    if one is None or other is None:
        return
    if kind == "same" and one != other:
        raise ConflictError(f"{sides[0]} is {one} and {sides[1]} is {other}, by people: change one of the names first.")
    if kind == "differ" and one == other:
        raise ConflictError(
            f"People gave the name {one} to both {sides[0]} and {sides[1]}: change one of the names, which keeps them "
            f"apart."
        )
