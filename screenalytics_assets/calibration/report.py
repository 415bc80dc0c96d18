"""How the chosen thresholds do on a half of the people: clustering of every problem, and verification."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from screenalytics_assets.calibration.problem import Half, cluster
from screenalytics_assets.calibration.tune import Tuned
from screenalytics_assets.calibration.verification import share_at_least, trials
from screenalytics_assets.identity_evaluation.clustering_metrics import b_cubed


@dataclass(frozen=True)
class ProblemFigures:
    """B-cubed figures of one problem, and how many people were found in it and are truly there."""

    name: str
    tracks: int
    precision: float
    recall: float
    f: float
    people_found: int
    people_true: int


@dataclass(frozen=True)
class Report:
    """Figures of one half. The rates are shares of `pairs` of a centroid and a stranger, and of `genuine` ones."""

    people: int
    tracks: int
    problems: Sequence[ProblemFigures]
    pairs: int
    genuine: int
    false_accept_rate: float
    false_reject_rate: float

    @property
    def b_cubed_f(self) -> float:
        return float(np.mean([problem.f for problem in self.problems]))


def report(half: Half, tuned: Tuned, seed: int) -> Report:
    """Cluster every problem of `half` with what was tuned, and verify its samples at `cast_sim`."""
    figures = []
    for problem in half.problems:
        labels = cluster(problem, tuned.bounds)
        found, true = len(np.unique(labels)), len(np.unique(problem.people))
        figures.append(ProblemFigures(problem.name, len(problem), *b_cubed(labels, problem.people), found, true))
    tried = trials(half.samples, np.random.default_rng(seed))
    return Report(
        people=half.people,
        tracks=half.tracks,
        problems=figures,
        pairs=len(tried.impostor),
        genuine=len(tried.genuine),
        false_accept_rate=share_at_least(tried.impostor, tuned.cast_sim),
        false_reject_rate=1 - share_at_least(tried.genuine, tuned.cast_sim),
    )
