"""What fits an identity least comes first, and tracks that are alike stay together."""

import numpy as np
import pytest

from screenalytics_app.api.present.track_order import least_fitting_first

X, Y = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
NEAR_X, NEAR_Y, NEARER_X = (0.9, 0.0, 0.436), (0.0, 0.9, 0.436), (0.98, 0.0, 0.199)

CASES = {
    "nothing": ([], [], []),
    "one track": ([X], [1.0], [0]),
    "two, the worse first": ([X, NEAR_X], [0.99, 0.95], [1, 0]),
    "a run of another person is first, wherever it was": (
        [X, Y, NEARER_X, NEAR_Y, NEAR_X],
        [0.9, 0.3, 0.92, 0.35, 0.85],
        [1, 3, 4, 0, 2],
    ),
    "a weak face of the person does not separate the run": (
        [X, Y, NEARER_X, NEAR_Y, NEAR_X],
        [0.9, 0.5, 0.92, 0.4, 0.45],
        [3, 1, 4, 0, 2],
    ),
    "equal tracks stay in order": ([X, X, X], [0.5, 0.5, 0.5], [0, 1, 2]),
}


@pytest.mark.parametrize("case", CASES)
def test_least_fitting_first(case: str) -> None:
    vectors, similarities, expected = CASES[case]
    rows = np.array(vectors, np.float32).reshape(-1, 3)
    assert least_fitting_first(rows, np.array(similarities, np.float64)).tolist() == expected
