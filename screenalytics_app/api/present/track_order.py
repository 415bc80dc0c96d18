"""The order in which a person looks at the tracks of an identity: what fits least comes first.

Tracks that resemble each other stay together, because several tracks of one wrong person are moved in one go.
"""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.average_tree import average_tree


def least_fitting_first(vectors: NDArray[np.float32], similarities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the rows (N,) in order, by the tree of average linkage: at each branch the side that fits less is first.

    `vectors` (N, D) are unit rows, and `similarities` (N,) are to the centroid of the identity. Of two sides that fit
    equally well, the one with the earliest row comes first.
    """
    count = len(vectors)
    if count < 2:
        return np.arange(count)
    rows = vectors.astype(np.float64)
    distances = 1.0 - rows @ rows.T
    tree = average_tree((distances + distances.T) / 2)
    orders = [np.array([row]) for row in range(count)]
    for first, second in tree[:, :2].astype(int).tolist():
        sides = sorted((orders[first], orders[second]), key=lambda side: (similarities[side].mean(), side.min()))
        orders.append(np.concatenate(sides))
    return orders[-1]
