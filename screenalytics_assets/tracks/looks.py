"""Looks: faces are detected in threads of their own, a few frames ahead of the tracker.

A detector uses one thread per picture, so several pictures at once use the cores better than one after the other. The
tracker still receives the frames in order, so the threads do not change any result.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.tracks.shots import PlacedFrame
from screenalytics_assets.tracks.skipped_looks import LONGEST_PAUSE_S, same_faces
from screenalytics_resources.inference.detectors import Detections

Detect = Callable[[NDArray[np.uint8]], Detections]


@dataclass(frozen=True)
class Look:
    """A frame, and the faces in it; None if no look at it was needed."""

    placed: PlacedFrame
    faces: Detections | None


def look_ahead(frames: Iterable[PlacedFrame], detect: Detect, threads: int, skip: bool = False) -> Iterator[Look]:
    """Yield every frame in order, with the faces in those to analyse.

    `detect` runs in `threads` threads at once. At most one picture more than that is held, or two more with `skip`. An
    error of `detect` is raised where its frame would be yielded.

    With `skip`, every second look of a shot is held back. It is skipped if the looks before and after it show the same
    faces and are at most `LONGEST_PAUSE_S` apart. The first and the last look of a shot are never skipped.
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="detect") as pool:
        looks = _Looks(pool, detect, skip)
        try:
            for placed in frames:
                looks.add(placed)
                while looks.pictures > threads and looks.first_is_decided():
                    yield looks.pop()
            looks.end_shot()
            while looks.waiting:
                yield looks.pop()
        finally:
            pool.shutdown(cancel_futures=True)


def image_to_analyse(placed: PlacedFrame) -> NDArray[np.uint8] | None:
    """Return the image (H, W, 3) of a frame to look for faces in; None if the frame is passed over or left out."""
    return None if is_left_out(placed) else placed.frame.image


def is_left_out(placed: PlacedFrame) -> bool:
    """Return whether the frame may show two shots or a flash, so that it is not analysed."""
    return placed.in_transition or placed.frame.in_flash


@dataclass
class _Waiting:
    """A frame that has not been yielded. One held back has a look before it, and later one after it."""

    placed: PlacedFrame
    image: NDArray[np.uint8] | None
    faces: Future[Detections] | None = None
    before: Future[Detections] | None = None
    after: Future[Detections] | None = None


class _Looks:
    """Frames in order, whose faces are being detected."""

    def __init__(self, pool: Executor, detect: Detect, skip: bool) -> None:
        self._pool = pool
        self._detect = detect
        self._skip = skip
        self._last: _Waiting | None = None
        """Last frame of this shot whose faces are being detected."""
        self._held: _Waiting | None = None
        self.waiting: deque[_Waiting] = deque()
        self.pictures = 0

    def add(self, placed: PlacedFrame) -> None:
        if placed.starts_shot:
            self.end_shot()
        frame = _Waiting(placed, image_to_analyse(placed))
        self.waiting.append(frame)
        if frame.image is None:
            return
        self.pictures += 1
        if self._may_be_held(placed):
            self._held = frame
            return
        self._look_at(frame)
        if self._held is not None and self._last is not None:
            self._held.before, self._held.after = self._last.faces, frame.faces
        self._held, self._last = None, frame

    def end_shot(self) -> None:
        """Look at the frame that is held back, because no frame of its shot follows."""
        if self._held is not None:
            self._look_at(self._held)
        self._held = self._last = None

    def first_is_decided(self) -> bool:
        return self.waiting[0] is not self._held

    def pop(self) -> Look:
        frame = self.waiting.popleft()
        self.pictures -= frame.image is not None
        if frame.before is not None and frame.after is not None:
            if same_faces(frame.before.result(), frame.after.result()):
                return Look(frame.placed, None)
            self._look_at(frame)
        return Look(frame.placed, None if frame.faces is None else frame.faces.result())

    def _may_be_held(self, placed: PlacedFrame) -> bool:
        if not self._skip or self._last is None or self._held is not None:
            return False
        return 2 * (placed.frame.ts - self._last.placed.frame.ts) <= LONGEST_PAUSE_S

    def _look_at(self, frame: _Waiting) -> None:
        if frame.image is not None:
            frame.faces = self._pool.submit(self._detect, frame.image)
