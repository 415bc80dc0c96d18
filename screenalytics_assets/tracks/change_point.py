"""Change point: where between two gate samples the person changes."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def change_point(
    before: NDArray[np.float32], after: NDArray[np.float32], between: Sequence[NDArray[np.float32]]
) -> int:
    """Return how many of the faces `between`, in time order, still show the person of `before`.

    All embeddings are unit vectors (D,). The others show the person of `after`. The number is the one with the largest
    sum of similarities to the person that each face is said to show. Of equal ones the largest is returned.
    """
    gains = [float(vector @ before) - float(vector @ after) for vector in between]
    sums = np.cumsum([0.0, *gains])
    return int(len(sums) - 1 - np.argmax(sums[::-1]))
