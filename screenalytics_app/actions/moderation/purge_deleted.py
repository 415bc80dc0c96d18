"""Removes the pictures of deleted tracks for good.

The rows stay, so a purged track can still be restored: it keeps its times, boxes, embeddings and place in the results.
It has lost its pictures and the description of its clothes. So it has no thumbnail or representative picture, its
clothes no longer count as evidence, and its faces are rejected as `unreadable_crop` if faces are made again. Only new
tracking of the video brings back what is lost.
"""

from dataclasses import dataclass

from screenalytics_app.actions.moderation.apply_to_tracks import apply_to_tracks
from screenalytics_app.actions.moderation.view import present_view
from screenalytics_assets.contract.clothing_file import erase_clothing_rows
from screenalytics_assets.contract.crops import CROP_KEY
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.purged_file import record_purged
from screenalytics_assets.contract.schemas import IDENTITIES, TRACKS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_lock import episode_lock


@dataclass(frozen=True)
class Purged:
    """What a purge removed.

    Attributes:
        tracks: the deleted tracks.
        crops: paths below `frames/{ep_id}/` of the pictures that were removed now.
        clothing_rows: number of descriptors that were erased now.
    """

    tracks: tuple[str, ...]
    crops: tuple[str, ...]
    clothing_rows: int


def purge_deleted(store: ArtifactStore, ep_id: str) -> Purged:
    """Remove the crops and clothing descriptors of all deleted tracks, and the thumbnails of identities that are gone.

    Can be repeated, also after being killed.

    Raises:
        UserError: the episode has no tracks, they are damaged, or another process works on the episode.
    """
    with episode_lock(store, ep_id):
        apply_to_tracks(store, ep_id)  # a track that was restored meanwhile must keep its pictures
        tracks = [track for track in load_artifact(store, TRACKS, ep_id).rows if track.deleted]
        crops = [crop for track in tracks for crop in track.crops if CROP_KEY.fullmatch(crop.crop_key)]
        removed = tuple(crop.crop_key for crop in crops if store.frames(ep_id, *crop.crop_key.split("/")).exists())
        if crops:
            record_purged(store, ep_id, [crop.crop_key for crop in crops])
        for key in removed:
            store.place.remove(store.frames(ep_id, *key.split("/")))
        _remove_old_thumbnails(store, ep_id)
        rows = {crop.clothing_row for crop in crops if crop.clothing_row is not None}
        erased = erase_clothing_rows(store, ep_id, rows)
    return Purged(tuple(track.track_id for track in tracks), removed, erased)


def _remove_old_thumbnails(store: ArtifactStore, ep_id: str) -> None:
    """Remove the thumbnails of identities that are gone. Those of changed identities follow each gesture."""
    if not store.manifest(ep_id, IDENTITIES.file).exists():
        return
    present = {identity.identity_id for identity in present_view(store, ep_id).moderated.identities}
    for entry in store.place.entries(store.frames(ep_id, "thumbs")):
        if entry.is_folder and entry.name not in present:
            store.place.remove_folder(store.frames(ep_id, "thumbs", entry.name))
