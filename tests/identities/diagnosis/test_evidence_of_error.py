"""Evidence of an error: people around orthogonal axes, with similarities that are known exactly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.identities.diagnosis.evidence_of_error import (
    ErrorEvidence,
    face_similarity,
    of_over_merging,
    of_shattering,
)

NO_PAIRS = np.empty((0, 2), np.int64)
ALL_PAIRS = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
GOOD_FACES = np.full(8, 0.6)


@dataclass(frozen=True)
class Known:
    cluster_thresh: float = 0.40
    min_identity_sim: float = 0.22


CALIBRATED = Known()


def people(sizes: Sequence[int], within: float, between: float) -> NDArray[np.float32]:
    """Return unit rows of people with these numbers of tracks and these similarities of two different tracks."""
    owners = np.repeat(np.arange(len(sizes)), sizes)
    gram = np.where(owners[:, None] == owners[None, :], within, between)
    np.fill_diagonal(gram, 1.0)
    return np.linalg.cholesky(gram).astype(np.float32)


def over_merging(
    vectors: NDArray[np.float32],
    labels: Sequence[int],
    pairs: Sequence[tuple[int, int]] = (),
    used: float = 0.40,
    uncertain: Sequence[int] = (),
) -> ErrorEvidence:
    certain = np.ones(len(vectors), np.bool_)
    certain[list(uncertain)] = False
    sharing = np.array(pairs, np.int64).reshape(-1, 2)
    return of_over_merging(vectors, np.array(labels, np.int64), certain, sharing, used, CALIBRATED)


@pytest.mark.parametrize(
    ("sizes", "within", "between", "verdict"),
    [
        pytest.param([20], 0.6, 0.0, "plausible", id="one-person"),
        pytest.param([12, 8], 0.75, 0.1, "wrong", id="two-people"),
        pytest.param([12, 8], 0.75, 0.44, "wrong", id="two-people-just-above-the-threshold"),
        pytest.param([12, 8], 0.75, 0.46, "plausible", id="one-person-in-two-lights"),
        pytest.param([12, 8], 0.60, 0.36, "plausible", id="a-small-gap"),
        pytest.param([17, 3], 0.75, 0.3, "wrong", id="the-smallest-part"),
        pytest.param([18, 2], 0.75, 0.3, "plausible", id="a-part-of-two-tracks"),
        pytest.param([36, 3], 0.75, 0.3, "plausible", id="a-part-of-a-small-share"),
        pytest.param([8, 7, 6], 0.75, 0.1, "wrong", id="three-people"),
        pytest.param([1] * 20, 0.75, 0.05, "wrong", id="twenty-people-with-one-track-each"),
        pytest.param([2], 0.45, 0.0, "plausible", id="two-tracks"),
        pytest.param([1], 0.0, 0.0, "plausible", id="one-track"),
    ],
)
def test_one_identity_of_these_people(sizes: Sequence[int], within: float, between: float, verdict: str) -> None:
    vectors = people(sizes, within, between)
    assert over_merging(vectors, [0] * len(vectors)).verdict == verdict


def test_the_sentence_and_the_figures_name_the_parts() -> None:
    evidence = over_merging(people([12, 8], 0.75, 0.1), [0] * 20)
    assert evidence.sentence == (
        "The largest identity falls into two parts: 12 and 8 tracks with an average similarity of 0.10, "
        "compared with 0.75 and 0.75 within each."
    )
    assert evidence.figures["tracks_of_second_part"] == 8
    assert evidence.figures["similarity_between_parts"] == pytest.approx(0.1, abs=1e-4)
    assert evidence.figures["similarity_within_parts"] == pytest.approx(0.75, abs=1e-4)


@pytest.mark.parametrize(
    ("pairs", "verdict"),
    [
        pytest.param([(0, 1), (2, 3)], "plausible", id="two-pairs-may-be-reflections"),
        pytest.param([(0, 1), (2, 3), (4, 5)], "wrong", id="three-pairs"),
        pytest.param([(0, 12), (1, 13), (2, 14)], "plausible", id="pairs-with-another-identity"),
    ],
)
def test_pairs_of_the_largest_identity_that_share_a_frame(pairs: Sequence[tuple[int, int]], verdict: str) -> None:
    vectors = people([12, 8], 0.7, 0.0)
    assert over_merging(vectors, [0] * 12 + [1] * 8, pairs).verdict == verdict


@pytest.mark.parametrize(
    ("others", "used", "verdict"),
    [
        pytest.param(3, 0.15, "wrong", id="three-others-at-a-low-threshold"),
        pytest.param(2, 0.15, "plausible", id="two-others"),
        pytest.param(3, 0.40, "plausible", id="not-similar-enough-to-merge"),
    ],
)
def test_identities_that_only_a_shared_frame_keeps_apart(others: int, used: float, verdict: str) -> None:
    vectors = people([10, 2, 2, 2], 0.7, 0.2)
    labels = [0] * 10 + [1, 1, 2, 2, 3, 3]
    pairs = [(number, 10 + 2 * number) for number in range(others)]
    assert over_merging(vectors, labels, pairs, used).verdict == verdict


def test_uncertain_tracks_are_not_judged() -> None:
    vectors = people([12, 8], 0.75, 0.1)
    evidence = over_merging(vectors, [0] * 20, uncertain=range(12, 20))
    assert (evidence.verdict, evidence.figures["judged_tracks"]) == ("plausible", 12)


def shattering(
    vectors: NDArray[np.float32],
    labels: Sequence[int],
    pairs: Sequence[tuple[int, int]] = (),
    faces: NDArray[np.float64] = GOOD_FACES,
) -> ErrorEvidence:
    sharing = np.array(pairs, np.int64).reshape(-1, 2)
    everything = np.ones(len(vectors), np.bool_)
    return of_shattering(vectors, np.array(labels, np.int64), everything, sharing, faces, CALIBRATED)


@pytest.mark.parametrize(
    ("similarity", "pairs", "faces", "verdict"),
    [
        pytest.param(0.10, [], GOOD_FACES, "plausible", id="strangers"),
        pytest.param(0.33, [], GOOD_FACES, "plausible", id="strangers-who-look-alike"),
        pytest.param(0.35, [], GOOD_FACES, "wrong", id="just-below-the-threshold"),
        pytest.param(0.70, [], GOOD_FACES, "wrong", id="far-above-the-threshold"),
        pytest.param(
            0.70, [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)], GOOD_FACES, "plausible", id="in-one-frame"
        ),
        pytest.param(0.10, [], np.full(8, 0.19), "wrong", id="faces-of-a-track-differ"),
        pytest.param(0.10, [], np.full(8, 0.21), "plausible", id="faces-of-a-track-agree"),
        pytest.param(0.10, [], np.full(4, 0.05), "plausible", id="too-few-tracks-of-several-faces"),
        pytest.param(0.10, [], np.empty(0), "plausible", id="no-track-of-several-faces"),
    ],
)
def test_singletons_of_this_similarity(
    similarity: float, pairs: Sequence[tuple[int, int]], faces: NDArray[np.float64], verdict: str
) -> None:
    assert shattering(people([4], similarity, 0.0), [0, 1, 2, 3], pairs, faces).verdict == verdict


@pytest.mark.parametrize(
    ("torn", "verdict"), [pytest.param(3, "plausible", id="30-percent"), pytest.param(4, "wrong", id="40-percent")]
)
def test_the_share_of_singletons_that_nearly_joined(torn: int, verdict: str) -> None:
    vectors = people([torn, *[1] * (10 - torn)], 0.6, 0.05)
    evidence = shattering(vectors, range(10))
    assert (evidence.verdict, evidence.figures["singletons_that_nearly_joined"]) == (verdict, torn)


@pytest.mark.parametrize("labels", [[], [-1, -1], [0, 0]], ids=["no-track", "all-unusable", "no-singleton"])
def test_without_singletons_nothing_is_shattered(labels: Sequence[int]) -> None:
    evidence = shattering(people([2], 0.9, 0.0)[: len(labels)], labels)
    assert (evidence.verdict, evidence.sentence) == ("plausible", "This is plausible: no identity has only one track.")


def test_identities_without_tracks_are_plausible() -> None:
    assert over_merging(np.empty((0, 4), np.float32), []).verdict == "plausible"


@pytest.mark.parametrize(("faces", "similarity"), [(2, 0.8), (2, 0.2), (5, 0.5), (8, 0.0)])
def test_the_similarity_of_faces_follows_from_the_spread(faces: int, similarity: float) -> None:
    vectors = people([faces], similarity, 0.0)
    mean = vectors.sum(axis=0)
    spread = 1 - float((vectors @ (mean / np.linalg.norm(mean))).min())
    assert face_similarity(np.array([spread]), np.array([faces])) == pytest.approx([similarity], abs=1e-5)
