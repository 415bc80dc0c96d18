"""Pool the embeddings of the accepted faces of each track into one embedding per track."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.pooling_method import PoolingMethod
from screenalytics_assets.contract.schemas import Face, Track, TrackEmbedding
from screenalytics_assets.track_embeddings.pooling import pool


@dataclass(frozen=True)
class PooledTracks:
    """One row per track, and `vectors` (U, D) float32, unit rows, of the U tracks that have an accepted face."""

    rows: list[TrackEmbedding]
    vectors: NDArray[np.float32]


def embed_tracks(
    tracks: Sequence[Track], faces: Sequence[Face], face_vectors: NDArray[np.float32], method: PoolingMethod
) -> PooledTracks:
    """Pool the accepted faces of each track. `face_vectors` is (A, D) float32 with unit rows."""
    by_track = accepted_by_track(faces)
    rows: list[TrackEmbedding] = []
    vectors: list[NDArray[np.float32]] = []
    for track in tracks:
        accepted = by_track.get(track.track_id, [])
        qualities = np.array([face.quality.score for face in accepted])
        norms = np.array([face.embedding_norm for face in accepted], dtype=np.float64)
        spread = 0.0
        if accepted:
            vectors_of_track = face_vectors[np.array([face.embedding_row for face in accepted])]
            pooled = pool(vectors_of_track, qualities, norms, method)
            spread = 1 - float((vectors_of_track @ pooled).min())
            vectors.append(pooled)
        rows.append(
            TrackEmbedding(
                track_id=track.track_id,
                embedding_row=len(vectors) - 1 if accepted else None,
                num_faces=len(accepted),
                mean_quality=round(float(qualities.mean()), 4) if accepted else 0.0,
                best_norm=round(float(norms.max()), 4) if accepted else 0.0,
                time_span_sec=round(track.duration_s, 4),
                spread=round(min(max(spread, 0.0), 2.0), 4),
                pooling_method=method,
            )
        )
    dim = face_vectors.shape[1]
    return PooledTracks(rows, np.stack(vectors) if vectors else np.empty((0, dim), np.float32))


def accepted_by_track(faces: Sequence[Face]) -> dict[str, list[Face]]:
    """Return the faces that have an embedding by track, in the order of `faces`, which is that of time."""
    by_track: dict[str, list[Face]] = defaultdict(list)
    for face in faces:
        if face.embedding_row is not None:
            by_track[face.track_id].append(face)
    return dict(by_track)
