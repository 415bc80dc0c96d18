"""Evidence that identities beyond the limit of a guardrail are wrong, as opposed to unusual and right.

A share of tracks cannot tell a lead who is in two thirds of the tracks from two people in one identity, or a film of
twenty strangers from a cast that was torn apart. The embeddings and the tracks that share a frame can. Without evidence
the result is called plausible. The embeddings prove nothing here: two people whose faces the model cannot tell apart
leave no evidence.

Similarities are judged by the calibrated thresholds of the model pack instead of the settings, because a wrong setting
is the most common cause. The sources of the constants and the error rates are in decision 19.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints, Pairs, among, unique_pairs
from screenalytics_assets.clustering.reciprocal_merging import plain_means
from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION
from screenalytics_assets.identities.diagnosis.near_joins import allowed_similarities
from screenalytics_assets.identities.diagnosis.weak_links import Link, weakest_links

Verdict = Literal["wrong", "plausible"]

LINKS = 5
"""Number of weakest links that are judged. In an identity of several people, they are the first links."""
SMALLEST_PART = 3
"""Tracks of the smaller part. A part of one or two tracks is a profile or a weak face more often than a person."""
SMALLEST_SHARE = 0.10
"""Share of the identity's tracks that the smaller part must have."""
TIGHTER = 0.05
"""How far above the calibrated threshold two parts still count as separated."""
GAP = 0.25
"""Lowest difference between the similarity within the parts and between them."""
SHARING_PAIRS = 3
"""Pairs of tracks of one identity that share a frame. One or two may be a reflection or a picture of the person."""
ALIKE = 3
"""Other identities that share a frame with the largest identity and are similar enough to merge with it. One or two may
be a reflection."""
NEARLY = 0.06
"""How far below the calibrated threshold the similarity of a near join is at most."""
NEAR_JOIN_SHARE = 0.40
"""Share of the singletons that nearly joined."""
FACES_UNLIKE = 0.5
"""Share of the calibrated threshold below which faces of one track are unlike, although they show one person."""
CLEAR_TRACKS = 5
"""Tracks of several clear faces that the similarity of faces requires."""


class Calibrated(Protocol):
    """Thresholds of the model pack, as cosine similarities."""

    @property
    def cluster_thresh(self) -> float:
        """Two clusters of tracks merge at or above this average similarity."""

    @property
    def min_identity_sim(self) -> float:
        """A track less similar than this to the rest of its identity does not belong to it."""


@dataclass(frozen=True)
class ErrorEvidence:
    """Whether a result beyond a limit is wrong, why, and the figures on which the verdict is based."""

    verdict: Verdict
    sentence: str
    figures: Mapping[str, int | float]


def of_over_merging(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    certain: NDArray[np.bool_],
    sharing: Pairs,
    used_threshold: float,
    calibrated: Calibrated,
) -> ErrorEvidence:
    """Judge whether the largest identity contains several people.

    Args:
        vectors: unit rows (U, D).
        labels: identity of each row (U,), 0..K-1, or -1 for a row in no identity.
        certain: rows (U,) that are judged. Uncertain members say little about their identity.
        sharing: pairs of rows (P, 2) that share a frame and so show two people.
        used_threshold: `cluster_thresh` that the identities were built with.
        calibrated: thresholds of the model pack.
    """
    judged = _judged(vectors, labels, certain, sharing)
    sizes = np.bincount(judged.labels, minlength=1)
    largest = int(sizes.argmax())
    size = int(sizes[largest])
    pairs = judged.sharing[(judged.labels[judged.sharing] == largest).all(axis=1)]
    alike = _alike(judged, largest, used_threshold)
    members = judged.vectors[judged.labels == largest]
    strays = int((_similarity_to_rest(members) < calibrated.min_identity_sim).sum())
    links = weakest_links(members, LINKS).links
    parts = _most_separated(links, size, calibrated.cluster_thresh)
    figures: dict[str, int | float] = {
        "judged_tracks": size,
        "tracks_unlike_the_rest": strays,
        "pairs_sharing_a_frame": len(pairs),
        "similar_identities_in_the_same_frames": alike,
    }
    if parts is not None:
        figures |= {
            "tracks_of_first_part": parts.size_a,
            "tracks_of_second_part": parts.size_b,
            "similarity_between_parts": round(parts.similarity, 4),
            "similarity_within_parts": round(_within(parts), 4),
        }
    if parts is not None and _separated(parts, calibrated.cluster_thresh):
        return ErrorEvidence("wrong", f"The largest identity falls into two parts: {_parts_clause(parts)}.", figures)
    if strays >= _smallest_part(size):
        return ErrorEvidence(
            "wrong", f"{strays} of {size} tracks of the largest identity differ from its others.", figures
        )
    if len(pairs) >= SHARING_PAIRS:
        return ErrorEvidence(
            "wrong",
            f"{len(pairs)} pairs of tracks of the largest identity share a frame and so show two people.",
            figures,
        )
    if alike >= ALIKE:
        return ErrorEvidence(
            "wrong",
            f"{alike} other identities are similar enough to merge with the largest one, but share a frame with it: "
            f"the threshold does not tell people apart.",
            figures,
        )
    if parts is None:
        return ErrorEvidence(
            "plausible", "This is plausible for a lead: no part of the largest identity differs from the rest.", figures
        )
    return ErrorEvidence(
        "plausible",
        f"This is plausible for a lead, because the parts of the largest identity are alike: {_parts_clause(parts)}.",
        figures,
    )


