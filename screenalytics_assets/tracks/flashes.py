"""Flashes: a few frames of glare or of another picture, after which the shot goes on.

Shot detection would see two cuts. PySceneDetect's own flash filter drops cuts that are close together, real ones too.
Here the picture before a flash replaces its frames instead, so that the detectors find the same cuts as without it.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.video.frames import Frame

FLASH_S = 0.16
"""Longest flash, in seconds: 4 frames at 25 frames per second. Shots are longer."""
GLITCH_FRAMES = 2
"""Longest interruption by a picture that is not brighter. More frames of it are a shot."""
JUMP = 20.0
"""Smallest change of a flash's first frame, and smallest rise of its brightness, in mean grey levels."""
RETURN, RETURN_SHARE = 12.0, 0.15
"""The flash is over when the brightness differs by at most this from that before it: in grey levels, or as a share of
the jump, which allows for afterglow."""
SAME_PICTURE = 0.5
"""Largest difference of the pictures before and after a flash, as a share of the jump. It allows for camera motion. Two
shots with a flash between them may pass too: the detectors then find the cut at the frame after it."""
GRID = (16, 9)


@dataclass(frozen=True)
class _Seen:
    """Frame, and its colours (9, 16, 3) in grey levels, averaged over a grid."""

    frame: Frame
    colours: NDArray[np.float32]

    @property
    def brightness(self) -> float:
        return float(self.colours.mean())


def without_flashes(frames: Iterable[Frame], fps: float) -> Iterator[Frame]:
    """Yield every frame, delayed by the longest flash. The frames of a flash are not to be analysed.

    They are marked `in_flash` and have no image, and the thumbnail of the last frame before the flash. A flash at the
    beginning gets the thumbnail of the first frame after it.
    """
    longest = max(GLITCH_FRAMES, round(FLASH_S * fps))
    waiting: deque[_Seen] = deque()
    before: _Seen | None = None
    source = iter(frames)
    ended = False
    while True:
        while not ended and len(waiting) <= longest:
            frame = next(source, None)
            if frame is None:
                ended = True
            else:
                waiting.append(_Seen(frame, _colours(frame.thumbnail)))
        if not waiting:
            return
        if before is None:
            length = _opening_length(list(waiting), longest)
            clean = waiting[length].frame
        else:
            length = _flash_length(list(waiting), before, longest, ended)
            clean = before.frame
        for _ in range(length):
            yield replace(waiting.popleft().frame, thumbnail=clean.thumbnail, image=None, in_flash=True)
        if waiting and not length:
            before = waiting.popleft()
            yield before.frame


def _flash_length(waiting: Sequence[_Seen], before: _Seen, longest: int, ended: bool) -> int:
    """Return how many frames of `waiting` are a flash after the frame `before`: 0 to `longest`."""
    jump = _difference(waiting[0], before)
    if jump < JUMP:
        return 0
    glare = sum(1 for _ in takewhile(lambda seen: seen.brightness >= before.brightness + JUMP, waiting))
    for length in range(1, min(longest, max(glare, GLITCH_FRAMES), len(waiting) - 1) + 1):
        if _is_over(waiting[length], before, jump):
            return length
    return glare if ended and glare == len(waiting) <= longest else 0


def _is_over(seen: _Seen, before: _Seen, jump: float) -> bool:
    dimmed = abs(seen.brightness - before.brightness) <= max(RETURN, RETURN_SHARE * jump)
    return dimmed and _difference(seen, before) <= max(RETURN, SAME_PICTURE * jump)


def _opening_length(waiting: Sequence[_Seen], longest: int) -> int:
    """Return how many frames of `waiting` are a flash at the beginning of the video: 0 to `longest`.

    They are brighter than the frame after them. What the picture was before is unknown.
    """
    for length in range(1, min(longest, len(waiting) - 1) + 1):
        if all(seen.brightness >= waiting[length].brightness + JUMP for seen in waiting[:length]):
            return length
    return 0


def _colours(thumbnail: NDArray[np.uint8]) -> NDArray[np.float32]:
    import cv2

    # OpenCV averages over whole pixels much faster than over parts of them, so halving first takes a third of the time.
    half = max(1, thumbnail.shape[1] // 2), max(1, thumbnail.shape[0] // 2)
    halved = cv2.resize(thumbnail, half, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(halved, GRID, interpolation=cv2.INTER_AREA), np.float32)


def _difference(one: _Seen, other: _Seen) -> float:
    """Return the mean absolute difference of two frames in grey levels."""
    return float(np.abs(one.colours - other.colours).mean())
