"""Estimates from a sample, compared with the exact figures of a simulated episode."""

import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.identity_evaluation.clustering_metrics import b_cubed, pairwise
from screenalytics_assets.identity_evaluation.estimate import estimates, pairwise_recall
from screenalytics_assets.identity_evaluation.review_sample import Reviewed
from screenalytics_resources.errors import UserError

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:er_evaluation")
Labels = NDArray[np.int64]
DRAWS = 30
REVIEWS = 40


def episode(generator: np.random.Generator, tracks: int = 250, people: int = 15) -> tuple[Labels, Labels]:
    """Simulate identities and people of an episode with a few leads and many small parts, some split or mixed."""
    parts = generator.pareto(1.5, people) + 0.3
    truth = generator.choice(people, tracks, p=parts / parts.sum())
    identities = truth * 2 + (generator.random(tracks) < 0.25)
    strayed = generator.random(tracks) < 0.06
    identities[strayed] = generator.choice(identities, strayed.sum())
    return identities, truth


def review(identities: Labels, truth: Labels, generator: np.random.Generator, draws: int) -> list[Reviewed]:
    """Draw identities as the review sheet does and name the true person of each track."""
    names, sizes = np.unique(identities, return_counts=True)
    drawn, times = np.unique(generator.choice(names, draws, p=sizes / sizes.sum()), return_counts=True)
    return [
        Reviewed(f"identity-{name:05d}", int(count), tuple(f"p{person}" for person in truth[identities == name]))
        for name, count in zip(drawn, times, strict=True)
    ]


def test_the_interval_covers_the_figure_of_the_episode() -> None:
    generator = np.random.default_rng(3)
    identities, truth = episode(generator)
    true = {
        "B-cubed precision": b_cubed(identities, truth)[0],
        "pairwise precision": pairwise(identities, truth)[0],
        "pairwise recall": pairwise(identities, truth)[1],
    }
    samples = [estimates(review(identities, truth, generator, DRAWS), len(truth)) for _ in range(REVIEWS)]
    for index, (name, value) in enumerate(true.items()):
        repeated = [of_sample[index] for of_sample in samples]
        assert {estimate.name for estimate in repeated} == {name}
        covered = np.mean([estimate.low <= value <= estimate.high for estimate in repeated])
        assert covered >= 0.8, name
        spread = np.std([estimate.value for estimate in repeated])
        assert abs(np.mean([estimate.value for estimate in repeated]) - value) < 3 * spread / np.sqrt(REVIEWS) + 0.01, (
            name
        )
        assert 0.5 < np.mean([estimate.standard_error for estimate in repeated]) / spread < 2, name


def test_known_values() -> None:
    # Identities {a a}, {a b}: drawn once each. B-cubed precision 1 and 1/2. Pairs: 1 of 2 is right.
    reviewed = [Reviewed("identity-00001", 1, ("a", "a")), Reviewed("identity-00002", 1, ("a", "b"))]
    by_name = {estimate.name: estimate for estimate in estimates(reviewed, 4)}
    assert by_name["B-cubed precision"].value == pytest.approx(0.75)
    assert by_name["B-cubed precision"].standard_error == pytest.approx(0.25)
    assert by_name["pairwise precision"].value == pytest.approx(0.5)
    # Within: (1 + 0) / (1/2) over 2 draws, 1. Across: 2 pairs of a over (1/2)^2, halved for ordered pairs, 4.
    assert by_name["pairwise recall"].value == pytest.approx(0.2)


def test_an_identity_counts_once_per_draw() -> None:
    reviewed = [Reviewed("identity-00001", 3, ("a", "a")), Reviewed("identity-00002", 1, ("a", "b"))]
    assert estimates(reviewed, 4)[0].value == pytest.approx(7 / 8)


def test_a_sample_without_errors_still_has_an_interval() -> None:
    reviewed = [Reviewed("identity-00001", 6, ("a", "a")), Reviewed("identity-00002", 4, ("b", "b"))]
    precision = estimates(reviewed, 4)[0]
    assert (precision.value, precision.standard_error, precision.high) == (1.0, 0.0, 1.0)
    assert precision.low == pytest.approx(1 - 3 / 10)


def test_without_pairs_there_are_no_pairwise_estimates() -> None:
    alone = [Reviewed("identity-00001", 1, ("a",)), Reviewed("identity-00002", 1, ("b",))]
    assert [estimate.name for estimate in estimates(alone, 9)] == ["B-cubed precision"]
    assert pairwise_recall(alone, 9) is None


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "er_evaluation", None)
    with pytest.raises(UserError, match=r'pip install "screenalytics\[estimate\]"'):
        estimates([Reviewed("identity-00001", 2, ("a", "a"))], 2)
