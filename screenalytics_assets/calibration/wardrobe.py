"""Synthetic clothing descriptors: colour histograms of torsos, per person and outfit, as a scene shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = (6, 10, 10)
"""Bins of lightness, a and b of CIE Lab, 8 bits each."""
SIZE = int(np.prod(BINS))
PIXELS = 400
"""Pixels drawn per descriptor. Fewer make it noisier."""


@dataclass(frozen=True)
class Palette:
    """Colours of an outfit or a background: `centres` (K, 3) Lab in 0 to 255, `spread` (K,), `shares` (K,) sum 1."""

    centres: NDArray[np.float64]
    spread: NDArray[np.float64]
    shares: NDArray[np.float64]

    def pixels(self, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Draw `count` pixels (count, 3)."""
        which = rng.choice(len(self.shares), count, p=self.shares)
        return self.centres[which] + rng.normal(size=(count, 3)) * self.spread[which][:, None]


def draw_palette(rng: np.random.Generator) -> Palette:
    """Draw an outfit: one to three colours, most of them dull, as in real clothes."""
    count = int(rng.integers(1, 4))
    lightness = rng.uniform(20, 230, count)
    chroma = rng.normal(128, 18, (count, 2))
    return Palette(
        centres=np.column_stack([lightness, chroma]),
        spread=rng.uniform(6, 16, count),
        shares=rng.dirichlet(np.full(count, 2.0)),
    )


@dataclass(frozen=True)
class SceneLight:
    """What a scene does to all clothes: a shift of Lab (3,), and the background that gets into the torsos' boxes."""

    shift: NDArray[np.float64]
    background: Palette


def draw_scene_light(rng: np.random.Generator) -> SceneLight:
    return SceneLight(rng.normal(0.0, (12.0, 4.0, 4.0)), draw_palette(rng))


OWN_SHIFT = (16.0, 4.7, 4.7)
"""Standard deviation of a track's own shift of Lab: another camera, another light."""
CONTAMINATION = (0.05, 0.47)
"""Range of the share of a descriptor's pixels that shows the background."""


def descriptor(outfit: Palette, scene: SceneLight, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return what one track shows of an outfit in a scene: (600,) float32, sum 1."""
    behind = rng.binomial(PIXELS, rng.uniform(*CONTAMINATION))
    pixels = np.concatenate([outfit.pixels(PIXELS - behind, rng), scene.background.pixels(behind, rng)])
    return histogram(pixels + scene.shift + rng.normal(0.0, OWN_SHIFT))


def histogram(pixels: NDArray[np.float64]) -> NDArray[np.float32]:
    """Count pixels (N, 3) of 8-bit Lab in the bins; returns shares (600,)."""
    counts, _ = np.histogramdd(np.clip(pixels, 0, 255), BINS, [(0, 256)] * 3)
    return np.asarray(counts.ravel() / len(pixels), np.float32)


def affinity(descriptors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the Bhattacharyya coefficients (N, N), in [0, 1], of descriptors (N, 600)."""
    roots = np.sqrt(descriptors.astype(np.float64))
    return np.asarray(roots @ roots.T, np.float64)


def same_scene_auc(descriptors: NDArray[np.float32], people: Sequence[str], scenes: NDArray[np.int64]) -> float:
    """Return how often two tracks of one person are more alike than two people, over pairs of one scene."""
    names = np.unique(np.array(people), return_inverse=True)[1]
    one, other = np.triu_indices(len(names), 1)
    together = scenes[one] == scenes[other]
    one, other = one[together], other[together]
    scores, same = affinity(descriptors)[one, other], names[one] == names[other]
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores, kind="stable")] = np.arange(1, len(scores) + 1)
    positives = int(same.sum())
    return float((ranks[same].sum() - positives * (positives + 1) / 2) / (positives * (len(scores) - positives)))
