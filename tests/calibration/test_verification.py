"""Verification against centroids of a few samples."""

import numpy as np
import pytest

from screenalytics_assets.calibration.problem import Problem
from screenalytics_assets.calibration.verification import accept_threshold, check_rate, share_at_least, trials
from screenalytics_resources.errors import UserError
from tests.labelled_people import people_apart

EVENLY = np.arange(1000) / 1000 + 0.0005
"""One impostor in the middle of every thousandth from 0 to 1."""


@pytest.mark.parametrize(
    ("rate", "threshold"),
    [
        pytest.param(0.001, 0.999, id="one-of-a-thousand"),
        pytest.param(0.01, 0.99, id="ten-of-a-thousand"),
        pytest.param(0.0109, 0.99, id="never-more-than-the-rate"),
        pytest.param(0.5, 0.5, id="half"),
    ],
)
def test_threshold_lets_the_stated_share_through(rate: float, threshold: float) -> None:
    found = accept_threshold(np.random.default_rng(0).permutation(EVENLY), rate)
    assert found == threshold
    assert share_at_least(EVENLY, found) <= rate


def test_threshold_is_above_impostors_that_tie() -> None:
    assert accept_threshold(np.array([0.1] * 50 + [0.3] * 50), 0.1) == 0.301


@pytest.mark.parametrize(
    ("rate", "pairs", "message"),
    [
        pytest.param(0.0, None, "0 is no share between 0 and 1", id="zero"),
        pytest.param(1.0, None, "1 is no share", id="one"),
        pytest.param(-0.5, 100, "-0.5 is no share", id="negative"),
        pytest.param(float("nan"), 100, "nan is no share", id="nan"),
        pytest.param(0.001, 999, r"0.001 cannot be measured on 999 pairs .* choose 0.001 or more", id="too-few-pairs"),
        pytest.param(0.001, 0, "on 0 pairs", id="no-pairs"),
    ],
)
def test_rates_that_cannot_be_measured(rate: float, pairs: int | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_rate(rate, pairs)


def test_a_rate_that_needs_every_pair() -> None:
    check_rate(0.001, 1000)


def test_people_who_share_a_picture() -> None:
    with pytest.raises(UserError, match="Samples of different people are the same picture: check the labels"):
        accept_threshold(np.ones(10), 0.1)


def test_trials_of_people_with_six_samples() -> None:
    found = trials(people_apart(people=3, samples=6, within=0.49), np.random.default_rng(0))
    assert len(found.genuine) == 3 * 3  # three of six make the centroid
    assert len(found.impostor) == 3 * 12
    # The centroid of n such samples has length sqrt(0.49 + 0.51 / n), and each other sample 0.49 along it.
    np.testing.assert_allclose(found.genuine, 0.49 / np.sqrt(0.49 + 0.51 / 3), atol=1e-6)
    np.testing.assert_allclose(found.impostor, 0, atol=1e-6)


def test_five_samples_make_a_centroid_at_most() -> None:
    found = trials(people_apart(people=2, samples=30, within=0.49), np.random.default_rng(0))
    assert len(found.genuine) == 2 * 25


def test_people_with_one_sample_are_strangers_only() -> None:
    both = people_apart(people=2, samples=2, within=0.5)
    rows = np.array([0, 1, 2])
    found = trials(Problem("", both.vectors[rows], both.norms[rows], both.people[rows]), np.random.default_rng(0))
    assert (len(found.genuine), len(found.impostor)) == (1, 1)
