"""Remedies: the setting whose smallest change would let a guardrail pass, found by clustering again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.dagster_support.guardrails import Guardrail

STEP, REACH = 0.01, 0.25
"""Step between the values that are tried, and largest change that is tried, in cosine similarity."""
RISE_WITH_THRESHOLD = ("singleton_fraction", "num_clusters")
"""Metrics that count clusters: they rise with the threshold. The other metrics measure sizes of clusters and fall."""
ADVICE = {
    "singleton_fraction": "Look at the near joins. If they show the same person, the faces are too small, blurred or "
    "turned away. People who appear only once are rightly alone.",
    "largest_cluster_fraction": "Look at the weakest links. If both sides show the same person, that person really is "
    "on screen that much, and the target of the guardrail does not suit this episode.",
    "num_clusters": "Look at the contact sheet. If each identity is one person and no person has two identities, the "
    "cast really has that size.",
    "avg_cluster_size": "Look at the contact sheet. If each identity is one person and no person has two identities, "
    "the people really appear that often.",
}
"""Per metric: what to look at if no change of a setting helps."""

Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Remedy:
    """A value of a setting that lets a guardrail pass, and the resulting metrics of the clustering."""

    setting: str
    current: float
    proposed: float
    metrics: Metrics


def identity_metrics(labels: NDArray[np.int64], min_cluster_size: int) -> Metrics:
    """Return the metrics that the guardrails check, from labels (U,). Labels below 0 belong to no identity.

    Values are rounded to 4 decimals as in `identities.json`, and are 0 if no track is in an identity.
    """
    sizes = np.unique(labels[labels >= 0], return_counts=True)[1]
    tracks = max(1, int(sizes.sum()))
    return {
        "singleton_fraction": round(int((sizes == 1).sum()) / tracks, 4),
        "largest_cluster_fraction": round(int(sizes.max(initial=0)) / tracks, 4),
        "num_clusters": float((sizes >= min_cluster_size).sum()),
        "avg_cluster_size": round(int(sizes.sum()) / max(1, len(sizes)), 4),
    }


def direction(metric: str, too_high: bool) -> int:
    """Return whether a threshold must rise (1) or fall (-1) to correct a metric that is too high or too low."""
    return -1 if (metric in RISE_WITH_THRESHOLD) == too_high else 1


def candidates(current: float, sign: int) -> NDArray[np.float64]:
    """Return the values above (`sign` 1) or below (-1) `current` in steps of 0.01 up to 0.25, within [-1, 1]."""
    values = np.round(current + sign * STEP * np.arange(1, round(REACH / STEP) + 1), 4)
    return values[(values >= -1.0) & (values <= 1.0)]


def find_remedy(
    setting: str,
    current: float,
    values: NDArray[np.float64],
    metrics_at: Callable[[float], Metrics],
    accepts: Callable[[Metrics], bool],
) -> Remedy | None:
    """Return the first of `values` (n,) whose metrics are accepted, or None. `metrics_at` clusters again per value."""
    for value in values.tolist():
        metrics = metrics_at(value)
        if accepts(metrics):
            return Remedy(setting, current, value, metrics)
    return None


def smallest_remedy(
    settings: Mapping[str, float],
    sign: int,
    metrics_at: Callable[[str, float], Metrics],
    accepts: Callable[[Metrics], bool],
) -> Remedy | None:
    """Return the remedy with the smallest change of one of `settings` (name -> current value), the earlier on a tie."""
    best: Remedy | None = None
    for setting, current in settings.items():
        values = candidates(current, sign)
        if best is not None:
            moves = np.round(np.abs(values - current), 4)
            values = values[moves < round(abs(best.proposed - best.current), 4)]
        remedy = find_remedy(setting, current, values, partial(metrics_at, setting), accepts)
        best = remedy or best
    return best


def remedy_sentence(remedy: Remedy, guardrail: Guardrail, others: Sequence[Guardrail]) -> str:
    """State the effect of the remedy on the metric of `guardrail` and on the other blocking guardrails."""
    wanted = f"{guardrail.target:g}" if guardrail.low is None else f"{guardrail.low:g} to {guardrail.target:g}"
    side_effects = [
        f"; {other.metric} would then be {remedy.metrics[other.metric]:g} (target {other.target:g})" for other in others
    ]
    return (
        f"{remedy.setting} {remedy.proposed:g} instead of {remedy.current:g} would bring {guardrail.metric} to "
        f"{remedy.metrics[guardrail.metric]:g} (target {wanted}){''.join(side_effects)}."
    )


def no_remedy_sentence(metric: str, settings: Mapping[str, float], sign: int) -> str:
    """State that no value of `settings` helps, which values were tried, and what to look at instead."""
    tried = [
        f"{name} {values.min():g} to {values.max():g}"
        for name, current in settings.items()
        if len(values := candidates(current, sign))
    ]
    return (
        f"No change of a single setting brings {metric} to its target without harming a blocking guardrail "
        f"(tried {', '.join(tried) or 'none, because the settings are at the end of their range'}). {ADVICE[metric]}"
    )
