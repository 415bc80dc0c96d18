"""Thresholds of made-up people whose similarities are known."""

from dataclasses import replace

import numpy as np
import pytest

from screenalytics_assets.calibration.problem import Half, Problem, b_cubed_f, cluster
from screenalytics_assets.calibration.report import Naming, report
from screenalytics_assets.calibration.tune import (
    CLUSTER_GRID,
    SWEEPS,
    Tuned,
    curve_of,
    grid_of,
    tune,
    with_best_full_norm,
)
from screenalytics_assets.evidence.sightings import Sightings
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import Evidence
from tests.labelled_people import half_of, people_apart, probes_of

SEED = 3
BOUNDS = Thresholds(0.3, -1.0, 0.25, 0.45, 0.1, 0.0, 12.0)


@pytest.fixture(scope="module")
def separable() -> Tuned:
    """Six people of ten samples: 0.5 within a person, 0 across."""
    problem = people_apart(people=6, samples=10, within=0.5)
    return tune(half_of(problem), probes_of(problem), Evidence(), 0.02, SEED, lambda _: None)


def test_the_threshold_is_in_the_gap(separable: Tuned) -> None:
    bounds = separable.bounds
    assert 0.15 <= bounds.cluster_thresh <= 0.45
    assert bounds.assign_sim <= bounds.assign_sim_clear
    assert (bounds.unusable_norm, bounds.clear_norm) == (0.0, 12.0)
    assert 0 < separable.cast.review_sim <= separable.cast.sim <= 0.002
    assert separable.cast_size == 5


def test_tuned_thresholds_solve_new_people_of_the_same_kind(separable: Tuned) -> None:
    found = report(half_of(people_apart(people=7, samples=12, within=0.5, name="new")), separable, SEED)
    (figures,) = found.problems
    assert (figures.name, figures.tracks, figures.f) == ("new", 84, 1.0)
    assert (figures.people_found, figures.people_true) == (7, 7)
    assert (found.people, found.tracks, found.b_cubed_f) == (7, 84, 1.0)
    assert found.naming == Naming(cast_size=6, strangers_named=0.0, named_right=1.0, named_wrong=0.0)
    assert found.naming.not_named == 0.0


def test_tuning_is_reproducible_and_reports_every_sweep() -> None:
    problem, seen = people_apart(people=3, samples=4, within=0.6), list[int]()
    one, other = (
        tune(half_of(problem), probes_of(problem), Evidence(), 0.1, SEED, report) for report in (seen.append, ignore)
    )
    assert one == other
    assert seen == list(range(1, SWEEPS + 1))


def ignore(done: int) -> None:
    """Ignore the progress."""


def test_people_who_cannot_be_told_apart() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    problem = Problem("noise", vectors, np.full(60, 12.0), np.arange(60) % 6)
    with pytest.raises(UserError, match="of the clearest faces are closer to their own person"):
        tune(half_of(problem), probes_of(problem), Evidence(), 0.1, SEED, lambda _: None)


def test_a_rate_too_small_for_the_samples() -> None:
    problem = people_apart(people=4, samples=3, within=0.6)
    with pytest.raises(UserError, match="cannot be measured on 12 samples"):
        tune(half_of(problem), probes_of(problem), Evidence(), 0.001, SEED, lambda _: None)


def test_the_curve_falls_on_both_sides_of_the_gap() -> None:
    half = half_of(people_apart(people=4, samples=12, within=0.5))
    without_adoption = replace(BOUNDS, assign_sim=1.0, assign_sim_clear=1.0)
    curve = curve_of(half, without_adoption, "cluster_thresh", np.array([-0.1, 0.3, 0.6]))
    # One cluster, four people, all separate: precision 1/4 and recall 1/12 at the ends.
    np.testing.assert_allclose(curve.scores, [0.4, 1.0, 2 / 13], atol=1e-9)


def test_the_mean_is_over_problems() -> None:
    good, bad = people_apart(4, 12, 0.5), people_apart(4, 12, 0.2)
    bounds = replace(BOUNDS, assign_sim=1.0, assign_sim_clear=1.0)
    curve = curve_of(Half([good, bad], good), bounds, "cluster_thresh", np.array([0.3]))
    assert curve.scores[0] == pytest.approx((1.0 + b_cubed_f(bad, bounds)) / 2)


