"""Two halves of the people that share nobody: one to choose by, one to report on."""

import numpy as np
from numpy.typing import NDArray

SEED = 20261121


def split_people(count: int, seed: int = SEED) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the people to tune on and of those to report on, of `count` people in order of name.

    A seeded permutation; its even positions are tuned on, its odd ones reported.
    """
    order = np.random.default_rng(seed).permutation(count)
    return order[0::2], order[1::2]
