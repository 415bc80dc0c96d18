"""Figures of the chosen thresholds on one half of the people: clustering of every problem, and naming people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from screenalytics_assets.calibration.hard_problem import NAME as HARD_NAME
from screenalytics_assets.calibration.identification import Trials, trials
from screenalytics_assets.calibration.problem import Half, cluster
from screenalytics_assets.calibration.tune import Tuned
from screenalytics_assets.cast.match_people import CastBounds
from screenalytics_assets.identity_evaluation.clustering_metrics import b_cubed


@dataclass(frozen=True)
class ProblemFigures:
    """B-cubed figures of one problem, and its found and true numbers of people."""

    name: str
    tracks: int
    precision: float
    recall: float
    f: float
    people_found: int
    people_true: int


@dataclass(frozen=True)
class Naming:
    """Shares in [0, 1]: strangers that get a name from a cast of `cast_size`, and known people that get the right
    name, a wrong name, or no name."""

    cast_size: int
    strangers_named: float
    named_right: float
    named_wrong: float

    @property
    def not_named(self) -> float:
        return 1 - self.named_right - self.named_wrong


@dataclass(frozen=True)
class Report:
    """Figures of one half."""

    people: int
    tracks: int
    problems: Sequence[ProblemFigures]
    naming: Naming

    @property
    def b_cubed_f(self) -> float:
        """Mean over the problems but the hard one, which is far below the others and is reported on its own."""
        return float(np.mean([problem.f for problem in self.problems if problem.name != HARD_NAME]))


def report(half: Half, tuned: Tuned, seed: int) -> Report:
    """Cluster every problem of `half` with the tuned thresholds, and name its samples by a cast of its people."""
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
        naming=naming(tried, tuned.cast),
    )


def naming(tried: Trials, bounds: CastBounds) -> Naming:
    """Compute the shares of named samples at `bounds`."""
    named, right = tried.known.named(bounds), tried.known.right
    strangers = float(tried.strangers.named(bounds).mean())
    return Naming(tried.cast_size, strangers, float((named & right).mean()), float((named & ~right).mean()))
