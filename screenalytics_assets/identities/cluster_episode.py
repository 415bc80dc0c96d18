"""Clustering of one episode: its track embeddings, the tracks that share a frame, and what people decided."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints, among, no_pairs
from screenalytics_assets.contract.clothing_file import CLOTHING_DIM
from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.schemas import Track, TrackEmbeddings
from screenalytics_assets.evidence.sightings import Sightings
from screenalytics_assets.identities.cluster_tracks import Clusters, cluster_tracks
from screenalytics_assets.identities.cooccurrence import sharing_pairs
from screenalytics_assets.identities.decided_links import decided_constraints
from screenalytics_assets.identities.locked import free_rows, locked_tracks, with_locked, without_locked_pairs
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.moderation.state import NO_MODERATION, Moderation
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_assets.tracks.clothing import TrackClothing, track_clothing


def cluster_episode(
    tracks: Sequence[Track],
    embeddings: TrackEmbeddings,
    settings: ClusteringSettings,
    bounds: Thresholds,
    exceptions: Exceptions,
    moderation: Moderation = NO_MODERATION,
    clothing: NDArray[np.uint8] | None = None,
) -> Clusters:
    """Cluster the tracks that have an embedding. The rows of the result are those of the vectors of `embeddings`.

    `embeddings` no longer have the tracks that people dismissed; see `without_tracks`. `clothing` (C, 600) holds the
    clothing descriptors of the tracks' crops; None if they have none. Locked identities keep their tracks.

    Raises:
        UserError: the linkage does not support keeping tracks that share a frame apart.
    """
    rows = rows_with_embedding(tracks, embeddings)
    norms = np.array([row.best_norm for row in embeddings.rows if row.embedding_row is not None], np.float64)
    return cluster_free(
        embeddings.vectors,
        norms,
        [track.track_id for track in rows],
        settings,
        bounds,
        _constraints_of(rows, settings, exceptions, moderation),
        locked_tracks(moderation),
        sightings_of(rows, clothing),
    )


def episode_constraints(
    tracks: Sequence[Track],
    embeddings: TrackEmbeddings,
    settings: ClusteringSettings,
    exceptions: Exceptions,
    moderation: Moderation = NO_MODERATION,
) -> Constraints:
    """Return the constraints of `cluster_episode` and of its result, without clustering."""
    rows = rows_with_embedding(tracks, embeddings)
    constraints = _constraints_of(rows, settings, exceptions, moderation)
    return without_locked_pairs(constraints, [track.track_id for track in rows], locked_tracks(moderation))


def _constraints_of(
    rows: Sequence[Track], settings: ClusteringSettings, exceptions: Exceptions, moderation: Moderation
) -> Constraints:
    pairs = sharing_pairs(rows, exceptions) if settings.cannot_link else no_pairs()
    return decided_constraints(moderation, [track.track_id for track in rows], pairs)


def without_tracks(embeddings: TrackEmbeddings, dismissed: Collection[str]) -> TrackEmbeddings:
    """Return the embeddings without those tracks: their rows are gone, and the others are numbered again."""
    kept = [row for row in embeddings.rows if row.track_id not in dismissed]
    if len(kept) == len(embeddings.rows):
        return embeddings
    used = [row.embedding_row for row in kept if row.embedding_row is not None]
    numbers = iter(range(len(used)))
    rows = [
        row if row.embedding_row is None else row.model_copy(update={"embedding_row": next(numbers)}) for row in kept
    ]
    return embeddings.with_rows(rows, arrays={"tracks.npy": embeddings.vectors[np.array(used, np.int64)]})


def rows_with_embedding(tracks: Sequence[Track], embeddings: TrackEmbeddings) -> list[Track]:
    """Return the tracks of the rows of the vectors."""
    by_id = {track.track_id: track for track in tracks}
    return [by_id[row.track_id] for row in embeddings.rows if row.embedding_row is not None]


def sightings_of(tracks: Sequence[Track], clothing: NDArray[np.uint8] | None) -> Sightings:
    """Return when the tracks are on screen, and what the people in them wear if there are descriptors (C, 600)."""
    if clothing is None:
        worn = TrackClothing(np.zeros((len(tracks), CLOTHING_DIM), np.float32), np.zeros(len(tracks), np.bool_))
    else:
        worn = track_clothing(tracks, clothing)
    return Sightings(
        first_ts=np.array([track.first_ts for track in tracks], np.float64),
        last_ts=np.array([track.last_ts for track in tracks], np.float64),
        clothing=worn.vectors,
        dressed=worn.known,
    )


def cluster_free(
    vectors: NDArray[np.float32],
    norms: NDArray[np.float64],
    track_ids: Sequence[str],
    settings: ClusteringSettings,
    bounds: Thresholds,
    constraints: Constraints,
    locked: Mapping[str, str],
    sightings: Sightings | None = None,
) -> Clusters:
    """Cluster the rows (U, D) of tracks in no locked identity, and add the locked ones. See `cluster_tracks`."""
    if not locked:
        return cluster_tracks(vectors, norms, settings, bounds, constraints, sightings)
    free = free_rows(track_ids, locked)
    seen = None if sightings is None else sightings.of(free)
    clusters = cluster_tracks(vectors[free], norms[free], settings, bounds, among(constraints, free), seen)
    return with_locked(clusters, track_ids, locked, constraints)
