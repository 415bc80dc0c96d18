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

SECOND_LOOK_EVERY = 10
"""A second look is taken in every this many-th picture, and in those after it that it asks for."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Look:
    """A frame, and the faces in it; None if it is not analysed."""

    placed: PlacedFrame
    faces: Detections | None


def look_ahead(
    frames: Iterable[PlacedFrame],
    detect: Callable[[Picture], Detections],
    threads: int,
    second_look: Callable[[Picture, Detections | None], Detections] | None = None,
) -> Iterator[Look]:
    """Yield every frame in order, with the faces in those to analyse.

    `detect` runs in `threads` threads at once. At most one picture more than that is held. An error of `detect` is
    raised where its frame would be yielded.

    `second_look` replaces `detect`. Of every `SECOND_LOOK_EVERY` pictures the first is passed with None, and the others
    with the faces found in the first, so the threads do not change any result here either.
    """
    waiting: deque[tuple[PlacedFrame, Future[Detections] | None]] = deque()
    pictures = submitted = 0
    first: Future[Detections] | None = None
    with ThreadPoolExecutor(threads, thread_name_prefix="detect") as pool:
        try:
            for placed in frames:
                image = image_to_analyse(placed)
                future = None
                if image is not None and second_look is None:
                    future = pool.submit(detect, image)
                elif image is not None and second_look is not None:
                    first = None if submitted % SECOND_LOOK_EVERY == 0 else first
                    future = pool.submit(_look_again, image, second_look, first)
                    first = first or future
                waiting.append((placed, future))
                pictures += image is not None
                submitted += image is not None
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


def _look_again(
    image: Picture, second_look: Callable[[Picture, Detections | None], Detections], first: Future[Detections] | None
) -> Detections:
    # The pool starts its tasks in order, so `first` is done or running in another thread.
    return second_look(image, None if first is None else first.result())


def _first(waiting: "deque[tuple[PlacedFrame, Future[Detections] | None]]") -> Look:
    placed, faces = waiting.popleft()
    return Look(placed, None if faces is None else faces.result())
