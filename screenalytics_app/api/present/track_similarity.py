"""How well each track fits its identity."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION
from screenalytics_assets.contract.identity_records import IdentitiesMetadata
from screenalytics_assets.contract.schemas import TrackEmbedding
from screenalytics_assets.evidence.face_space import centred
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_resources.inference.packs import Pack


@dataclass(frozen=True)
class Fit:
    """A track in its identity: cosine similarity to the centroid, and why it does not fit, if it does not."""

    similarity: float
    outlier_reason: str | None


def track_fits(
    identities: Sequence[ModeratedIdentity],
    uncertain: Collection[str],
    embeddings: Sequence[TrackEmbedding],
    vectors: NDArray[np.float32],
    metadata: IdentitiesMetadata,
    pack: Pack,
) -> dict[str, Fit]:
    """Return the fit of each track that is in an identity and has an embedding. `vectors` is (U, D), unit rows.

    Centroids leave out `uncertain` tracks, unless an identity has no others, as in the run. A track does not fit if it
    is less similar than a face of its clarity must be, in the space without the mean face.
    """
    number = {track: n for n, identity in enumerate(identities) for track in identity.track_ids}
    rows = [row for row in embeddings if row.embedding_row is not None and row.track_id in number]
    if not rows:
        return {}
    labels = np.array([number[row.track_id] for row in rows])
    sure = np.array([row.track_id not in uncertain for row in rows])
    has_sure = np.bincount(labels[sure], minlength=len(identities)) > 0
    counts = sure | ~has_sure[labels]
    faces = vectors[[row.embedding_row for row in rows if row.embedding_row is not None]]
    plain = _similarities(faces, labels, counts, len(identities))
    moved = centred(faces, pack.evidence.mean(faces.shape[1]))
    least = np.minimum(_needed(np.array([row.best_norm for row in rows]), metadata, pack), metadata.min_identity_sim)
    inner = _similarities(moved, labels, counts, len(identities))
    alone = np.bincount(labels, minlength=len(identities))[labels] == 1
    return {
        row.track_id: Fit(
            round(float(plain[n]), 4),
            f"similarity {inner[n]:.2f} is below {least[n]:.2f}" if inner[n] < least[n] and not alone[n] else None,
        )
        for n, row in enumerate(rows)
    }


def _needed(norms: NDArray[np.float64], metadata: IdentitiesMetadata, pack: Pack) -> NDArray[np.float64]:
    span = [metadata.unusable_norm, max(pack.norms.clear, metadata.unusable_norm)]
    return np.interp(norms, span, [metadata.assign_sim, metadata.assign_sim_clear])


def _similarities(
    rows: NDArray[np.float32], labels: NDArray[np.int64], counts: NDArray[np.bool_], identities: int
) -> NDArray[np.float64]:
    """Return the similarity (n,) of unit rows (n, D) to the centroid of their label, made of the rows that count."""
    sums = np.zeros((identities, rows.shape[1]))
    order = np.argsort(labels[counts], kind="stable")
    present, starts = np.unique(labels[counts][order], return_index=True)
    sums[present] = np.add.reduceat(rows[counts][order].astype(np.float64), starts, axis=0)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    centroids = np.where(norms < NO_DIRECTION, 0.0, sums / np.maximum(norms, NO_DIRECTION))
    return np.asarray(np.clip(np.einsum("ij,ij->i", rows, centroids[labels]), -1.0, 1.0))
