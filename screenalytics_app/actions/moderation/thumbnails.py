"""Thumbnails follow a gesture at once, from the stored crops; the next run writes the same."""

from collections.abc import Sequence
from functools import partial

from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.contract.crops import read_crop
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACK_REPS, TrackRep
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_assets.settings.episode_settings import resolve_for_episode
from screenalytics_assets.settings.stages import TrackRepsSettings
from screenalytics_assets.track_reps.build_reps import best_rep
from screenalytics_assets.track_reps.thumbnails import THUMBNAIL, nearest_crop, thumbnail
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.recent import Recent
from screenalytics_resources.sealed_files import DamagedArtifactError, read_seal

_read: Recent[tuple[str, str], tuple[str, Sequence[TrackRep]]] = Recent(4)


def write_changed_thumbnails(
    store: ArtifactStore, view: View, identities: Sequence[ModeratedIdentity]
) -> tuple[str, ...]:
    """Write the thumbnail of each of these identities, and return those that have no readable picture.

    Without representatives of tracks nothing is written, because the run that makes them writes all thumbnails. If
    they are damaged, no identity has a picture until then.
    """
    ep_id = view.episode.ep_id
    if not identities or not store.manifest(ep_id, TRACK_REPS.file).exists():
        return ()
    try:
        reps = _representatives(store, ep_id)
    except DamagedArtifactError:  # the decisions are saved already
        return tuple(identity.identity_id for identity in identities)
    side = resolve_for_episode(TrackRepsSettings, store, ep_id).values.thumb_px
    read = partial(read_crop, store, ep_id)
    missing = []
    for identity in identities:
        keys = picture_keys(view, identity, reps)
        image = next((found for key in keys if (found := read(key)) is not None), None)
        if image is None:
            missing.append(identity.identity_id)
        else:
            store.write(store.frames(ep_id, "thumbs", identity.identity_id, THUMBNAIL), thumbnail(image, side), False)
    return tuple(missing)


def picture_keys(view: View, identity: ModeratedIdentity, reps: Sequence[TrackRep]) -> tuple[str, ...]:
    """Return the keys of the crops that can be the thumbnail of an identity, the best first."""
    rep = best_rep(certain_tracks(view, identity), reps)
    keys = (_chosen(view, identity), None if rep is None else rep.crop_key)
    return tuple(key for key in keys if key is not None)


def _representatives(store: ArtifactStore, ep_id: str) -> Sequence[TrackRep]:
    """Return the representatives of the tracks. A process reads them again only after they changed."""
    seal = read_seal(store, TRACK_REPS, ep_id)
    sha256 = seal.sha256 if seal else ""
    known = _read.get((store.root, ep_id))
    if known is None or known[0] != sha256:
        known = sha256, load_artifact(store, TRACK_REPS, ep_id).rows
        _read.put((store.root, ep_id), known)
    return known[1]


def certain_tracks(view: View, identity: ModeratedIdentity) -> tuple[str, ...]:
    """Return the tracks that the last run did not doubt, or that a person vouches for; all tracks if it doubted all."""
    return tuple(track for track in identity.track_ids if track not in view.uncertain) or identity.track_ids


def _chosen(view: View, identity: ModeratedIdentity) -> str | None:
    if identity.representative is None:
        return None
    track_id, ts = identity.representative
    return nearest_crop(view.track(track_id).crops, ts)
