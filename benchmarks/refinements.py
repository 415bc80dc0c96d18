"""Second looks at landmarks: how often and on what the job refines them, so that the floor can repeat them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.inference.engine import Engine


@dataclass(frozen=True)
class Refinement:
    """One second look: the size of the picture in pixels, and the face's box (x1, y1, x2, y2) in it."""

    width: int
    height: int
    box: tuple[float, float, float, float]


@contextmanager
def recorded_refinements() -> Iterator[list[Refinement]]:
    """Yield a list that receives every refinement of this process while the block runs."""
    refinements: list[Refinement] = []
    refine = Engine.refine

    def recording(
        engine: Engine, image: NDArray[np.uint8], box: NDArray[np.float32], landmarks: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        if engine.pack.detector.refine_px is not None:
            x1, y1, x2, y2 = (float(edge) for edge in box)
            refinements.append(Refinement(image.shape[1], image.shape[0], (x1, y1, x2, y2)))
        return refine(engine, image, box, landmarks)

    Engine.refine = recording  # type: ignore[method-assign, assignment]
    try:
        yield refinements
    finally:
        Engine.refine = refine  # type: ignore[method-assign]
