"""What the length of a raw embedding says: below which a face tells nobody apart, and from which it surely does."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.problem import Probes, Problem
from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION
from screenalytics_resources.errors import UserError

LEAD = 0.10
"""Lead over the best stranger that tells a person apart, cosine similarity."""
UNUSABLE_SHARE, CLEAR_SHARE = 0.50, 0.98
"""Shares of faces that lead: below the first a face is unusable, from the second on it is clear."""
BEYOND_REACH = 0.05
STEP = 0.1


@dataclass(frozen=True)
class Leads:
    """M faces: `norms` (M,), similarity `own` (M,) to the centroid of their person's other samples, and
    similarity `stranger` (M,) to the most similar centroid of anybody else."""

    norms: NDArray[np.float64]
    own: NDArray[np.float64]
    stranger: NDArray[np.float64]

    @property
    def lead(self) -> NDArray[np.float64]:
        return self.own - self.stranger


def leads(samples: Problem, probes: Probes) -> Leads:
    """Compare every probe with the people of `samples`, as far as there is another sample of its own person."""
    _, people = np.unique(samples.people, return_inverse=True)
    vectors, probed = samples.vectors.astype(np.float64), probes.vectors.astype(np.float64)
    sums = np.zeros((int(people.max(initial=-1)) + 1, vectors.shape[1]))
    np.add.at(sums, people, vectors)
    persons = people[probes.rows]
    similarities = probed @ _unit(sums).T
    similarities[np.arange(len(probed)), persons] = -1.0
    own = np.einsum("ij,ij->i", probed, _unit(sums[persons] - vectors[probes.rows]))
    several = np.bincount(people)[persons] > 1
    return Leads(probes.norms[several], own[several], similarities.max(axis=1, initial=-1.0)[several])


def norm_limits(found: Leads) -> tuple[float, float]:
    """Norms `unusable` and `clear`, in steps of 0.1: where at least 50 % and 98 % of the faces lead by 0.10.

    The share of faces that lead is fitted over the norm by isotonic regression: the step function that never falls
    and has the least squared error (Barlow et al., 1972). `unusable` is 0 where even the shortest norm found reaches
    its share.

    Raises:
        UserError: not even the longest norms reach the second share.
    """
    from sklearn.isotonic import IsotonicRegression

    order = np.argsort(found.norms, kind="stable")
    norms = found.norms[order]
    leading = (found.lead >= LEAD)[order].astype(np.float64)
    shares = IsotonicRegression().fit_transform(norms, leading) if len(norms) else np.zeros(1)
    if shares[-1] < CLEAR_SHARE:
        raise UserError(
            f"Only {shares[-1]:.0%} of the clearest faces are closer to their own person than to anybody else, and "
            f"{CLEAR_SHARE:.0%} are needed: check the labels, or give more samples of each person."
        )
    first_usable, first_clear = np.searchsorted(shares, [UNUSABLE_SHARE, CLEAR_SHARE])
    unusable = 0.0 if first_usable == 0 else _step(norms[first_usable])
    return unusable, max(_step(norms[first_clear]), unusable + STEP)


def clear_reach(found: Leads, clear: float) -> float:
    """Similarity to their own person's centroid that all but 5 % of the faces with a norm of `clear` or more reach."""
    return float(np.quantile(found.own[found.norms >= clear], BEYOND_REACH))


def _step(norm: float) -> float:
    return round(round(norm / STEP) * STEP, 6)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), NO_DIRECTION), np.float64)
