"""Change point: where between two gate samples the person changes."""

import numpy as np
from numpy.typing import NDArray


def change_point(before: NDArray[np.float32], after: NDArray[np.float32], between: NDArray[np.float32]) -> int:
    """Return how many of the faces `between` (N, D), in time order, still show the person of `before` (D,).

    The remaining ones show the person of `after` (D,). All rows are unit vectors. The result is the number with the
    largest sum of similarities between each face and the person that it is assigned to. A tie gives the largest number.
    """
    sums = np.cumsum([0.0, *(between @ (before - after))])
    return int(len(sums) - 1 - np.argmax(sums[::-1]))
