"""Sweeps and the choice of a value."""

import numpy as np
import pytest

from screenalytics_assets.calibration.sweep import Curve, grid, plateau_middle, sweep


@pytest.mark.parametrize(
    ("scores", "index"),
    [
        pytest.param([0.1, 0.5, 0.9, 0.5], 2, id="single-best"),
        pytest.param([0.1, 0.9, 0.9, 0.9, 0.1], 2, id="middle-of-three"),
        pytest.param([0.1, 0.9, 0.9, 0.9, 0.9], 2, id="lower-middle-of-four"),
        pytest.param([0.8991, 0.9, 0.8992, 0.8995, 0.5], 1, id="within-a-thousandth"),
        pytest.param([0.898, 0.9, 0.898], 1, id="beyond-a-thousandth"),
        pytest.param([0.9, 0.5, 0.9, 0.9, 0.9], 0, id="the-plateau-of-the-first-best-ends-at-a-gap"),
        pytest.param([0.8995, 0.5, 0.9, 0.9, 0.9], 3, id="values-beyond-a-gap-are-ignored"),
        pytest.param([0.4, 0.4, 0.4], 1, id="flat"),
        pytest.param([0.7], 0, id="one-value"),
    ],
)
def test_plateau_middle(scores: list[float], index: int) -> None:
    values = np.linspace(10, 20, len(scores))
    assert plateau_middle(Curve(values, np.array(scores))) == values[index]


def test_sweep_scores_every_value() -> None:
    curve = sweep(lambda value: value**2, np.array([1.0, 2.0, 3.0]))
    assert curve.values.tolist() == [1.0, 2.0, 3.0]
    assert curve.scores.tolist() == [1.0, 4.0, 9.0]


@pytest.mark.parametrize(
    ("low", "high", "step", "expected"),
    [
        pytest.param(0.1, 0.4, 0.1, [0.1, 0.2, 0.3, 0.4], id="both-ends"),
        pytest.param(0.3, 0.3, 0.05, [0.3], id="one-value"),
        pytest.param(0.0, 0.06, 0.02, [0.0, 0.02, 0.04, 0.06], id="from-zero"),
    ],
)
def test_grid(low: float, high: float, step: float, expected: list[float]) -> None:
    assert grid(low, high, step).tolist() == expected
