"""Remedy: the one setting whose smallest change would let a guardrail pass, found by clustering again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.dagster_support.guardrails import Guardrail

STEP, REACH = 0.01, 0.25
"""Distance of the values that are tried and furthest of them, in cosine similarity."""
RISE_WITH_THRESHOLD = ("singleton_fraction", "num_clusters")
"""Metrics that count pieces, of which a higher threshold makes more; the others measure how large pieces are."""
ELSE = {
    "singleton_fraction": "look at the near joins: if they show one person, the faces are too small, blurred or turned "
    "away; people who are seen once are rightly alone",
    "largest_cluster_fraction": "look at the weakest links: if both sides show one person, that person is on screen "
    "as much as that, and the target of the guardrail is wrong for this episode",
    "num_clusters": "look at the contact sheet: if nobody is there twice and no two people are one, the cast is as "
    "large as that",
    "avg_cluster_size": "look at the contact sheet: if nobody is there twice and no two people are one, people are on "
    "screen as often as that",
}
"""By metric: what to look at where no change of a setting helps."""

Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Remedy:
    """Value of a setting that lets a guardrail pass, and the metrics that the clustering then has."""

    setting: str
    current: float
    proposed: float
    metrics: Metrics


def identity_metrics(labels: NDArray[np.int64], min_cluster_size: int) -> Metrics:
    """The metrics that guardrails hold identities to, of labels (U,); tracks with labels below 0 are in none.

    Rounded to 4 decimals as in `identities.json`; all 0 where no track is in an identity.
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
    """Whether a threshold has to rise (1) or fall (-1) to mend a metric that is too high, or too low."""
    return -1 if (metric in RISE_WITH_THRESHOLD) == too_high else 1


def candidates(current: float, sign: int) -> NDArray[np.float64]:
    """Values above (`sign` 1) or below (-1) a similarity: each hundredth up to 0.25 away in [-1, 1], nearest first."""
    values = np.round(current + sign * STEP * np.arange(1, round(REACH / STEP) + 1), 4)
    return values[(values >= -1.0) & (values <= 1.0)]


def find_remedy(
    setting: str,
    current: float,
    values: NDArray[np.float64],
    metrics_at: Callable[[float], Metrics],
    accepts: Callable[[Metrics], bool],
) -> Remedy | None:
    """The first of `values` (n,) of a setting whose metrics are accepted; `metrics_at` clusters again for each."""
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
    """The remedy that moves one of `settings`, name -> current value, the least; on a tie the earlier setting."""
    best: Remedy | None = None
    for setting, current in settings.items():
        values = candidates(current, sign)
        if best is not None:
            moves = np.round(np.abs(values - current), 4)
            values = values[moves < round(abs(best.proposed - best.current), 4)]
        found = find_remedy(setting, current, values, partial(metrics_at, setting), accepts)
        best = found or best
    return best


def remedy_sentence(remedy: Remedy, guardrail: Guardrail, others: Sequence[Guardrail]) -> str:
    """What the remedy would do to the metric of `guardrail`, and to those of the other guardrails that block."""
    wanted = f"{guardrail.target:g}" if guardrail.low is None else f"{guardrail.low:g} to {guardrail.target:g}"
    side_effects = [
        f"; {other.metric} would then be {remedy.metrics[other.metric]:g} (target {other.target:g})" for other in others
    ]
    return (
        f"{remedy.setting} {remedy.proposed:g} instead of {remedy.current:g} would bring {guardrail.metric} to "
        f"{remedy.metrics[guardrail.metric]:g} (target {wanted}){''.join(side_effects)}."
    )


def no_remedy_sentence(metric: str, settings: Mapping[str, float], sign: int) -> str:
    """That no value of `settings` helps, which were tried, and what else to look at."""
    tried = [
        f"{name} {values.min():g} to {values.max():g}"
        for name, current in settings.items()
        if len(values := candidates(current, sign))
    ]
    return (
        f"No single setting brings {metric} to its target without harm to a guardrail that blocks "
        f"(tried {', '.join(tried) or 'none, as they are at their end'}): {ELSE[metric]}."
    )
