"""Shots: where one ends, and which frames beside a cut show two shots at once.

Two of PySceneDetect's detectors look at every frame: AdaptiveDetector holds against camera motion, and
ContentDetector catches cuts that follow each other too closely for the former. Their cuts are united, as a
missed cut costs more here than one too many: no track may cross a cut.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screenalytics_assets.contract.schemas import Shot
from screenalytics_resources.video.frames import Frame

if TYPE_CHECKING:
    from scenedetect.detector import SceneDetector

MERGE_WITHIN = 2
"""Cuts at most this many frames apart are one transition: a blended frame differs from both its neighbours."""

LOOKAHEAD = 2 + MERGE_WITHIN + 1
"""Frames to read before a frame's place is known: AdaptiveDetector's window of 2, the merging, the frame itself."""

DETECTORS = ("AdaptiveDetector", "ContentDetector")


@dataclass(frozen=True)
class PlacedFrame:
    """A frame with its shot (counted from 0) and whether it lies beside a cut and may show two shots."""

    frame: Frame
    shot: int
    starts_shot: bool
    in_transition: bool


class CutDetector:
    """Feeds frames in order to the detectors and collects the frames at which a new shot begins."""

    def __init__(self, fps: float, adaptive_threshold: float, content_threshold: float) -> None:
        from scenedetect.detectors import AdaptiveDetector, ContentDetector

        self._fps = fps
        self._detectors: list[SceneDetector] = [
            AdaptiveDetector(adaptive_threshold=adaptive_threshold, min_scene_len=1),
            ContentDetector(threshold=content_threshold, min_scene_len=1),
        ]
        self.cuts: set[int] = set()

    def feed(self, frame: Frame) -> None:
        from scenedetect import FrameTimecode

        timecode = FrameTimecode(frame.index, self._fps)
        for detector in self._detectors:
            self.cuts.update(cut.frame_num for cut in detector.process_frame(timecode, frame.thumbnail))


def is_transition(frame: int, cuts: set[int]) -> bool:
    """Whether `frame` is the last before a cut or the first after one: either can be a blend of both shots."""
    return frame in cuts or frame + 1 in cuts


def starts_shot(frame: int, cuts: set[int]) -> bool:
    """Whether a shot begins at `frame`: of several cuts that are one transition, the last one counts."""
    return frame in cuts and not any(frame + ahead in cuts for ahead in range(1, MERGE_WITHIN + 1))


def place_frames(frames: Iterable[Frame], detector: CutDetector) -> Iterator[PlacedFrame]:
    """Yield every frame, `LOOKAHEAD` frames late, with its shot."""
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
    """Collects the shots while placed frames go by; of a frame it keeps the index and the time, no picture."""

    def __init__(self) -> None:
        self._spans: list[tuple[tuple[int, float], tuple[int, float]]] = []

    def add(self, placed: PlacedFrame) -> None:
        moment = (placed.frame.index, placed.frame.ts)
        if placed.shot == len(self._spans):
            self._spans.append((moment, moment))
        else:
            self._spans[-1] = (self._spans[-1][0], moment)

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
    """Name of the shot with this number, counted from 0."""
    return f"shot-{number + 1:04d}"
