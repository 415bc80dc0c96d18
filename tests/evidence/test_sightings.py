"""Clothing evidence: known strengths for tracks with known times and clothes."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.evidence.sightings import FADE_S, Sightings, clothing_excess

RED, BLUE, BOTH = (1.0, 0.0), (0.0, 1.0), (0.6, 0.8)
"""BOTH has an affinity of 0.6 to RED and 0.8 to BLUE."""
Clothes = tuple[float, float] | None


def seen(*tracks: tuple[float, float, Clothes]) -> Sightings:
    """Return sightings of tracks with a first and a last second, and clothes or None."""
    worn = [clothes or (0.0, 0.0) for _, _, clothes in tracks]
    return Sightings(
        np.array([first for first, _, _ in tracks], np.float64),
        np.array([last for _, last, _ in tracks], np.float64),
        np.array(worn, np.float32).reshape(-1, 2),
        np.array([clothes is not None for _, _, clothes in tracks], np.bool_),
    )


def rows_of(*numbers: int) -> NDArray[np.int64]:
    return np.array(numbers, np.int64)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param((0, 10, RED), 1.0, id="same-time"),
        pytest.param((5, 20, RED), 1.0, id="overlapping"),
        pytest.param((10, 20, RED), 1.0, id="adjacent"),
        pytest.param((10 + FADE_S / 2, 200, RED), 0.5, id="half-faded-after"),
        pytest.param((10 + FADE_S, 500, RED), 0.0, id="fully-faded"),
        pytest.param((9000, 9001, RED), 0.0, id="much-later"),
        pytest.param((10, 20, None), 0.0, id="undressed"),
    ],
)
def test_clothes_count_less_the_longer_ago(other: tuple[float, float, Clothes], expected: float) -> None:
    sightings = seen((0, 10, RED), other)
    assert sightings.nearness(rows_of(0)).tolist() == [[1.0, pytest.approx(expected)]]
    assert sightings.nearness(rows_of(1))[0, 0] == pytest.approx(expected)  # the same before and after


def test_affinity_is_the_dot_product() -> None:
    sightings = seen((0, 1, RED), (0, 1, BLUE), (0, 1, BOTH), (0, 1, None))
    expected = [[1.0, 0.0, 0.6, 0.0], [0.6, 0.8, 1.0, 0.0]]
    np.testing.assert_allclose(sightings.affinity(rows_of(0, 2)), expected, atol=1e-6)


@pytest.mark.parametrize(
    ("tracks", "labels", "expected"),
    [
        # Row 0 wears BOTH at 0 to 10 s. Chance is 0.5. RED gives 0.1, BLUE 0.3.
        pytest.param([(10, 20, RED)], [-1, 0], [0.1, 0.0], id="one-track"),
        pytest.param([(10, 20, RED), (10, 20, BLUE)], [-1, 0, 0], [0.3, 0.0], id="the-strongest-of-a-cluster"),
        pytest.param([(10, 20, RED), (10, 20, BLUE)], [-1, 0, 1], [0.1, 0.3], id="two-clusters"),
        pytest.param([(10, 20, BLUE), (10, 20, RED)], [-1, 1, 0], [0.1, 0.3], id="clusters-in-any-order"),
        pytest.param([(100, 110, BLUE)], [-1, 0], [0.15, 0.0], id="faded-to-half"),
        pytest.param([(190, 200, BLUE)], [-1, 0], [0.0, 0.0], id="too-long-ago"),
        pytest.param([(10, 20, None)], [-1, 0], [0.0, 0.0], id="unknown-clothes"),
        pytest.param([(10, 20, BLUE)], [-1, -1], [0.0, 0.0], id="in-no-cluster"),
        pytest.param([(10, 20, (0.8, -0.6))], [-1, 0], [-0.5, 0.0], id="other-clothes-are-evidence-against"),
        pytest.param([(10, 20, BLUE)], [1, 0], [0.3, 0.0], id="not-compared-with-itself"),
        pytest.param([(10, 20, BLUE)], [0, 0], [0.3, 0.0], id="own-row-left-out-of-its-cluster"),
    ],
)
def test_clothing_excess(tracks: list[tuple[float, float, Clothes]], labels: list[int], expected: list[float]) -> None:
    sightings = seen((0, 10, BOTH), *tracks)
    excess = clothing_excess(sightings, rows_of(0), np.array(labels, np.int64), 2, 0.5)
    np.testing.assert_allclose(excess, [expected], atol=1e-6)


def test_a_track_without_clothes_has_no_evidence_for_any_cluster() -> None:
    sightings = seen((0, 10, None), (0, 10, RED), (0, 10, BLUE))
    assert clothing_excess(sightings, rows_of(0), np.array([-1, 0, 1]), 2, 0.5).tolist() == [[0.0, 0.0]]


def test_clothing_excess_without_rows_or_clusters() -> None:
    sightings = seen((0, 10, RED), (0, 10, BLUE))
    assert clothing_excess(sightings, rows_of(), np.array([0, 1]), 2, 0.5).shape == (0, 2)
    assert clothing_excess(sightings, rows_of(0), np.array([-1, -1]), 0, 0.5).shape == (1, 0)


def test_sightings_of_some_rows() -> None:
    chosen = seen((0, 1, RED), (2, 3, BLUE), (4, 5, None)).of(rows_of(2, 1))
    assert (chosen.first_ts.tolist(), chosen.last_ts.tolist()) == ([4.0, 2.0], [5.0, 3.0])
    assert (chosen.clothing.tolist(), chosen.dressed.tolist()) == ([[0.0, 0.0], [0.0, 1.0]], [False, True])
