"""Phase `reembed`: the stored crops are judged once more, more strictly, and embedded again; no video is opened."""

from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Face, Track
from screenalytics_assets.faces.embed_faces import EmbeddedFaces, ReadCrop, embed_faces
from screenalytics_assets.settings.stages import FacesSettings
from screenalytics_resources.inference.engine import Engine


@dataclass(frozen=True)
class Reembedded:
    """Rows of every crop, and `vectors` (A, D) float32, unit rows; counts compare with what was there before."""

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
    min_norm: float,
    report: Callable[[int], None],
    kept: Set[str] = frozenset(),
) -> Reembedded:
    """Judge and embed the crops of `tracks` with stricter `settings`; faces of tracks in `kept` stay as they are.

    Beyond the quality gate of `settings`, a face is rejected as `low_norm` if its raw embedding is shorter than
    `min_norm`: the length tells best how well the recogniser sees a face. `vectors` (B, D) are those of `faces`.
    """
    free = [track for track in tracks if track.track_id not in kept]
    fresh = embed_faces(free, read_crop, engine, settings, report)
    own = [face for face in faces if face.track_id in kept]
    found = _joined(tracks, EmbeddedFaces(_without_weak(fresh.rows, min_norm), fresh.vectors), own, vectors)
    before = {(face.track_id, face.frame): face for face in faces if face.embedding_row is not None}
    after = {(face.track_id, face.frame): face for face in found.rows if face.embedding_row is not None}
    gone = [face for face in found.rows if face.embedding_row is None and (face.track_id, face.frame) in before]
    return Reembedded(
        rows=found.rows,
        vectors=found.vectors,
        rejected=len(gone),
        reasons=Counter(str(face.rejection_reason) for face in gone),
        mean_quality_before=mean_quality(list(before.values())),
        mean_quality_after=mean_quality(list(after.values())),
    )


def mean_quality(faces: Sequence[Face]) -> float:
    """Mean quality score of these faces, in [0, 1]; 0 without any."""
    return round(float(np.mean([face.quality.score for face in faces])), 4) if faces else 0.0


def _without_weak(rows: Sequence[Face], min_norm: float) -> list[Face]:
    return [
        face.model_copy(update={"rejection_reason": "low_norm"})
        if face.embedding_norm is not None and face.embedding_norm < min_norm
        else face
        for face in rows
    ]


def _joined(
    tracks: Sequence[Track], fresh: EmbeddedFaces, own: Sequence[Face], own_vectors: NDArray[np.float32]
) -> EmbeddedFaces:
    """Faces in the order of the tracks, counted anew, with the vectors of those that are not rejected."""
    by_track: dict[str, list[tuple[Face, NDArray[np.float32]]]] = {track.track_id: [] for track in tracks}
    for rows, vectors in ((fresh.rows, fresh.vectors), (own, own_vectors)):
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
