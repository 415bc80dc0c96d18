"""Naming samples by a cast: trials, and the thresholds derived from them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.calibration.identification import (
    DRAWS,
    Matches,
    Trials,
    accept_threshold,
    cast_thresholds,
    check_rate,
    trials,
)
from screenalytics_assets.calibration.problem import Problem
from screenalytics_assets.cast.match_people import CastBounds
from screenalytics_resources.errors import UserError
from tests.labelled_people import people_apart

EVENLY = np.arange(1000) / 1000 + 0.0005
"""One stranger in the middle of every thousandth from 0 to 1."""


def matches(similarity: NDArray[np.float64], lead: float | NDArray[np.float64], right: bool = True) -> Matches:
    return Matches(similarity, np.broadcast_to(lead, similarity.shape), np.full(len(similarity), right))


@pytest.mark.parametrize(
    ("rate", "threshold"),
    [
        pytest.param(0.001, 0.999, id="one-per-thousand"),
        pytest.param(0.01, 0.99, id="ten-per-thousand"),
        pytest.param(0.0109, 0.99, id="never-more-than-the-rate"),
        pytest.param(0.5, 0.5, id="half"),
    ],
)
def test_threshold_accepts_the_requested_share(rate: float, threshold: float) -> None:
    found = accept_threshold(np.random.default_rng(0).permutation(EVENLY), rate)
    assert found == threshold
    assert (found <= EVENLY).mean() <= rate


def test_threshold_is_above_strangers_that_tie() -> None:
    assert accept_threshold(np.array([0.1] * 50 + [0.3] * 50), 0.1) == 0.301


@pytest.mark.parametrize(
    ("rate", "samples", "message"),
    [
        pytest.param(0.0, None, "rate 0 is invalid: it must be between 0 and 1", id="zero"),
        pytest.param(1.0, None, "rate 1 is invalid", id="one"),
        pytest.param(-0.5, 100, "rate -0.5 is invalid", id="negative"),
        pytest.param(float("nan"), 100, "rate nan is invalid", id="nan"),
        pytest.param(0.002, 499, r"0.002 cannot be measured on 499 samples .* choose 0.002 or more", id="too-few"),
        pytest.param(0.001, 0, "on 0 samples", id="none"),
    ],
)
def test_rates_that_cannot_be_measured(rate: float, samples: int | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_rate(rate, samples)


def test_the_lowest_measurable_rate() -> None:
    check_rate(0.002, 500)


def test_people_who_share_a_photo() -> None:
    with pytest.raises(UserError, match="Samples of different people are the same picture: check the labels"):
        accept_threshold(np.ones(10), 0.1)


def test_trials_of_people_with_six_samples() -> None:
    found = trials(people_apart(people=3, samples=6, within=0.49), np.random.default_rng(0))
    assert (found.samples, found.cast_size) == (18, 2)
    assert len(found.known.similarity) == DRAWS * 3 * 3  # three of six are in the cast
    assert len(found.strangers.similarity) == DRAWS * 18
    # The mean of n such samples has length sqrt(0.49 + 0.51 / n), and each other sample 0.49 along it.
    own = 0.49 / np.sqrt(0.49 + 0.51 / 3)
    np.testing.assert_allclose(found.known.similarity, own, atol=1e-6)
    np.testing.assert_allclose(found.known.lead, own, atol=1e-6)
    np.testing.assert_allclose(found.strangers.similarity, 0, atol=1e-6)
    assert found.known.right.all()
    assert not found.strangers.right.any()


def test_at_most_five_samples_are_in_the_cast() -> None:
    found = trials(people_apart(people=2, samples=30, within=0.49), np.random.default_rng(0))
    assert len(found.known.similarity) == DRAWS * 2 * 25


def test_people_with_one_sample_are_strangers_only() -> None:
    both = people_apart(people=3, samples=2, within=0.5)
    rows = np.array([0, 1, 2, 3, 4])
    samples = Problem("", both.vectors[rows], both.norms[rows], both.people[rows])
    found = trials(samples, np.random.default_rng(0))
    assert (len(found.known.lead), len(found.strangers.lead), found.cast_size) == (DRAWS * 2, DRAWS * 5, 1)


def test_a_cast_of_one() -> None:
    with pytest.raises(UserError, match="Only 1 people have two samples or more, and a cast needs two"):
        trials(people_apart(people=1, samples=4, within=0.5), np.random.default_rng(0))


def test_thresholds_separate_known_people_from_strangers() -> None:
    """Nine in ten known people have a high similarity; the rest and all strangers have less."""
    known = matches(np.concatenate([np.full(90, 0.7), np.full(10, 0.2)]), 0.305)
    strangers = matches(EVENLY / 2, 0.305, right=False)
    bounds = cast_thresholds(Trials(known, strangers, 1000, 20), 0.002)
    assert bounds == CastBounds(sim=0.499, margin=0.15, review_sim=0.25)
    assert strangers.named(bounds).mean() <= 0.002


def test_the_margin_keeps_known_people() -> None:
    """A margin above 0.10 would lose the known people, so the middle of 0.00 to 0.10 is taken."""
    known = matches(np.full(100, 0.9), 0.1 + 1e-9)
    strangers = matches(EVENLY / 2, 0.305, right=False)
    assert cast_thresholds(Trials(known, strangers, 1000, 20), 0.002).margin == 0.05


def test_strangers_without_a_lead_do_not_count() -> None:
    """The more similar half of the strangers resembles two people equally."""
    known = matches(np.full(100, 0.6), 0.3)
    strangers = matches(EVENLY, np.where(EVENLY > 0.5, 0.005, 0.3), right=False)
    bounds = cast_thresholds(Trials(known, strangers, 1000, 20), 0.002)
    assert (bounds.sim, bounds.margin) == (0.5, 0.15)  # 0.498 is enough, but sim is never below review_sim


def test_named_needs_similarity_and_lead() -> None:
    found = matches(np.array([0.5, 0.5, 0.49]), np.array([0.1, 0.09, 0.2]))
    assert found.named(CastBounds(0.5, 0.1, 0.3)).tolist() == [True, False, False]
