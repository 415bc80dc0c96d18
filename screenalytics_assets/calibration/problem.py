"""A clustering problem with a known answer: tracks of known people, and the product's B-cubed F on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.evidence.sightings import Sightings
from screenalytics_assets.identities.cluster_tracks import UNUSABLE, cluster_tracks
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.identity_evaluation.clustering_metrics import b_cubed
from screenalytics_assets.settings.stages import ClusteringSettings

SETTINGS = ClusteringSettings.model_validate({})


@dataclass(frozen=True)
class Problem:
    """N tracks: unit vectors `vectors` (N, D) float32, `norms` (N,) of their best faces, `people` (N,).

    A number in `people` means the same person in every problem of one half. `sightings` has times and clothes, None if
    they are unknown.
    """

    name: str
    vectors: NDArray[np.float32]
    norms: NDArray[np.float64]
    people: NDArray[np.int64]
    sightings: Sightings | None = None

    def __len__(self) -> int:
        return len(self.people)


@dataclass(frozen=True)
class Half:
    """One half of the people: problems to cluster, and samples to compare with centroids."""

    problems: Sequence[Problem]
    samples: Problem

    @property
    def people(self) -> int:
        return len(np.unique(self.samples.people))

    @property
    def tracks(self) -> int:
        return sum(len(problem) for problem in self.problems)


@dataclass(frozen=True)
class Probes:
    """M faces for the norm limits: unit vectors `vectors` (M, D) float32, and `norms` (M,).

    `rows` (M,) is the sample that each face shows. It is left out of its person's centroid.
    """

    vectors: NDArray[np.float32]
    norms: NDArray[np.float64]
    rows: NDArray[np.int64]


def cluster(problem: Problem, bounds: Thresholds) -> NDArray[np.int64]:
    """Return the product's labels (N,) without constraints. Unusable tracks get a label of their own."""
    found = cluster_tracks(problem.vectors, problem.norms, SETTINGS, bounds, sightings=problem.sightings)
    labels = found.labels
    return np.where(labels == UNUSABLE, labels.max(initial=UNUSABLE) + 1 + np.arange(len(labels)), labels)


def b_cubed_f(problem: Problem, bounds: Thresholds) -> float:
    """Return B-cubed F of the product's clustering, with equal weights."""
    return b_cubed(cluster(problem, bounds), problem.people)[2]


def mean_b_cubed_f(problems: Sequence[Problem], bounds: Thresholds) -> float:
    return float(np.mean([b_cubed_f(problem, bounds) for problem in problems]))
