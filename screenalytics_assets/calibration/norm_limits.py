"""Norm limits of raw embeddings: below `unusable` a face is unreliable, from `clear` on it is reliable."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.problem import Probes, Problem
from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION
from screenalytics_resources.errors import UserError

LEAD = 0.10
"""Lead over the best stranger that identifies a person, cosine similarity."""
UNUSABLE_SHARE, CLEAR_SHARE = 0.50, 0.98
"""Shares of faces that lead. Below the first a face is unusable, from the second on it is clear."""
BEYOND_REACH = 0.05
STEP = 0.1


@dataclass(frozen=True)
class Leads:
    """M faces: `norms` (M,), similarity `own` (M,) to the centroid of their person's other samples, and
    similarity `stranger` (M,) to the most similar centroid of another person."""

    norms: NDArray[np.float64]
    own: NDArray[np.float64]
    stranger: NDArray[np.float64]

    @property
    def lead(self) -> NDArray[np.float64]:
        return self.own - self.stranger


def leads(samples: Problem, probes: Probes) -> Leads:
    """Compare every probe with the people of `samples`. Probes whose person has no other sample are left out."""
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


def norm_limits(face_leads: Leads) -> tuple[float, float]:
    """Return the norms `unusable` and `clear`, in steps of 0.1: at least 50 % and 98 % of the faces lead by 0.10.

    The share of faces that lead is fitted over the norm by isotonic regression: the non-decreasing step function
    with the least squared error (Barlow et al., 1972). `unusable` is 0 if the lowest norm already reaches its share.

    Raises:
        UserError: the highest norms do not reach the second share.
    """
    from sklearn.isotonic import IsotonicRegression

    order = np.argsort(face_leads.norms, kind="stable")
    norms = face_leads.norms[order]
    leading = (face_leads.lead >= LEAD)[order].astype(np.float64)
    shares = IsotonicRegression().fit_transform(norms, leading) if len(norms) else np.zeros(1)
    if shares[-1] < CLEAR_SHARE:
        raise UserError(
            f"Only {shares[-1]:.0%} of the clearest faces are closer to their own person than to any other, and "
            f"{CLEAR_SHARE:.0%} are needed: check the labels, or add samples of each person."
        )
    first_usable, first_clear = np.searchsorted(shares, [UNUSABLE_SHARE, CLEAR_SHARE])
    unusable = 0.0 if first_usable == 0 else _step(norms[first_usable])
    return unusable, max(_step(norms[first_clear]), unusable + STEP)


def clear_reach(face_leads: Leads, clear: float) -> float:
    """Return the similarity to their own centroid that 95 % of the faces with a norm of `clear` or more reach."""
    return float(np.quantile(face_leads.own[face_leads.norms >= clear], BEYOND_REACH))


def _step(norm: float) -> float:
    return round(round(norm / STEP) * STEP, 6)


def _unit(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), NO_DIRECTION), np.float64)
