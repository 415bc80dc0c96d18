"""Phase `reembed`: embeds the stored crops again and rejects weak faces, without opening the video.

A weak face dilutes the embedding of a track that has better ones. Where a track has few others, a weak face is all
that is known, and the evidence model judges it.
"""

from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.record_types import RejectionReason
from screenalytics_assets.contract.schemas import Face, Track
from screenalytics_assets.faces.embed_faces import EmbeddedFaces, ReadCrop, embed_faces
from screenalytics_assets.settings.stages import FacesSettings
from screenalytics_resources.inference.engine import Engine


@dataclass(frozen=True)
class WeakFaceLimits:
    """Faces below `min_quality` or `min_norm` are weak. They are rejected if their track keeps `min_faces` others."""

    min_quality: float
    """Quality score in [0, 1]."""
    min_norm: float
    """Norm of the raw embedding: the best measure of how well the recogniser sees a face."""
    min_faces: int

    def reason(self, face: Face) -> RejectionReason | None:
        """Return why a face with an embedding is weak, or None if it is not."""
        if face.quality.score < self.min_quality:
            return "low_quality"
        return "low_norm" if face.embedding_norm is not None and face.embedding_norm < self.min_norm else None


@dataclass(frozen=True)
class Reembedded:
    """One row per crop, and `vectors` (A, D) float32 with unit rows.

    `rejected` and `reasons` count faces that had an embedding before and are rejected now.
    """

    rows: list[Face]
    vectors: NDArray[np.float32]
    rejected: int
    reasons: Counter[str]
    mean_quality_before: float
    mean_quality_after: float


def reembed(
    tracks: Sequence[Track],
    faces: Sequence[Face],
    vectors: NDArray[np.float32],
    read_crop: ReadCrop,
    engine: Engine,
    settings: FacesSettings,
    limits: WeakFaceLimits,
    report: Callable[[int], None],
    kept: Set[str] = frozenset(),
) -> Reembedded:
    """Filter and embed the crops of `tracks`, and reject weak faces. Faces of tracks in `kept` stay unchanged.

    `settings` are those of the asset `faces`. `vectors` (B, D) belong to `faces`.
    """
    free = [track for track in tracks if track.track_id not in kept]
    fresh = embed_faces(free, read_crop, engine, settings, report)
    kept_faces = [face for face in faces if face.track_id in kept]
    filtered = EmbeddedFaces(reject_weak(fresh.rows, limits), fresh.vectors)
    joined = _joined(tracks, filtered, kept_faces, vectors)
    before = {(face.track_id, face.frame): face for face in faces if face.embedding_row is not None}
    after = {(face.track_id, face.frame): face for face in joined.rows if face.embedding_row is not None}
    rejected = [face for face in joined.rows if face.embedding_row is None and (face.track_id, face.frame) in before]
    return Reembedded(
        rows=joined.rows,
        vectors=joined.vectors,
        rejected=len(rejected),
        reasons=Counter(str(face.rejection_reason) for face in rejected),
        mean_quality_before=mean_quality(list(before.values())),
        mean_quality_after=mean_quality(list(after.values())),
    )


def mean_quality(faces: Sequence[Face]) -> float:
    """Return the mean quality score of these faces, in [0, 1]; 0 without faces."""
    return round(float(np.mean([face.quality.score for face in faces])), 4) if faces else 0.0


def reject_weak(rows: Sequence[Face], limits: WeakFaceLimits) -> list[Face]:
    """Set the rejection reason of the weak faces of every track that keeps enough others."""
    others = Counter(row.track_id for row in rows if row.embedding_row is not None and limits.reason(row) is None)
    return [
        row.model_copy(update={"rejection_reason": reason})
        if row.embedding_row is not None
        and others[row.track_id] >= limits.min_faces
        and (reason := limits.reason(row)) is not None
        else row
        for row in rows
    ]


def _joined(
    tracks: Sequence[Track], fresh: EmbeddedFaces, kept: Sequence[Face], kept_vectors: NDArray[np.float32]
) -> EmbeddedFaces:
    """Join the faces in the order of the tracks, number them again, and drop the vectors of rejected faces."""
    by_track: dict[str, list[tuple[Face, NDArray[np.float32]]]] = {track.track_id: [] for track in tracks}
    for rows, vectors in ((fresh.rows, fresh.vectors), (kept, kept_vectors)):
        for face in rows:
            by_track[face.track_id].append((face, vectors[slice(face.embedding_row, None)][:1]))
    result: list[Face] = []
    chosen = [np.empty((0, fresh.vectors.shape[1]), np.float32)]
    for face, vector in (pair for pairs in by_track.values() for pair in pairs):
        accepted = face.embedding_row is not None and face.rejection_reason is None
        changes = {
            "face_id": f"face-{len(result) + 1:06d}",
            "embedding_row": len(chosen) - 1 if accepted else None,
            "embedding_norm": face.embedding_norm if accepted else None,
        }
        result.append(face.model_copy(update=changes))
        if accepted:
            chosen.append(vector)
    return EmbeddedFaces(result, np.concatenate(chosen))
