"""Sampling over time: known choices and their properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screenalytics_assets.tracks.sampling import spread_over_time


@pytest.mark.parametrize(
    ("timestamps", "scores", "limit", "expected"),
    [
        pytest.param([], [], 3, [], id="none"),
        pytest.param([5.0], [0.1], 1, [0], id="one"),
        pytest.param([2.0, 1.0, 3.0], [0, 0, 0], 3, [1, 0, 2], id="all-sorted-by-time"),
        pytest.param([0, 1, 2, 3], [1, 4, 3, 2], 1, [1], id="limit-one-takes-the-best"),
        # Slots [0, 2) and [2, 4]: the best of each slot, although 0 and 1 have the highest scores.
        pytest.param([0, 1, 3, 4], [9, 8, 1, 2], 2, [0, 3], id="best-of-each-slot"),
        # Slots of 10 s: the middle one is empty, so its place goes to the best of the rest.
        pytest.param([0, 1, 2, 29, 30], [5, 7, 6, 1, 2], 3, [1, 2, 4], id="empty-slot-goes-to-the-best"),
        pytest.param([0, 1, 3, 4], [1, 1, 1, 1], 2, [0, 2], id="tie-takes-earlier"),
        pytest.param([4, 3, 1, 0], [1, 1, 1, 1], 2, [3, 1], id="tie-takes-earlier-not-lower-index"),
        pytest.param([7, 7, 7], [1, 3, 3], 2, [1, 2], id="one-instant-takes-the-best"),
        pytest.param([7, 7, 7], [3, 3, 3], 2, [0, 1], id="one-instant-tie-takes-lower-index"),
        pytest.param([0, 5, 10], [1, 9, 2], 2, [0, 1], id="middle-belongs-to-the-later-slot"),
    ],
)
def test_known_choice(timestamps: list[float], scores: list[float], limit: int, expected: list[int]) -> None:
    chosen = spread_over_time(np.array(timestamps, np.float64), np.array(scores, np.float64), limit)
    assert chosen.dtype == np.int64
    assert chosen.tolist() == expected


# A sample is (timestamp, score). There are few distinct values, so ties are common.
SAMPLES = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), min_size=1, max_size=30)


@settings(max_examples=200, deadline=None)
@given(SAMPLES, st.integers(1, 12))
def test_properties(samples: list[tuple[int, int]], limit: int) -> None:
    timestamps, scores = np.array(samples, np.float64).T
    chosen = spread_over_time(timestamps, scores, limit)
    assert len(chosen) == len(set(chosen.tolist())) == min(limit, len(samples))
    assert (np.diff(timestamps[chosen]) >= 0).all()
    assert scores[chosen].max() == scores.max()


@pytest.mark.parametrize(
    ("timestamps", "scores", "limit", "message"),
    [
        pytest.param([1.0], [1.0], 0, "limit of 1 or more, but got 0", id="limit"),
        pytest.param([1.0, 2.0], [1.0], 1, r"got shapes \(2,\) and \(1,\)", id="lengths"),
        pytest.param([1.0, np.nan], [1.0, 1.0], 1, "finite timestamps, but got nan", id="timestamp-nan"),
        pytest.param([1.0, 2.0], [1.0, np.inf], 1, "finite scores, but got inf", id="score-infinite"),
    ],
)
def test_bad_input_is_named(timestamps: list[float], scores: list[float], limit: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        spread_over_time(np.array(timestamps, np.float64), np.array(scores, np.float64), limit)
