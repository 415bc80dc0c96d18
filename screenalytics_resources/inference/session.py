"""Interface of a session: a model that is ready to run."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Session(Protocol):
    """A model on a device. Any thread may run it."""

    def run(self, blob: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Run the model on its only input, shape (N, 3, height, width).

        Returns:
            The model's outputs in the model's order. The caller owns the arrays.
        """
        ...
