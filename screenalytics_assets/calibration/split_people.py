"""Two disjoint halves of the people: one to tune on, one held out to report on."""

import numpy as np
from numpy.typing import NDArray

SEED = 20261121


def split_people(count: int, seed: int = SEED) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Split `count` people, sorted by name, into indices to tune on and indices to report on.

    These are the even and the odd positions of a seeded permutation.
    """
    order = np.random.default_rng(seed).permutation(count)
    return order[0::2], order[1::2]
