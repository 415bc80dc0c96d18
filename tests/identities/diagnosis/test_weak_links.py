"""Weak links: where an identity splits first, and which tracks connect the two sides, on known data."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.identities.diagnosis import weak_links
from screenalytics_assets.identities.diagnosis.weak_links import weakest_links


def at_degrees(*angles: float) -> NDArray[np.float32]:
    """Return unit vectors in the plane; the similarity of two is the cosine of the angle between them."""
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def cosine(degrees: float) -> float:
    return float(np.cos(np.deg2rad(degrees)))


def test_two_people_connected_by_one_track_split_at_that_track() -> None:
    """Tracks 0 to 2 are one person, 4 to 6 another, and track 3 is between them, nearer to the first."""
    (link,) = weakest_links(at_degrees(0, 2, 4, 30, 76, 78, 80), 1).links
    assert (link.size_a, link.size_b) == (4, 3)
    assert (link.row_a, link.row_b) == (3, 4)
    assert link.closest_similarity == pytest.approx(cosine(46), abs=1e-6)
    assert (link.medoid_a, link.medoid_b) == (2, 5)
    between = [cosine(b - a) for a in (0, 2, 4, 30) for b in (76, 78, 80)]
    assert link.similarity == pytest.approx(np.mean(between), abs=1e-6)


@pytest.mark.parametrize(
    ("angles", "sizes"),
    [
        pytest.param([], [], id="no-track"),
        pytest.param([10], [], id="one-track"),
        pytest.param([0, 60], [(1, 1)], id="two-tracks"),
        pytest.param([0, 1, 2, 90], [(3, 1), (2, 1), (1, 1)], id="one-stray"),
        pytest.param(
            [0, 1, 2, 3, 61, 62, 63, 64, -75], [(4, 4), (8, 1)], id="two-people-come-before-a-less-similar-stray"
        ),
        pytest.param([0] * 4 + [50] * 2, [(4, 2)], id="many-equal-embeddings"),
    ],
)
def test_order(angles: Sequence[float], sizes: Sequence[tuple[int, int]]) -> None:
    weakest = weakest_links(at_degrees(*angles), 3)
    assert [(link.size_a, link.size_b) for link in weakest.links][: len(sizes)] == list(sizes)
    assert len(weakest.links) == min(3, max(0, len(angles) - 1))
    assert weakest.members_seen == len(angles)


def test_a_stray_comes_after_two_people_although_it_is_less_similar() -> None:
    first, second = weakest_links(at_degrees(0, 1, 2, 3, 61, 62, 63, 64, -75), 2).links
    assert second.similarity < first.similarity


def test_no_more_links_than_requested() -> None:
    assert [len(weakest_links(at_degrees(0, 1, 2, 90), count).links) for count in (0, 1, 2, 9)] == [0, 1, 2, 3]


def test_all_links_together_are_every_merge_of_scipy() -> None:
    from scipy.cluster import hierarchy

    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(40, 8)) + 0.5
    rows = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    heights = hierarchy.linkage(rows.astype(np.float64), "average", metric="cosine")[:, 2]
    links = weakest_links(rows, 39).links
    assert sorted(1 - link.similarity for link in links) == pytest.approx(sorted(heights), abs=1e-6)
    for link in links:
        assert float(rows[link.row_a] @ rows[link.row_b]) == pytest.approx(link.closest_similarity, abs=1e-6)
        assert link.closest_similarity >= link.similarity - 1e-9


def test_a_huge_identity_is_sampled_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weak_links, "MOST_MEMBERS", 10)
    vectors = at_degrees(*[0] * 50, *[70] * 50)
    weakest = weakest_links(vectors, 1)
    assert weakest.members_seen == 10
    assert (weakest.links[0].size_a, weakest.links[0].size_b) == (5, 5)
    assert {weakest.links[0].row_a < 50, weakest.links[0].row_b < 50} == {True, False}
    assert weakest_links(vectors, 1) == weakest


def test_a_sample_includes_the_last_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weak_links, "MOST_MEMBERS", 10)
    (link,) = weakest_links(at_degrees(*[0] * 99, 70), 1).links
    assert link.row_b == 99


@pytest.mark.parametrize(
    ("vectors", "count", "message"),
    [
        pytest.param(at_degrees(0, 1), -1, "count of 0 or more, but got -1", id="count"),
        pytest.param(np.full((2, 2), 0.5, np.float32), 1, "row 0 has norm 0.707", id="not-unit"),
    ],
)
def test_invalid_input_raises(vectors: NDArray[np.float32], count: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        weakest_links(vectors, count)