def test_unusable_tracks_get_a_label_of_their_own() -> None:
    problem = people_apart(people=2, samples=3, within=0.9, norm=5.0)
    labels = cluster(problem, replace(BOUNDS, unusable_norm=6.0))
    assert len(set(labels.tolist())) == 6


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        # The weak sample has a similarity of 2 * 0.4 / sqrt(2 + 2 * 0.4) = 0.478 to the other two: log-odds of -0.4.
        pytest.param(0.4, 3, id="by-itself"),
        pytest.param(0.9, 2, id="joins-its-person"),
    ],
)
def test_a_weak_sample_joins_its_person_only_by_evidence(within: float, expected: int) -> None:
    mixed = replace_norms(people_apart(people=2, samples=3, within=within), [12.0, 12.0, 5.0, 12.0, 12.0, 12.0])
    strict = replace(BOUNDS, unusable_norm=6.0, assign_sim=1.0, assign_sim_clear=1.0)
    labels = cluster(mixed, strict)
    assert labels[0] == labels[1]
    assert (labels[1] == labels[2]) == (expected == 2)
    assert len(set(labels.tolist())) == expected


def test_weak_tracks_join_by_face_or_clothes() -> None:
    problem = replace_norms(people_apart(people=2, samples=5, within=0.6), [12.0] * 4 + [5.0] + [12.0] * 4 + [5.0])
    bounds = replace(BOUNDS, unusable_norm=6.0, evidence=Evidence(face_odds=0.0, clothing_odds=20.0))
    assert len(set(cluster(problem, bounds).tolist())) == 4
    times = np.zeros(10)
    clothes = np.eye(2, dtype=np.float32)[problem.people]
    dressed = replace(problem, sightings=Sightings(times, times, clothes, np.ones(10, np.bool_)))
    np.testing.assert_array_equal(cluster(dressed, bounds), problem.people)


def replace_norms(problem: Problem, norms: list[float]) -> Problem:
    return Problem(problem.name, problem.vectors, np.array(norms), problem.people)


def test_the_full_norm_is_one_that_separates_weak_faces() -> None:
    """Weak faces reach 0.55 of their own person, clear strangers 0.6: a threshold for all fails, a scaled one works."""
    problem = weak_and_clear()
    bounds = replace(BOUNDS, assign_sim=1.0, assign_sim_clear=1.0, clear_norm=10.0)
    weak = replace(bounds, evidence=Evidence(weak_share=0.5))
    chosen = with_best_full_norm(half_of(problem), weak, ignore)
    assert chosen.evidence.full_norm == 20.0
    best = curve_of(half_of(problem), chosen, "cluster_thresh", np.array([0.7])).scores
    assert best.tolist() == [1.0]
    unscaled = replace(bounds, evidence=Evidence(weak_share=1.0))
    assert curve_of(half_of(problem), unscaled, "cluster_thresh", CLUSTER_GRID).scores.max() < 1.0


def weak_and_clear() -> Problem:
    """Two clear people with norms of 20 whose samples have a similarity of 0.6, and one of norm 1 with 0.55 within."""
    axes = np.eye(20)
    shared = np.sqrt(0.6) * axes[0]
    clear = [shared + np.sqrt(0.4) * axes[1 + person] for person in (0, 0, 0, 1, 1, 1)]
    weak = [np.sqrt(0.55) * axes[3] + np.sqrt(0.45) * axes[4 + number] for number in range(3)]
    norms = np.array([20.0] * 6 + [1.0] * 3)
    return Problem("both", np.array([*clear, *weak], np.float32), norms, np.repeat([0, 1, 2], 3))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        pytest.param("assign_sim", 0.1, 0.45, id="poor-never-above-clear"),
        pytest.param("assign_sim_clear", 0.25, 0.6, id="clear-between-poor-and-reach"),
        pytest.param("cluster_thresh", 0.1, 0.7, id="cluster"),
        pytest.param("min_identity_sim", 0.0, 0.6, id="outliers"),
        pytest.param("assign_margin", 0.0, 0.3, id="margin"),
    ],
)
def test_grids(name: str, first: float, last: float) -> None:
    values = grid_of(name, BOUNDS, reach=0.6)
    assert (values[0], values[-1]) == (first, last)


def test_clear_faces_that_reach_less_than_poor_ones_need() -> None:
    assert grid_of("assign_sim_clear", BOUNDS, reach=0.1).tolist() == [0.25]