def of_shattering(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    certain: NDArray[np.bool_],
    sharing: Pairs,
    face_similarities: NDArray[np.float64],
    calibrated: Calibrated,
) -> ErrorEvidence:
    """Judge whether people were split into singletons. See `of_over_merging` for the other arguments.

    `face_similarities` (T,) are those of `face_similarity` for the clear tracks of two or more faces.
    """
    judged = _judged(vectors, labels, certain, sharing)
    similarities = allowed_similarities(judged.vectors, judged.labels, judged.sharing)
    singletons = len(similarities)
    nearly = int((similarities >= calibrated.cluster_thresh - NEARLY).sum())
    figures: dict[str, int | float] = {
        "judged_singletons": singletons,
        "singletons_that_nearly_joined": nearly,
        "clear_tracks_of_several_faces": len(face_similarities),
    }
    if singletons:
        figures["median_similarity_to_nearest_identity"] = round(float(np.median(similarities)), 4)
    faces = 1.0
    if len(face_similarities) >= CLEAR_TRACKS:
        faces = float(np.median(face_similarities))
        figures["median_similarity_of_faces_of_a_track"] = round(faces, 4)
    if nearly and nearly >= NEAR_JOIN_SHARE * singletons:
        return ErrorEvidence(
            "wrong",
            f"{nearly} of {singletons} singletons are similar enough to another identity to show the same person "
            f"(at least {calibrated.cluster_thresh - NEARLY:.2f}).",
            figures,
        )
    if faces < FACES_UNLIKE * calibrated.cluster_thresh:
        return ErrorEvidence(
            "wrong",
            f"Faces of one track have a typical similarity of only {faces:.2f}, although they show one person: the "
            f"embeddings are unreliable.",
            figures,
        )
    if singletons == 0:
        return ErrorEvidence("plausible", "This is plausible: no identity has only one track.", figures)
    return ErrorEvidence(
        "plausible",
        f"This is plausible for people who appear only once: {singletons - nearly} of {singletons} singletons differ "
        f"from every other identity as strangers do.",
        figures,
    )


def face_similarity(spreads: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    """Estimate the similarity (T,) of two faces of each track, from its `spreads` (T,) and number of `faces` (T,) > 1.

    If k unit vectors have the similarity s to each other, their similarity to their unit mean is c with
    c^2 = (1 + (k - 1) s) / k. A spread is 1 - the lowest c, so the estimate is low rather than high.
    """
    return np.asarray((faces * (1 - spreads) ** 2 - 1) / (faces - 1))


@dataclass(frozen=True)
class _Judged:
    """Rows that are judged: `vectors` (n, D), `labels` (n,) 0..K-1, and `sharing` (P, 2) as pairs of positions."""

    vectors: NDArray[np.float32]
    labels: NDArray[np.int64]
    sharing: Pairs


def _judged(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], certain: NDArray[np.bool_], sharing: Pairs
) -> _Judged:
    rows = np.flatnonzero((labels >= 0) & certain)
    compact = np.unique(labels[rows], return_inverse=True)[1].astype(np.int64)
    return _Judged(vectors[rows], compact, among(Constraints(cannot_link=sharing), rows).cannot_link)


def _alike(judged: _Judged, largest: int, threshold: float) -> int:
    """Count the other identities that share a frame with `largest` and have an average similarity of `threshold`."""
    ends = unique_pairs(judged.labels[judged.sharing])
    ends = ends[(ends == largest).any(axis=1) & (ends[:, 0] != ends[:, 1])]
    if len(ends) == 0:
        return 0
    means = plain_means(judged.vectors, judged.labels)
    return int((np.einsum("ij,ij->i", means[ends[:, 0]], means[ends[:, 1]]) >= threshold).sum())


def _most_separated(links: Sequence[Link], size: int, threshold: float) -> Link | None:
    """Return the link between two large enough parts: one that separates people, otherwise the one of largest gap."""
    large = [link for link in links if link.size_b >= _smallest_part(size)]
    return max(large, key=lambda link: (_separated(link, threshold), _within(link) - link.similarity), default=None)


def _smallest_part(size: int) -> float:
    """Return the lowest number of tracks that count as another person in an identity of `size` tracks."""
    return max(2, min(SMALLEST_PART, size // 2), SMALLEST_SHARE * size)


def _similarity_to_rest(members: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the cosine similarity (n,) of each unit row to the sum of the others; 1 if there are none."""
    rows = members.astype(np.float64)
    others = rows.sum(axis=0) - rows
    norms = np.linalg.norm(others, axis=1)
    return np.where(norms < NO_DIRECTION, 1.0, np.einsum("ij,ij->i", rows, others) / np.maximum(norms, NO_DIRECTION))


def _separated(link: Link, threshold: float) -> bool:
    return link.similarity < threshold + TIGHTER and _within(link) - link.similarity >= GAP


def _within(link: Link) -> float:
    """Return the lower average similarity within the two parts."""
    return min(link.within_a, link.within_b)


def _parts_clause(link: Link) -> str:
    return (
        f"{link.size_a} and {link.size_b} tracks with an average similarity of {link.similarity:.2f}, "
        f"compared with {link.within_a:.2f} and {link.within_b:.2f} within each"
    )
