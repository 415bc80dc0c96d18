"""Ranking of people from stored vectors."""

import numpy as np
import pytest

from screenalytics_assets.cast.person_scores import Nearest, Score, exact_nearest, score
from screenalytics_resources.facebank.records import Candidate, VectorKind


def hit(person: str, similarity: float, kind: VectorKind = "prototype") -> Candidate:
    return Candidate(person, kind, similarity)


@pytest.mark.parametrize(
    ("hits", "complete", "expected"),
    [
        pytest.param([], True, Score((), None, None), id="empty"),
        pytest.param([hit("ann", 0.75)], True, Score((("ann", 0.75),), None, None), id="one-person"),
        pytest.param(
            [hit("ann", 0.5), hit("ben", 0.25), hit("ann", 0.75)],
            True,
            Score((("ann", 0.75), ("ben", 0.25)), 0.5, "ben"),
            id="best-prototype-of-each",
        ),
        pytest.param(
            [hit("ben", 0.875, "seed"), hit("ann", 0.5), hit("ben", 0.25)],
            True,
            Score((("ann", 0.5), ("ben", 0.25)), 0.25, "ben"),
            id="photos-are-ignored",
        ),
        pytest.param(
            [hit("ben", 0.5), hit("ann", 0.5)],
            True,
            Score((("ann", 0.5), ("ben", 0.5)), 0.0, "ben"),
            id="tie-by-name",
        ),
        pytest.param(
            [hit("ann", 0.75), hit("ann", 0.5)],
            False,
            Score((("ann", 0.75),), 0.25, None),
            id="second-person-without-a-hit",
        ),
        pytest.param(
            [hit("ann", 0.75), hit("ben", 0.5), hit("ann", 0.25)],
            False,
            Score((("ann", 0.75), ("ben", 0.5)), 0.25, "ben"),
            id="second-person-with-a-hit",
        ),
    ],
)
def test_score(hits: list[Candidate], complete: bool, expected: Score) -> None:
    assert score(Nearest("identity-00001", tuple(hits), complete)) == expected


def test_photos_without_a_prototype_are_not_enough() -> None:
    with pytest.raises(ValueError, match="Expected a prototype near identity-00007, but got 1 other hits"):
        score(Nearest("identity-00007", (hit("ann", 0.9, "seed"),), complete=False))


def test_exact_search() -> None:
    stored = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)
    centroids = np.array([[1, 0], [0.6, 0.8]], np.float32)
    kinds: list[VectorKind] = ["prototype", "prototype", "seed"]
    found = exact_nearest(["one", "other"], centroids, stored, ["ann", "ben", "ann"], kinds)
    assert [near.identity_id for near in found] == ["one", "other"]
    assert all(near.complete for near in found)
    assert [[h.person_id for h in near.hits] for near in found] == [["ann", "ben", "ann"]] * 2
    assert [[h.kind for h in near.hits] for near in found] == [kinds] * 2
    np.testing.assert_allclose([[h.similarity for h in near.hits] for near in found], [[1, 0, 0.6], [0.6, 0.8, 1]])


def test_exact_search_in_an_empty_cast() -> None:
    (found,) = exact_nearest(["one"], np.array([[1, 0]], np.float32), np.empty((0, 2), np.float32), [], [])
    assert score(found) == Score((), None, None)
