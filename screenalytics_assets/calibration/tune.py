"""Choice of thresholds on the samples of one half of the people: the cast, the norms, and the clustering."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.identification import cast_thresholds, trials
from screenalytics_assets.calibration.norm_limits import clear_reach, leads, norm_limits
from screenalytics_assets.calibration.problem import Half, Probes, Problem, mean_b_cubed_f
from screenalytics_assets.calibration.sweep import PLATEAU, Curve, grid, plateau_middle, sweep
from screenalytics_assets.cast.match_people import CastBounds
from screenalytics_assets.evidence.face_space import centred
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_resources.inference.packs import Evidence

CLUSTER_GRID = grid(0.10, 0.70, 0.01)
COARSE_GRID = grid(0.20, 0.60, 0.02)
"""Values of cluster_thresh for the comparison of full norms."""
FULL_QUANTILES = (0.5, 0.25, 0.75)
"""Quantiles of the norms of clear faces that may be the full norm. The first is preferred to one as good as it."""
SWEPT = ("cluster_thresh", "min_identity_sim", "assign_sim", "assign_sim_clear", "assign_margin")
ROUNDS = 2
SWEEPS = len(FULL_QUANTILES) + ROUNDS * len(SWEPT)
START = {"cluster_thresh": 0.40, "assign_sim": 0.25, "assign_sim_clear": 0.45, "assign_margin": 0.10}
"""Start values of the sweeps. They work well with every pack tried."""


@dataclass(frozen=True)
class Tuned:
    """The chosen thresholds of the clustering, and of naming people with a cast of `cast_size`."""

    bounds: Thresholds
    cast: CastBounds
    cast_size: int


def tune(
    half: Half, probes: Probes, evidence: Evidence, false_accept_rate: float, seed: int, report: Callable[[int], None]
) -> Tuned:
    """Find every threshold on `half`. `report` receives the number of sweeps done, out of `SWEEPS`.

    `evidence` has the mean face and the weights. Its full norm is chosen here. Joins by evidence are part of the
    clustering, so its weights matter.

    The clustering's thresholds are swept one after another, twice, to maximise the mean B-cubed F of the product's
    own clustering. The first sweep starts from fixed values without outliers, never from the pack's old values.

    Raises:
        UserError: the false accept rate cannot be measured, or the pack cannot tell the people apart.
    """
    tried = trials(half.samples, np.random.default_rng(seed))
    cast = cast_thresholds(tried, false_accept_rate)
    unusable, clear = norm_limits(leads(half.samples, probes))
    start = Thresholds(
        START["cluster_thresh"],
        -1.0,
        START["assign_sim"],
        START["assign_sim_clear"],
        START["assign_margin"],
        unusable,
        clear,
        evidence,
    )
    bounds = with_best_full_norm(half, start, report)
    reach = clear_reach(leads(*_centred(half.samples, probes, evidence)), clear)
    for done, name in enumerate(SWEPT * ROUNDS, start=len(FULL_QUANTILES) + 1):
        curve = curve_of(half, bounds, name, grid_of(name, bounds, reach))
        bounds = bounds.with_value(name, plateau_middle(curve))
        report(done)
    return Tuned(bounds, cast, tried.cast_size)


def with_best_full_norm(half: Half, bounds: Thresholds, report: Callable[[int], None]) -> Thresholds:
    """Return `bounds` with the full norm that allows the highest mean B-cubed F at any `cluster_thresh`.

    The candidates are quantiles of the norms of clear samples. `report` receives the number of candidates done.
    """
    norms = half.samples.norms[half.samples.norms >= bounds.clear_norm]
    best, best_score = bounds, -np.inf
    for done, quantile in enumerate(FULL_QUANTILES, start=1):
        full = round(max(float(np.quantile(norms, quantile)), bounds.clear_norm), 1)
        tried = replace(bounds, evidence=bounds.evidence.model_copy(update={"full_norm": full}))
        score = float(curve_of(half, tried, "cluster_thresh", COARSE_GRID).scores.max())
        if score > best_score + PLATEAU:
            best, best_score = tried, score
        report(done)
    return best


def curve_of(half: Half, bounds: Thresholds, name: str, values: NDArray[np.float64]) -> Curve:
    """Compute the mean B-cubed F over the problems of `half` with `name` at each of `values`."""
    return sweep(lambda value: mean_b_cubed_f(half.problems, bounds.with_value(name, value)), values)


def grid_of(name: str, bounds: Thresholds, reach: float) -> NDArray[np.float64]:
    """Return the values of a threshold to try.

    The threshold of a clear face is never below that of a poor face, nor above `reach`, which clear faces reach.
    Above it the threshold would only split tracks of one person.
    """
    match name:
        case "cluster_thresh":
            return CLUSTER_GRID
        case "min_identity_sim":
            return grid(0.0, 0.6, 0.02)
        case "assign_sim":
            return grid(0.1, bounds.assign_sim_clear, 0.05)
        case "assign_sim_clear":
            return grid(bounds.assign_sim, max(bounds.assign_sim, np.floor(reach / 0.05 + 1e-9) * 0.05), 0.05)
        case _:
            return grid(0.0, 0.3, 0.02)


def _centred(samples: Problem, probes: Probes, evidence: Evidence) -> tuple[Problem, Probes]:
    """Return both in the space in which the clustering compares faces."""
    mean = evidence.mean(samples.vectors.shape[1])
    return (
        replace(samples, vectors=centred(samples.vectors, mean)),
        replace(probes, vectors=centred(probes.vectors, mean)),
    )
