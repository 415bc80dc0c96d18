"""Accuracy of the identities, estimated from a reviewed sample of them, with standard errors.

The sampling unit is a complete identity. Identities are drawn with replacement, with probabilities p proportional
to their numbers of tracks. For the tracks that are in an identity, the sample gives estimates of:

- B-cubed and pairwise precision: both depend on single identities only. `er_evaluation` estimates recall from a
  sample of complete true clusters. The precision of identities against people is the recall of people against
  identities. Its recall estimators are therefore called with the roles swapped: the complete clusters are the drawn
  identities (Binette et al., 2022, arXiv:2210.01230).
- pairwise recall: pairs of one person within an identity, divided by these and the pairs across two identities. Both
  totals are Hansen-Hurwitz estimates (1943), over draws and over pairs of draws. The standard error is the
  jackknife over draws.

B-cubed recall cannot be estimated: it needs every track of a person, which is a review of the complete episode.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.identity_evaluation.review_sample import Reviewed
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

CONFIDENCE = 0.95
RULE_OF_THREE = 3.0
"""An event not seen in n draws has, with 95 % confidence, a rate below 3/n (Hanley and Lippman-Hand, 1983)."""


@dataclass(frozen=True)
class Estimate:
    """An estimate with its standard error and its 95 % interval, all in [0, 1]."""

    name: str
    value: float
    standard_error: float
    low: float
    high: float


def estimates(reviewed: Sequence[Reviewed], tracks: int) -> list[Estimate]:
    """Estimate every quantity that the sample supports, for identities with `tracks` tracks in total.

    A quantity over pairs is left out if the sample holds no such pair.

    Raises:
        UserError: `er_evaluation` is not installed.
    """
    draws = sum(identity.draws for identity in reviewed)
    estimated = [("B-cubed precision", *b_cubed_precision(reviewed))]
    if any(len(identity.people) > 1 for identity in reviewed):
        estimated.append(("pairwise precision", *pairwise_precision(reviewed)))
    recall = pairwise_recall(reviewed, tracks)
    if recall is not None:
        estimated.append(("pairwise recall", *recall))
    return [_estimate(name, value, error, draws) for name, value, error in estimated]


def b_cubed_precision(reviewed: Sequence[Reviewed]) -> tuple[float, float]:
    """Estimate B-cubed precision of the identities. Returns the value and its standard error.

    `er_evaluation` averages B-cubed over clusters, but B-cubed is a mean over tracks. An identity's weight is its
    number of tracks divided by its probability, which is the same for all, so every weight is 1.
    """
    estimators = _estimators()
    people, identities, weights = _swapped(reviewed)
    value, error = estimators.b_cubed_recall_estimator(people, identities, 0 * weights + 1)
    return float(value), float(error)


def pairwise_precision(reviewed: Sequence[Reviewed]) -> tuple[float, float]:
    """Estimate pairwise precision, with its standard error. At least one identity must have two tracks."""
    estimators = _estimators()
    people, identities, weights = _swapped(reviewed)
    value, error = estimators.pairwise_recall_estimator(people, identities, weights)
    return float(value), float(error)


def pairwise_recall(reviewed: Sequence[Reviewed], tracks: int) -> tuple[float, float] | None:
    """Estimate pairwise recall, with its jackknife standard error. None if no pair belongs to one person."""
    counts, drawn = _people_by_draw(reviewed)
    probability = counts.sum(axis=1) / tracks
    within = (counts * (counts - 1)).sum(axis=1) / 2 / probability
    across = (counts @ counts.T) / 2 / np.outer(probability, probability)
    across[drawn[:, None] == drawn[None, :]] = 0.0
    n = len(within)
    value = _recall(float(within.sum()), float(across.sum()), n)
    if value is None:
        return None
    without = [
        _recall(float(within.sum() - within[k]), float(across.sum() - 2 * across[k].sum()), n - 1) for k in range(n)
    ]
    left = np.array([value if recall is None else recall for recall in without])
    return value, math.sqrt((n - 1) / n * float(((left - left.mean()) ** 2).sum()))


def _recall(within: float, across: float, n: int) -> float | None:
    """Return recall from sums over `n` draws and over ordered pairs of draws; None if both are 0."""
    inside = within / n
    outside = across / (n * (n - 1)) if n > 1 else 0.0
    return inside / (inside + outside) if inside + outside > 0 else None


def _people_by_draw(reviewed: Sequence[Reviewed]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the tracks (n, P) per draw and person, and the index (n,) of the identity drawn."""
    people = {name: index for index, name in enumerate(sorted({p for r in reviewed for p in r.people}))}
    counts = np.zeros((len(reviewed), len(people)))
    for row, identity in enumerate(reviewed):
        np.add.at(counts[row], [people[person] for person in identity.people], 1)
    drawn = np.repeat(np.arange(len(reviewed)), [identity.draws for identity in reviewed])
    return counts[drawn], drawn


def _swapped(reviewed: Sequence[Reviewed]) -> "tuple[pd.Series[str], pd.Series[str], pd.Series[float]]":
    """Return people and drawn identities by track, and inverse probabilities by identity, for `er_evaluation`.

    An identity drawn twice appears twice, under two names.
    """
    import pandas as pd

    people: dict[str, str] = {}
    identities: dict[str, str] = {}
    weights: dict[str, float] = {}
    for identity in reviewed:
        for copy in range(identity.draws):
            name = f"{identity.identity_id} {copy}"
            weights[name] = 1 / len(identity.people)
            for index, person in enumerate(identity.people):
                people[f"{name} {index}"] = person
                identities[f"{name} {index}"] = name
    return pd.Series(people), pd.Series(identities), pd.Series(weights)


def _estimate(name: str, value: float, error: float, draws: int) -> Estimate:
    from scipy.stats import t

    value = min(max(value, 0.0), 1.0)
    certain = math.isnan(error) or error == 0
    reach = RULE_OF_THREE / draws if certain else float(t.ppf((1 + CONFIDENCE) / 2, draws - 1)) * error
    return Estimate(name, value, 0.0 if certain else error, max(value - reach, 0.0), min(value + reach, 1.0))


def _estimators() -> Any:
    """Import `er_evaluation.estimators`, which has no types. Raises `UserError` if it is not installed."""
    try:
        from er_evaluation import estimators
    except ImportError:
        raise UserError(
            "Estimates from a reviewed sample need er-evaluation: install it with "
            '`pip install "screenalytics[estimate]"`.'
        ) from None
    return estimators
