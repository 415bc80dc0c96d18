"""Tracks in two dimensions."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.track_embeddings.track_map import MOST_TRACKS, track_map


def groups(each: int, dim: int = 16) -> NDArray[np.float32]:
    """Return three groups of similar unit vectors, one after the other."""
    rng = np.random.default_rng(0)
    vectors = np.repeat(np.eye(3, dim), each, axis=0) + 0.02 * rng.normal(size=(3 * each, dim))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_tracks_of_one_person_are_near_each_other() -> None:
    points = track_map(groups(12))
    distances = np.linalg.norm(points[:, None] - points[None], axis=2)
    same = np.repeat(np.arange(3), 12)[:, None] == np.repeat(np.arange(3), 12)[None]
    assert distances[same].max() < distances[~same].min()


def test_the_map_fills_the_square_and_is_reproducible() -> None:
    points = track_map(groups(4))
    assert np.abs(points).max() == pytest.approx(1.0)
    assert np.array_equal(points, track_map(groups(4)))


@pytest.mark.parametrize(
    ("vectors", "points"),
    [
        pytest.param(np.zeros((0, 4)), np.zeros((0, 2)), id="no track"),
        pytest.param(np.eye(1, 4), [[0, 0]], id="one track"),
        pytest.param(np.eye(2, 4), [[-1, 0], [1, 0]], id="two tracks at the ends"),
        pytest.param(np.repeat(np.eye(1, 4), 6, axis=0), np.zeros((6, 2)), id="equal tracks"),
    ],
)
def test_few_or_equal_tracks(vectors: NDArray[np.float32], points: list[list[float]]) -> None:
    assert track_map(vectors.astype(np.float32)).tolist() == np.asarray(points, float).tolist()


def test_too_many_tracks_are_refused() -> None:
    with pytest.raises(ValueError, match=f"at most {MOST_TRACKS} tracks"):
        track_map(np.zeros((MOST_TRACKS + 1, 2), np.float32))
