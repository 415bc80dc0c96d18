"""Probabilities: known values of the logit with the alternative of a person in no identity."""

import numpy as np
import pytest

from screenalytics_assets.evidence.probability import join_probabilities, log_odds, own_probabilities
from screenalytics_resources.inference.packs import Evidence

RULED_OUT = -np.inf


def test_log_odds_are_weighted_sums() -> None:
    weights = Evidence(face_odds=20.0, clothing_odds=5.0, prior_odds=-4.0)
    odds = log_odds(np.array([[0.0, 0.5, RULED_OUT]]), np.array([[0.4, 0.0, 1.0]]), weights)
    assert odds.tolist() == [[pytest.approx(-2.0), pytest.approx(6.0), RULED_OUT]]


@pytest.mark.parametrize(
    ("odds", "expected"),
    [
        pytest.param([0.0], [0.5], id="even-odds-against-no-identity"),
        pytest.param([np.log(3.0)], [0.75], id="three-to-one"),
        pytest.param([0.0, 0.0], [1 / 3, 1 / 3], id="no-identity-is-as-probable-as-each"),
        pytest.param([np.log(6.0), np.log(3.0)], [0.6, 0.3], id="a-rival-takes-its-share"),
        pytest.param([-60.0, -60.0], [0.0, 0.0], id="no-identity"),
        pytest.param([RULED_OUT, 0.0], [0.0, 0.5], id="ruled-out"),
        pytest.param([RULED_OUT, RULED_OUT], [0.0, 0.0], id="all-ruled-out"),
        pytest.param([900.0, 0.0], [1.0, 0.0], id="no-overflow"),
        pytest.param([900.0, 900.0], [0.5, 0.5], id="two-beyond-doubt"),
        pytest.param([], [], id="no-identity"),
    ],
)
def test_join_probabilities(odds: list[float], expected: list[float]) -> None:
    np.testing.assert_allclose(join_probabilities(np.array([odds])), [expected], atol=1e-12)


@pytest.mark.parametrize(
    ("odds", "own", "expected"),
    [
        pytest.param([-4.0], 0, 1.0, id="only-identity-however-unlikely"),
        pytest.param([1.0, 1.0], 1, 0.5, id="a-rival-as-good"),
        pytest.param([np.log(3.0), 0.0], 0, 0.75, id="three-to-one"),
        pytest.param([np.log(3.0), 0.0], 1, 0.25, id="the-less-probable"),
        pytest.param([0.0, RULED_OUT], 0, 1.0, id="rival-ruled-out"),
        pytest.param([-900.0, -901.0, RULED_OUT], 0, 1 / (1 + np.exp(-1)), id="no-underflow"),
    ],
)
def test_own_probabilities(odds: list[float], own: int, expected: float) -> None:
    assert own_probabilities(np.array([odds]), np.array([own])).tolist() == [pytest.approx(expected)]


def test_rows_are_independent() -> None:
    odds = np.array([[2.0, -1.0], [RULED_OUT, 3.0]])
    np.testing.assert_allclose(join_probabilities(odds)[1], join_probabilities(odds[1:])[0])
    assert own_probabilities(odds, np.array([0, 1]))[1] == 1.0
