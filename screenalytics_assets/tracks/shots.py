"""Shots: where each shot ends, and which frames next to a cut may show two shots at once.

Cuts are found in every frame (`cuts`, `structure`). Flashes are removed before (`flashes`), and dissolves are found
separately (`dissolves`), because they are only known when they are over.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from screenalytics_assets.contract.schemas import Shot
from screenalytics_assets.tracks.cuts import WINDOW, CutDetector
from screenalytics_resources.video.frames import Frame

MERGE_WITHIN = 2
"""Cuts at most this many frames apart are one transition, because a blended frame differs from both neighbours."""

LOOKAHEAD = WINDOW + MERGE_WITHIN + 1
"""Frames to read before the shot of a frame is known: AdaptiveDetector's window, merging, the frame itself."""

DETECTORS = ("AdaptiveDetector", "ContentDetector")


@dataclass(frozen=True)
class PlacedFrame:
    """Frame with its shot, counted from 0. `in_transition` frames are next to a cut and may show two shots."""

    frame: Frame
    shot: int
    starts_shot: bool
    in_transition: bool


def is_transition(frame: int, cuts: set[int]) -> bool:
    """Return whether `frame` is the last before a cut or the first after one. Either may blend both shots."""
    return frame in cuts or frame + 1 in cuts


def starts_shot(frame: int, cuts: set[int]) -> bool:
    """Return whether a shot begins at `frame`. If several cuts form one transition, only the last one counts."""
    return frame in cuts and not any(frame + ahead in cuts for ahead in range(1, MERGE_WITHIN + 1))


def place_frames(frames: Iterable[Frame], detector: CutDetector) -> Iterator[PlacedFrame]:
    """Yield every frame with its shot, delayed by `LOOKAHEAD` frames."""
    waiting: deque[Frame] = deque()
    shot = 0

    def place() -> PlacedFrame:
        nonlocal shot
        frame = waiting.popleft()
        starts = starts_shot(frame.index, detector.cuts)
        shot += starts
        placed = PlacedFrame(frame, shot, starts, is_transition(frame.index, detector.cuts))
        detector.cuts.discard(frame.index - 1)
        return placed

    for frame in frames:
        detector.feed(frame)
        waiting.append(frame)
        if len(waiting) > LOOKAHEAD:
            yield place()
    while waiting:
        yield place()


class ShotList:
    """Shots of the placed frames added so far. It keeps the index and time of frames, but no images."""

    def __init__(self) -> None:
        self._spans: list[tuple[tuple[int, float], tuple[int, float]]] = []
        self._times: dict[int, float] = {}
        """Time of each frame of the last shot, by index."""

    def add(self, placed: PlacedFrame) -> None:
        moment = (placed.frame.index, placed.frame.ts)
        if placed.starts_shot or not self._spans:
            self._spans.append((moment, moment))
            self._times.clear()
        else:
            self._spans[-1] = (self._spans[-1][0], moment)
        self._times[placed.frame.index] = placed.frame.ts

    def divide(self, cut: int) -> None:
        """Divide the last shot: frame `cut`, which is in it and is not its first one, begins a new shot."""
        first, last = self._spans[-1]
        self._spans[-1] = (first, (cut - 1, self._times[cut - 1]))
        self._spans.append(((cut, self._times[cut]), last))
        self._times = {index: ts for index, ts in self._times.items() if index >= cut}

    def __len__(self) -> int:
        return len(self._spans)

    @property
    def last_shot_frames(self) -> range:
        """Frames of the last shot."""
        return range(self._spans[-1][0][0], self._spans[-1][1][0] + 1)

    def shots(self) -> tuple[Shot, ...]:
        return tuple(
            Shot(
                shot_id=shot_id(number),
                first_frame=first_frame,
                last_frame=last_frame,
                first_ts=round(first_ts, 4),
                last_ts=round(last_ts, 4),
            )
            for number, ((first_frame, first_ts), (last_frame, last_ts)) in enumerate(self._spans)
        )


def shot_id(number: int) -> str:
    """Return the id of the shot with this number, counted from 0."""
    return f"shot-{number + 1:04d}"
