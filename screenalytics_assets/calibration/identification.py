"""Open-set identification: match a sample with one person of a cast of known people, or with none.

Matching is the product's own: prototypes of a few samples, the most similar person, the lead over the second.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.problem import Problem
from screenalytics_assets.calibration.sweep import Curve, grid, plateau_middle
from screenalytics_assets.cast.match_people import CastBounds
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.prototypes import prototypes

CAST_PHOTOS = 5
"""Known samples per person; at most half of the person's samples."""
DRAWS = 5
"""Times that the known samples are drawn again. All draws count."""
STEP = 0.001
MARGINS = grid(0.0, 0.3, 0.01)
REVIEW_SHARE = 0.5
"""Share of strangers that may be suggested for review: those more similar than the median stranger."""


@dataclass(frozen=True)
class Matches:
    """Best match of n samples: `similarity` (n,), `lead` (n,) over the second, and whether it is `right` (n,)."""

    similarity: NDArray[np.float64]
    lead: NDArray[np.float64]
    right: NDArray[np.bool_]

    def named(self, bounds: CastBounds) -> NDArray[np.bool_]:
        """Return which samples (n,) get a name."""
        return (self.similarity >= bounds.sim) & (self.lead >= bounds.margin)


@dataclass(frozen=True)
class Trials:
    """Matches of known people's samples, and of all samples as strangers, compared with all people but their own.

    `samples` is the number of distinct stranger samples, `cast_size` the number of people a stranger is compared with.
    """

    known: Matches
    strangers: Matches
    samples: int
    cast_size: int


def trials(samples: Problem, rng: np.random.Generator) -> Trials:
    """Compare every sample with a cast of all people who have two or more samples. Repeats this `DRAWS` times.

    Raises:
        UserError: fewer than two such people.
    """
    people, counts = np.unique(samples.people, return_counts=True)
    cast = people[counts > 1]
    if len(cast) < 2:
        raise UserError(f"Only {len(cast)} people have two samples or more, and a cast needs two: label more people.")
    drawn = [_draw(samples, cast, rng) for _ in range(DRAWS)]
    known, strangers = (_joined([draw[part] for draw in drawn]) for part in (0, 1))
    return Trials(known, strangers, len(samples), len(cast) - 1)


def _draw(samples: Problem, cast: NDArray[np.int64], rng: np.random.Generator) -> tuple[Matches, Matches]:
    scores = np.empty((len(samples), len(cast)))
    unseen = np.isin(samples.people, cast)
    for column, person in enumerate(cast):
        own = np.flatnonzero(samples.people == person)
        known = rng.permutation(own)[: min(CAST_PHOTOS, len(own) // 2)]
        unseen[known] = False
        stored = prototypes(samples.vectors[known], samples.norms[known])
        scores[:, column] = (samples.vectors @ stored.T).max(axis=1)
    own_person = samples.people[:, None] == cast[None, :]
    return _matches(scores[unseen], own_person[unseen]), _matches(np.where(own_person, -1.0, scores), own_person)


def _matches(scores: NDArray[np.float64], own_person: NDArray[np.bool_]) -> Matches:
    best = scores.argmax(axis=1)
    second, first = np.sort(scores, axis=1)[:, -2:].T
    return Matches(first, first - second, own_person[np.arange(len(scores)), best])


def _joined(parts: list[Matches]) -> Matches:
    columns = [[getattr(part, name) for part in parts] for name in ("similarity", "lead", "right")]
    return Matches(*(np.concatenate(column) for column in columns))


def cast_thresholds(tried: Trials, rate: float) -> CastBounds:
    """Return the bounds with a false accept rate of at most `rate` and the most correctly named samples.

    Each margin has one lowest similarity. Among the margins whose share of correct names is within 0.001 of the best,
    the middle one is taken: the largest would lose people, the smallest would accept look-alikes.

    Raises:
        UserError: the rate cannot be measured, or different people share the same samples.
    """
    check_rate(rate, tried.samples)
    review_sim = accept_threshold(tried.strangers.similarity, REVIEW_SHARE)
    sims = [_sim(tried.strangers, margin, rate) for margin in MARGINS.tolist()]
    options = [
        CastBounds(max(sim, review_sim), margin, review_sim) for sim, margin in zip(sims, MARGINS.tolist(), strict=True)
    ]
    rightly = [float((tried.known.named(bounds) & tried.known.right).mean()) for bounds in options]
    margin = plateau_middle(Curve(MARGINS, np.array(rightly)))
    return next(bounds for bounds in options if bounds.margin == margin)


def _sim(strangers: Matches, margin: float, rate: float) -> float:
    # A stranger without the lead gets no name, even at a high similarity.
    return accept_threshold(np.where(strangers.lead >= margin, strangers.similarity, -1.0), rate)


def check_rate(rate: float, samples: int | None = None) -> None:
    """Raise `UserError` unless the false accept rate is in (0, 1) and can be measured on `samples` samples."""
    if not 0 < rate < 1:
        raise UserError(f"The false accept rate {rate:g} is invalid: it must be between 0 and 1, for example 0.002.")
    if samples is not None and rate * samples < 1:
        raise UserError(
            f"The false accept rate {rate:g} cannot be measured on {samples} samples of strangers: "
            f"choose {1 / max(samples, 1):.2g} or more, or label more samples."
        )


def accept_threshold(strangers: NDArray[np.float64], rate: float) -> float:
    """Return the lowest threshold, in steps of 0.001, that at most a share `rate` of the strangers (S,) reaches.

    Raises:
        UserError: different people share the same samples.
    """
    allowed = int(np.floor(rate * len(strangers) + 1e-9))
    # All but `allowed` strangers must stay below the threshold.
    highest_refused = np.sort(strangers)[len(strangers) - allowed - 1]
    threshold = round(float(np.floor(highest_refused / STEP) + 1) * STEP, 3)
    if threshold > 1:
        raise UserError("Samples of different people are the same picture: check the labels.")
    return threshold
