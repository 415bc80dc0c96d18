"""Cards of identities: the rows of now, with names, badges and pictures."""

from collections.abc import Collection, Sequence

from screenalytics_app.actions.moderation.shown import identity_rows
from screenalytics_app.actions.moderation.view import View
from screenalytics_app.api.models.common import PersonRef, Suggestion
from screenalytics_app.api.models.identities import IdentityCard
from screenalytics_app.api.present.badges import cohesion_badge
from screenalytics_app.api.present.episode_view import Shown, shown
from screenalytics_app.api.present.pictures import thumbnail_key
from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.recent import Recent

_cards: Recent[tuple[str, str], tuple[Shown, list[IdentityCard]]] = Recent(4)


def identity_cards(store: ArtifactStore, view: View, names: Collection[str] | None = None) -> list[IdentityCard]:
    """Return the cards of the identities with these ids, or of all, in order of their ids. Unknown ids are left out.

    Raises:
        UserError: an artifact is missing or damaged.
    """
    episode = shown(store, view)
    if names is not None:
        wanted = frozenset(names)
        return cards_of(episode, [one for one in view.moderated.identities if one.identity_id in wanted])
    known = _cards.get((store.root, episode.ep_id))
    if known is None or known[0] is not episode:
        known = episode, cards_of(episode, view.moderated.identities)
        _cards.put((store.root, episode.ep_id), known)
    return list(known[1])


def cards_of(episode: Shown, identities: Sequence[ModeratedIdentity]) -> list[IdentityCard]:
    """Return the cards of some identities of an episode."""
    rows = identity_rows(episode.view, identities, episode.embeddings, episode.names)
    return [_card(episode, identity, row) for identity, row in zip(identities, rows, strict=True)]


def _card(episode: Shown, identity: ModeratedIdentity, row: Identity) -> IdentityCard:
    tracks = [episode.view.track(track) for track in identity.track_ids]
    key, person = thumbnail_key(episode, identity), row.labels.person_id
    has_faces = any(track in episode.fits for track in identity.track_ids)
    path = f"/episodes/{episode.ep_id}/identities/{identity.identity_id}/thumb.jpg"
    return IdentityCard(
        identity_id=identity.identity_id,
        etag=identity.version,
        label=row.label,
        person=None if person is None else PersonRef(person_id=person, name=_name(episode, row)),
        named_by=row.labels.assigned_by,
        suggestion=_suggestion(episode, identity) if person is None else None,
        locked=row.locked,
        reviewed=bool(row.reviewed),
        tracks=len(tracks),
        faces=row.size,
        seconds=row.seconds_on_screen,
        uncertain_seconds=row.uncertain_seconds or 0.0,
        uncertain_tracks=sum(track in episode.view.uncertain for track in identity.track_ids),
        first_ts=min(track.first_ts for track in tracks),
        last_ts=max(track.last_ts for track in tracks),
        cohesion=row.cohesion,
        min_identity_sim=row.min_identity_sim,
        low_cohesion=row.low_cohesion,
        outlier_reason=row.outlier_reason,
        badge=cohesion_badge(row.cohesion, len(tracks), has_faces, episode.badges.identity),
        thumb_url=None if key is None else f"{path}?v={episode.version_of(key)}",
    )


def _name(episode: Shown, row: Identity) -> str:
    person = row.labels.person_id or ""
    return episode.names.get(person) or row.labels.name or person


def _suggestion(episode: Shown, identity: ModeratedIdentity) -> Suggestion | None:
    """Return the best candidate that nobody refused, of those whom the machine would have a person decide about."""
    found = episode.assignment_of.get(identity.identity_id)
    if found is None or found.status == "unknown" or episode.assignments is None:
        return None
    least = episode.assignments.content.cast_review_sim
    for candidate in found.candidates:
        person = candidate.person_id
        if candidate.similarity >= least and person in episode.names and person not in identity.not_people:
            return Suggestion(person_id=person, name=episode.names[person], similarity=candidate.similarity)
    return None
