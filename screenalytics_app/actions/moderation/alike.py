"""Finds the tracks of an identity that resemble some picked ones, so that a whole run is selected at once."""

from collections.abc import Sequence

import numpy as np

from screenalytics_app.actions.moderation.errors import ConflictError
from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.contract.clothing_file import load_clothing
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACK_EMBEDDINGS, TRACKS
from screenalytics_assets.merge_suggestions.alike import alike
from screenalytics_assets.merge_suggestions.compared_episode import ComparedEpisode, compare_episode
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import config_dir
from screenalytics_resources.recent import Recent

_compared: Recent[tuple[str, str], tuple[object, ComparedEpisode]] = Recent(2)


def alike_tracks(store: ArtifactStore, view: View, identity_id: str, tracks: Sequence[str]) -> tuple[str, ...]:
    """Return these tracks of an identity, and those others that more likely show their person than the rest does.

    Faces and clothes are compared as the clustering compares them. Tracks without an embedding resemble nothing.

    Raises:
        ConflictError: a track is not in the identity.
        UserError: the identity or a track is unknown, or an artifact is damaged.
    """
    identity, chosen = view.identity(identity_id), view.tracks(tracks)
    for track in chosen:
        if track not in identity.track_ids:
            raise ConflictError(f"{track} is not in {identity_id}: it is in {view.home.get(track, 'no identity')}.")
    episode = _compare(store, view)
    row_of = {track.track_id: row for row, track in enumerate(episode.tracks)}
    members, picked = ([row_of[track] for track in those if track in row_of] for those in (identity.track_ids, chosen))
    if not picked:
        return chosen
    found = alike(episode.compared, np.array(members), np.array(picked))
    names = {*chosen, *(episode.tracks[row].track_id for row in found.tolist())}
    return tuple(track for track in identity.track_ids if track in names)


def _compare(store: ArtifactStore, view: View) -> ComparedEpisode:
    """Return the episode's tracks, ready to be compared; the same object until the artifacts change."""
    episode = view.episode
    known = _compared.get((store.root, episode.ep_id))
    if known is not None and known[0] is episode:
        return known[1]
    tracks = load_artifact(store, TRACKS, episode.ep_id)
    embeddings = load_artifact(store, TRACK_EMBEDDINGS, episode.ep_id)
    made = compare_episode(
        tracks.rows,
        embeddings,
        episode.identities,
        load_pack(embeddings.pack, config_dir()).evidence,
        episode.exceptions,
        tracks.metrics.source_fps,
        load_clothing(store, tracks),
    )
    _compared.put((store.root, episode.ep_id), (episode, made))
    return made
