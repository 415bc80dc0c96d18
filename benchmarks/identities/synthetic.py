"""Synthetic track vectors of two kinds: well-separated people, and noisy tracks that connect all people."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

DIM = 512
TRACKS_PER_PERSON = 25
SEED = 20261121
Kind = Literal["separate", "entangled"]
KINDS_OF_TRACKS: tuple[Kind, ...] = ("separate", "entangled")
THRESHOLDS: dict[Kind, float] = {"separate": 0.40, "entangled": 0.33}
"""Thresholds of the linkage. At 0.33 the entangled tracks are one connected component."""


@dataclass(frozen=True)
class Tracks:
    """Unit vectors (N, 512) float32 and the person (N,) of each."""

    vectors: NDArray[np.float32]
    people: NDArray[np.int64]


def make_tracks(count: int, kind: Kind) -> Tracks:
    """Make `count` tracks of count / 25 people. Tracks per person follow Zipf's law with exponent 0.7.

    A track is its person's direction plus noise. The noise of entangled tracks varies. The noisier such a track, the
    larger its component along a direction that all noisy tracks share, as blurred faces do.
    """
    rng = np.random.default_rng([SEED, count])
    people = max(1, count // TRACKS_PER_PERSON)
    weights = np.arange(1, people + 1) ** -0.7
    owners = rng.choice(people, count, p=weights / weights.sum())
    directions = _unit(rng.normal(size=(people, DIM)).astype(np.float32))
    noise = rng.normal(size=(count, DIM)).astype(np.float32) / np.float32(np.sqrt(DIM))
    if kind == "separate":
        return Tracks(_unit(directions[owners] + np.float32(0.9) * noise), owners)
    amount = rng.uniform(0.5, 2.0, (count, 1)).astype(np.float32)
    shared = _unit(rng.normal(size=(1, DIM)).astype(np.float32))
    return Tracks(_unit(directions[owners] + amount * noise + np.float32(0.75) * amount * shared), owners)


def strangers(people: NDArray[np.int64], pairs: int) -> NDArray[np.int64]:
    """Draw up to `pairs` pairs (P, 2) of tracks of different people, like tracks that share a frame."""
    rng = np.random.default_rng([SEED, pairs])
    drawn = rng.integers(0, len(people), (pairs, 2))
    return np.asarray(drawn[people[drawn[:, 0]] != people[drawn[:, 1]]], np.int64)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
