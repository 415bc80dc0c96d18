"""Representatives of tracks and of identities."""

from collections import defaultdict
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Face, TrackEmbedding, TrackRep
from screenalytics_assets.settings.stages import TrackRepsSettings
from screenalytics_assets.track_reps.representative import RepGates, choose_representative


def build_reps(
    embeddings: Sequence[TrackEmbedding],
    track_vectors: NDArray[np.float32],
    faces: Sequence[Face],
    face_vectors: NDArray[np.float32],
    settings: TrackRepsSettings,
) -> list[TrackRep]:
    """Return the representative of every track that has a candidate face. Vectors are (., D) float32, unit rows.

    Faces that are `not_sampled` are not candidates: they passed the quality gate but have no vector to compare.
    `unreadable_crop` faces have no picture to show. A face that failed the quality gate can still represent a track
    that has nothing better.
    """
    gates = RepGates(settings.rep_det_min, settings.rep_std_min, settings.rep_min_sim_to_centroid)
    candidates: dict[str, list[Face]] = defaultdict(list)
    for face in faces:
        if face.rejection_reason not in ("not_sampled", "unreadable_crop"):
            candidates[face.track_id].append(face)
    return [
        _rep(row, candidates[row.track_id], track_vectors, face_vectors, gates)
        for row in embeddings
        if candidates[row.track_id]
    ]


def _rep(
    row: TrackEmbedding,
    faces: Sequence[Face],
    track_vectors: NDArray[np.float32],
    face_vectors: NDArray[np.float32],
    gates: RepGates,
) -> TrackRep:
    centroid = None if row.embedding_row is None else track_vectors[row.embedding_row]
    vectors = [None if face.embedding_row is None else face_vectors[face.embedding_row] for face in faces]
    similarity = np.array(
        [np.nan if centroid is None or vector is None else float(vector @ centroid) for vector in vectors]
    )
    chosen = choose_representative(
        np.array([face.quality.det for face in faces]),
        np.array([face.quality.std for face in faces]),
        np.array([face.quality.score for face in faces]),
        similarity,
        gates,
    )
    face, vector = faces[chosen.index], vectors[chosen.index]
    return TrackRep(
        track_id=row.track_id,
        rep_frame=face.frame,
        crop_key=face.crop_key,
        embed=None if vector is None else tuple(round(float(value), 6) for value in vector),
        quality=face.quality,
        sim_to_centroid=None if np.isnan(similarity[chosen.index]) else round(float(similarity[chosen.index]), 4),
        low_confidence=chosen.low_confidence,
        rep_low_quality=chosen.rep_low_quality,
    )


def best_rep(track_ids: Collection[str], reps: Sequence[TrackRep]) -> TrackRep | None:
    """Return the best representative of these tracks: unflagged ones first, then by score. None without any."""
    candidates = [rep for rep in reps if rep.track_id in track_ids]
    return min(candidates, key=lambda rep: (rep.rep_low_quality, rep.low_confidence, -rep.quality.score), default=None)


def without_purged(reps: Sequence[TrackRep], purged: Collection[str]) -> list[TrackRep]:
    """Return the representatives whose crop was not purged."""
    return [rep for rep in reps if rep.crop_key not in purged]
