"""Looks: faces are detected in separate threads, a few frames ahead of the tracker.

The detector uses one thread per picture, so detecting in several pictures at once keeps more cores busy. The
tracker still receives the frames in order, so the threads do not change any result.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.tracks.shots import PlacedFrame
from screenalytics_resources.inference.detectors import Detections


@dataclass(frozen=True)
class Look:
    """A frame, and the faces in it; None if it is not analysed."""

    placed: PlacedFrame
    faces: Detections | None


def look_ahead(
    frames: Iterable[PlacedFrame], detect: Callable[[NDArray[np.uint8]], Detections], threads: int
) -> Iterator[Look]:
    """Yield every frame in order, with the faces in those to analyse.

    `detect` runs in `threads` threads at once. At most one picture more than that is held. An error of `detect` is
    raised where its frame would be yielded.
    """
    waiting: deque[tuple[PlacedFrame, Future[Detections] | None]] = deque()
    pictures = 0
    with ThreadPoolExecutor(threads, thread_name_prefix="detect") as pool:
        try:
            for placed in frames:
                image = image_to_analyse(placed)
                waiting.append((placed, None if image is None else pool.submit(detect, image)))
                pictures += image is not None
                while pictures > threads:
                    look = _first(waiting)
                    pictures -= look.faces is not None
                    yield look
            while waiting:
                yield _first(waiting)
        finally:
            pool.shutdown(cancel_futures=True)


def image_to_analyse(placed: PlacedFrame) -> NDArray[np.uint8] | None:
    """Return the image (H, W, 3) of a frame to look for faces in; None if the frame is skipped or left out."""
    return None if is_left_out(placed) else placed.frame.image


def is_left_out(placed: PlacedFrame) -> bool:
    """Return whether the frame may show two shots or a flash, so that it is not analysed."""
    return placed.in_transition or placed.frame.in_flash


def _first(waiting: "deque[tuple[PlacedFrame, Future[Detections] | None]]") -> Look:
    placed, faces = waiting.popleft()
    return Look(placed, None if faces is None else faces.result())
