"""Weights of the evidence, fitted to guests that were drawn with known weights."""

import numpy as np
import pytest

from screenalytics_assets.calibration.fit_odds import Guest, Odds, fit_odds, guests_of, with_odds
from screenalytics_assets.calibration.problem import Problem
from screenalytics_assets.evidence.sightings import Sightings
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_resources.inference.packs import Evidence

BOUNDS = Thresholds(0.5, -1.0, 1.0, 1.0, 0.1, 10.0, 12.0)


def drawn_guests(weights: Odds, count: int, seed: int = 0) -> list[Guest]:
    """Draw guests with four clusters each, whose answers follow the conditional logit with `weights`."""
    rng = np.random.default_rng(seed)
    guests = []
    for _ in range(count):
        face, clothing = rng.normal(0.0, 0.2, 4), rng.uniform(-0.3, 0.6, 4)
        odds = weights.face * face + weights.clothing * clothing + weights.prior
        shares = np.exp(np.append(odds, 0.0))
        answer = rng.choice(5, p=shares / shares.sum())
        guests.append(Guest(face, clothing, np.arange(4) == answer))
    return guests


@pytest.mark.parametrize(
    "weights",
    [
        pytest.param(Odds(20.0, 6.0, -3.0), id="faces-and-clothes"),
        pytest.param(Odds(8.0, 0.0, -1.0), id="clothes-say-nothing"),
        pytest.param(Odds(0.0, 9.0, -2.0), id="faces-say-nothing"),
    ],
)
def test_known_weights_are_found(weights: Odds) -> None:
    found = fit_odds(drawn_guests(weights, 6000))
    assert found.face == pytest.approx(weights.face, abs=1.0)
    assert found.clothing == pytest.approx(weights.clothing, abs=0.5)
    assert found.prior == pytest.approx(weights.prior, abs=0.25)


def test_weights_are_never_negative() -> None:
    against = [Guest(-guest.face, -guest.clothing, guest.right) for guest in drawn_guests(Odds(10.0, 5.0, -1.0), 500)]
    found = fit_odds(against)
    assert (found.face, found.clothing) == (0.0, 0.0)


def test_separable_guests_have_finite_weights() -> None:
    guest = Guest(np.array([0.3, -0.3]), np.array([0.2, 0.0]), np.array([True, False]))
    found = fit_odds([guest] * 20)
    assert 0 < found.face < 1000
    assert 0 < found.clothing < 1000


def test_several_clusters_may_be_right_and_guests_may_have_unequal_choices() -> None:
    one = Guest(np.array([0.2]), np.array([0.0]), np.array([False]))
    two = Guest(np.array([0.2, 0.2]), np.array([0.0, 0.0]), np.array([True, True]))
    # exp(w) / (1 + exp(w)) is the chance of one, and 2 exp(w) / (1 + 2 exp(w)) of two: w = -log(2) / 2 is the best.
    found = fit_odds([one, two] * 500)
    assert 0.2 * found.face + found.prior == pytest.approx(-np.log(2) / 2, abs=0.01)


def test_no_guests() -> None:
    with pytest.raises(ValueError, match="at least one guest"):
        fit_odds([])


def test_guests_of_a_problem() -> None:
    """Two people with four clear tracks each. A weak track of the first person, one of a stranger, and clothes."""
    axes = np.eye(8, dtype=np.float32)
    weak = np.array([0.6, 0, 0.8, 0, 0, 0, 0, 0], np.float32)
    vectors = np.concatenate([axes[[0] * 4 + [1] * 4], weak[None], axes[[3]]])
    clothes = np.eye(2, dtype=np.float32)[[0] * 4 + [1] * 4 + [0, 0]]
    times = np.zeros(10)
    problem = Problem(
        "made up",
        vectors,
        np.array([12.0] * 8 + [5.0, 5.0]),
        np.array([7] * 4 + [8] * 4 + [7, 9]),
        Sightings(times, times, clothes, np.array([True] * 9 + [False])),
    )
    first, second = guests_of(problem, BOUNDS)
    np.testing.assert_allclose(first.face, [0.1, -0.5], atol=1e-6)
    np.testing.assert_allclose(first.clothing, [0.65, -0.35], atol=1e-6)
    assert first.right.tolist() == [True, False]
    np.testing.assert_allclose(second.face, [-0.5, -0.5], atol=1e-6)
    np.testing.assert_allclose(second.clothing, [0.0, 0.0], atol=1e-6)
    assert second.right.tolist() == [False, False]


def test_a_small_cluster_is_not_compared_with_itself() -> None:
    axes = np.eye(4, dtype=np.float32)
    problem = Problem("small", axes[[0, 0, 0, 0, 1]], np.full(5, 12.0), np.array([0, 0, 0, 0, 0]))
    (guest,) = guests_of(problem, BOUNDS)
    np.testing.assert_allclose(guest.face, [-0.5], atol=1e-6)
    assert guest.right.tolist() == [True]


def test_nothing_but_weak_tracks() -> None:
    problem = Problem("weak", np.eye(3, dtype=np.float32), np.full(3, 1.0), np.arange(3))
    assert guests_of(problem, BOUNDS) == []


def test_other_values_of_the_evidence_stay() -> None:
    changed = with_odds(Evidence(full_norm=20.0, weak_share=0.7), Odds(1.0, 2.0, -3.0))
    assert changed == Evidence(full_norm=20.0, weak_share=0.7, face_odds=1.0, clothing_odds=2.0, prior_odds=-3.0)
