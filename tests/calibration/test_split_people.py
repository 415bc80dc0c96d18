"""The two halves of the people."""

import numpy as np
import pytest

from screenalytics_assets.calibration.split_people import split_people


@pytest.mark.parametrize(
    ("count", "tuned", "reported"),
    [
        pytest.param(158, 79, 79, id="even"),
        pytest.param(5, 3, 2, id="odd"),
        pytest.param(1, 1, 0, id="one"),
        pytest.param(0, 0, 0, id="none"),
    ],
)
def test_halves_are_disjoint_and_complete(count: int, tuned: int, reported: int) -> None:
    halves = split_people(count)
    assert [len(half) for half in halves] == [tuned, reported]
    assert sorted(np.concatenate(halves).tolist()) == list(range(count))


def test_even_positions_of_the_permutation_are_tuned_on() -> None:
    order = np.random.default_rng(7).permutation(10)
    tuned, reported = split_people(10, seed=7)
    assert tuned.tolist() == order[[0, 2, 4, 6, 8]].tolist()
    assert reported.tolist() == order[[1, 3, 5, 7, 9]].tolist()


def test_another_seed_gives_another_split() -> None:
    assert split_people(158, seed=1)[0].tolist() != split_people(158, seed=2)[0].tolist()
