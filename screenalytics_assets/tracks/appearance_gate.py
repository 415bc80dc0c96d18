"""Appearance gate: finds where a track changes from one person to another, and the reason for each split.

The tracker associates boxes by position alone. The gate follows a track with a prototype, a running mean of its
embeddings. It splits the track where the appearance departs from the prototype or the box jumps.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

SplitReason = Literal["hard", "streak", "iou"]


@dataclass(frozen=True)
class Sample:
    """One detection of a track."""

    frame: int
    embedding: NDArray[np.float32] | None
    """Vector (D,) of any norm except 0; None if it was not computed."""
    iou: float | None
    """Overlap in [0, 1] with the track's previous box; None if there is no previous box."""
    norm: float = np.inf
    """Norm of the raw embedding, in the recogniser's own units; infinite if it is not known."""


@dataclass(frozen=True)
class GateSettings:
    """Bounds of the gate.

    Raises:
        ValueError: a value is outside its range, or `soft` is below `hard`.
    """

    hard: float
    """Cosine similarity to the prototype below which a single sample splits the track, in [-1, 1]."""
    soft: float
    """Lowest cosine similarity at which a sample agrees with the prototype, in [hard, 1]."""
    streak: int
    """Number of consecutive samples between `hard` and `soft` that split the track, 1 or more."""
    min_iou: float
    """Overlap below which the box counts as having jumped, in [0, 1]."""
    momentum: float
    """Weight of the old prototype when an agreeing sample updates it, in [0, 1]."""
    min_norm: float = 0.0
    """Norm below which a sample counts as having no embedding: such a face resembles no one reliably, not even its own
    person."""

    def __post_init__(self) -> None:
        _check_range("hard", self.hard, -1.0, 1.0)
        _check_range("soft", self.soft, -1.0, 1.0)
        _check_range("min_iou", self.min_iou, 0.0, 1.0)
        _check_range("momentum", self.momentum, 0.0, 1.0)
        _check_range("min_norm", self.min_norm, 0.0, np.inf)
        if self.soft < self.hard:
            raise ValueError(f"Expected soft to be at least hard ({self.hard}), but got {self.soft}.")
        if self.streak < 1:
            raise ValueError(f"Expected streak to be 1 or more, but got {self.streak}.")


@dataclass(frozen=True)
class Split:
    """Place where a track must be split."""

    index: int
    """Index of the sample that starts the new piece."""
    reason: SplitReason
    similarity: float | None
    """Cosine similarity of that sample to the prototype of the old piece; None if either is missing."""


@dataclass(frozen=True)
class _Doubt:
    """Sample whose similarity is between `hard` and `soft`."""

    index: int
    embedding: NDArray[np.float64]
    similarity: float


def find_splits(samples: Sequence[Sample], settings: GateSettings) -> list[Split]:
    """Return the splits of one track, in ascending order of index. `samples` must be in time order.

    For each sample, the first rule that holds splits the track:

    - `hard`: the similarity to the prototype is below `hard`.
    - `streak`: the sample is the last of `streak` consecutive samples with hard <= similarity < soft. The split is at
      the first of them. A sample without an embedding is not counted and does not end the streak.
    - `iou`: the overlap is below `min_iou` and the similarity is missing or below `soft`. In a fast pan the box jumps
      but the person stays, so an appearance that clearly agrees overrules the jump.

    A sample whose norm is below `min_norm` counts as having no embedding. The first sample never splits. The prototype
    of a piece starts as its first embedding, or after a streak as the mean of the streak's embeddings. Only samples
    with similarity >= soft move it. If a mean cancels out to zero, the newest embedding becomes the prototype.

    Raises:
        ValueError: an embedding is zero or not finite, or an overlap is outside [0, 1].
    """
    splits: list[Split] = []
    prototype: NDArray[np.float64] | None = None
    streak: list[_Doubt] = []
    for index, sample in enumerate(samples):
        embedding = _unit_embedding(sample, settings.min_norm)
        similarity = None if prototype is None or embedding is None else float(prototype @ embedding)
        if embedding is not None and similarity is not None:
            doubtful = settings.hard <= similarity < settings.soft
            streak = [*streak, _Doubt(index, embedding, similarity)] if doubtful else []
        split = _split_at(index, sample, similarity, streak, settings)
        if split is not None:
            splits.append(split)
            prototype = _mean(streak) if split.reason == "streak" else embedding
            streak = []
        elif embedding is not None:
            prototype = _updated_prototype(prototype, embedding, similarity, settings)
    return splits


def _split_at(
    index: int, sample: Sample, similarity: float | None, streak: list[_Doubt], settings: GateSettings
) -> Split | None:
    if similarity is not None and similarity < settings.hard:
        return Split(index, "hard", similarity)
    if len(streak) >= settings.streak:
        return Split(streak[0].index, "streak", streak[0].similarity)
    jumped = index > 0 and sample.iou is not None and sample.iou < settings.min_iou
    if jumped and (similarity is None or similarity < settings.soft):
        return Split(index, "iou", similarity)
    return None


def _updated_prototype(
    prototype: NDArray[np.float64] | None,
    embedding: NDArray[np.float64],
    similarity: float | None,
    settings: GateSettings,
) -> NDArray[np.float64]:
    """Return the prototype after a sample that did not split the track."""
    if prototype is None or similarity is None:
        return embedding
    if similarity < settings.soft:
        return prototype
    return _unit(settings.momentum * prototype + (1.0 - settings.momentum) * embedding, newest=embedding)


def _mean(streak: list[_Doubt]) -> NDArray[np.float64]:
    return _unit(np.mean([doubt.embedding for doubt in streak], axis=0), newest=streak[-1].embedding)


def _unit(vector: NDArray[np.float64], newest: NDArray[np.float64]) -> NDArray[np.float64]:
    norm = np.linalg.norm(vector)
    return newest if norm < 1e-6 else vector / norm


def _unit_embedding(sample: Sample, min_norm: float) -> NDArray[np.float64] | None:
    """Check a sample and return its embedding with unit norm, or None if it has no reliable one."""
    if sample.iou is not None:
        _check_range(f"iou at frame {sample.frame}", sample.iou, 0.0, 1.0)
    if sample.embedding is None:
        return None
    norm = float(np.linalg.norm(sample.embedding.astype(np.float64)))
    if not 0.0 < norm < np.inf:
        raise ValueError(f"Expected a finite embedding at frame {sample.frame}, but its norm is {norm}.")
    return sample.embedding.astype(np.float64) / norm if sample.norm >= min_norm else None


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"Expected {name} in [{low:g}, {high:g}], but got {value}.")
