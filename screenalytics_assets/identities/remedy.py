"""Remedy: the one setting whose smallest change would let a guardrail pass, found by clustering again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.guardrails import Guardrail

STEP, REACH = 0.01, 0.25
Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Remedy:
    """Value of a setting that lets the guardrail pass, and the metrics that the clustering then has."""

    setting: str
    current: float
    proposed: float
    metrics: Metrics

    @property
    def change(self) -> float:
        """How far the setting moves, in cosine similarity."""
        return abs(self.proposed - self.current)


def candidates(current: float, direction: int) -> NDArray[np.float64]:
    """Values up (`direction` 1) or down (-1) from a similarity, nearest first: hundredths up to 0.25 away in [-1, 1]."""
    steps = np.arange(1, round(REACH / STEP) + 1) * STEP * direction
    values = np.round(current + steps, 4)
    return values[(values >= -1.0) & (values <= 1.0)]


def find_remedy(
    setting: str,
    current: float,
    values: NDArray[np.float64],
    metrics_at: Callable[[float], Metrics],
    guardrail: Guardrail,
    others: Sequence[Guardrail],
) -> Remedy | None:
    """The first of `values` at which `guardrail` passes and no blocking one of `others` is beyond its limit.

    `metrics_at` clusters again with the setting at a value and tells the metrics. None if no value will do.
    """
    for value in values.tolist():
        metrics = metrics_at(value)
        harmless = all(metrics[other.metric] <= other.limit for other in others if other.blocks)
        if guardrail.accepts(metrics[guardrail.metric]) and harmless:
            return Remedy(setting, current, value, metrics)
    return None


def identity_metrics(labels: NDArray[np.int64], min_cluster_size: int) -> Metrics:
    """The metrics that guardrails hold identities to, of labels (U,) of which those below 0 are in no identity.

    Fractions are over all U tracks, as in `identities.json`.
    """
    sizes = np.unique(labels[labels >= 0], return_counts=True)[1]
    tracks = max(1, len(labels))
    return {
        "singleton_fraction": float((sizes == 1).sum() / tracks),
        "largest_cluster_fraction": float(sizes.max(initial=0) / tracks),
        "num_clusters": float((sizes >= min_cluster_size).sum()),
        "avg_cluster_size": float(tracks / max(1, len(sizes))),
    }
