"""Clicks, counted by hand."""

import numpy as np
import pytest

from screenalytics_assets.identity_evaluation.clicks import count_clicks, main_people

NO_IDENTITY = -1
ANN, BOB, CAT, EXTRA = range(4)


@pytest.mark.parametrize(
    ("identities", "people", "expected"),
    [
        pytest.param([0, 0, 1], [ANN, ANN, BOB], (0, 0, 0, 2), id="right"),
        pytest.param([0, 1, 2, 3], [ANN, ANN, ANN, BOB], (2, 0, 0, 2), id="one-person-in-three"),
        pytest.param([0, 0, 0, 1], [ANN, ANN, BOB, BOB], (0, 0, 1, 2), id="strayed-into-another"),
        pytest.param([0, 0, 0, 0, 0], [ANN, ANN, ANN, BOB, BOB], (0, 1, 1, 2), id="split-one-off-and-move-the-other"),
        pytest.param([0, 0, 0], [ANN, BOB, CAT], (0, 2, 0, 3), id="tie-goes-to-the-lowest"),
        pytest.param([0, NO_IDENTITY, NO_IDENTITY], [ANN, ANN, BOB], (0, 1, 1, 2), id="unusable-moved-or-split-off"),
        pytest.param([0, 0, 1], [ANN, ANN, EXTRA], (0, 0, 0, 1), id="background-needs-no-name"),
    ],
)
def test_clicks(identities: list[int], people: list[int], expected: tuple[int, int, int, int]) -> None:
    predicted, truth = np.array(identities), np.array(people)
    clicks = count_clicks(predicted, truth, np.ones(len(truth)), predicted != NO_IDENTITY, truth == EXTRA)
    assert (clicks.merges, clicks.splits, clicks.moves, clicks.names) == expected
    assert clicks.total == sum(expected)


def test_the_main_person_has_the_most_weight() -> None:
    predicted, truth = np.array([4, 4, 4, 9]), np.array([ANN, ANN, BOB, CAT])
    assert main_people(predicted, truth, np.ones(4)) == {4: ANN, 9: CAT}
    assert main_people(predicted, truth, np.array([1.0, 1.0, 3.0, 1.0])) == {4: BOB, 9: CAT}
