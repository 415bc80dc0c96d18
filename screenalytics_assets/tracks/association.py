"""Association of detections from frame to frame with ByteTrack, one tracker per shot."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.settings.stages import TrackingSettings
from screenalytics_resources.boxes import iou
from screenalytics_resources.inference.packs import TrackBounds

TRACKERS_BUFFER_FPS = 30
"""The `trackers` library counts `lost_track_buffer` in frames at 30 per second, independent of the real rate."""

_UNTRACKED = -1


@dataclass(frozen=True)
class Association:
    """Assignment of detection `index` of frame `frame` to `track`."""

    track: int
    frame: int
    index: int


class FaceTracker:
    """ByteTrack for one shot that also returns the detection that started each track.

    The library gives a track its id at the second detection and leaves the first one without an id. This class keeps
    the first detection for one frame and adds it when the track gets its id.
    """

    def __init__(self, settings: TrackingSettings, bounds: TrackBounds, analysed_fps: float) -> None:
        """Start a tracker. Where a score in `settings` is null, the pack's value in `bounds` is used."""
        from trackers import ByteTrackTracker

        new_track = bounds.new_track_score if settings.new_track_thresh is None else settings.new_track_thresh
        high = bounds.track_score if settings.track_thresh is None else settings.track_thresh
        self._tracker = ByteTrackTracker(
            lost_track_buffer=max(1, round(settings.lost_buffer_s * TRACKERS_BUFFER_FPS)),
            frame_rate=analysed_fps,
            track_activation_threshold=new_track,
            minimum_consecutive_frames=2,
            minimum_iou_threshold=settings.match_min_iou,
            high_conf_det_threshold=high,
        )
        self._min_iou = settings.match_min_iou
        self._start_score = max(new_track, high)
        self._named: set[int] = set()
        self._previous = _Unnamed(0, np.empty((0, 4), np.float32), np.empty(0, np.int64))

    def update(
        self, frame: int, ts: float, boxes: NDArray[np.float32], scores: NDArray[np.float32]
    ) -> list[Association]:
        """Associate one frame's detections; `boxes` (N, 4) xyxy px, `scores` (N,) in [0, 1], `ts` in seconds."""
        import supervision as sv

        result = self._tracker.update(
            sv.Detections(xyxy=boxes, confidence=scores, data={"index": np.arange(len(boxes))}), timestamp=ts
        )
        names = np.asarray(result.tracker_id, np.int64)
        indices = np.asarray(result.data.get("index", np.empty(0)), np.int64)
        named = [pair for pair in zip(names.tolist(), indices.tolist(), strict=True) if pair[0] != _UNTRACKED]
        new = [(name, index) for name, index in named if name not in self._named]
        self._named.update(name for name, _ in new)
        first = self._first_detections([name for name, _ in new], boxes[[index for _, index in new]])
        could_start = np.sort(indices[(names == _UNTRACKED) & (scores[indices] >= self._start_score)])
        self._previous = _Unnamed(frame, boxes[could_start], could_start)
        return first + [Association(name, frame, index) for name, index in named]

    def _first_detections(self, names: list[int], boxes: NDArray[np.float32]) -> list[Association]:
        """Return the detections of the previous frame that started these tracks, now at `boxes` (M, 4).

        All are matched by overlap at the same time, as the library does. Matched one by one, a face could take the
        detection of its neighbour.
        """
        from scipy.optimize import linear_sum_assignment

        before = self._previous
        if not names or len(before.boxes) == 0:
            return []
        overlaps = np.stack([iou(box, before.boxes) for box in boxes])
        matched = zip(*linear_sum_assignment(overlaps, maximize=True), strict=True)
        return [
            Association(names[row], before.frame, int(before.indices[column]))
            for row, column in matched
            if overlaps[row, column] >= self._min_iou
        ]


@dataclass(frozen=True)
class _Unnamed:
    """Detections of the last frame that no track has claimed and whose score is high enough to start one."""

    frame: int
    boxes: NDArray[np.float32]
    indices: NDArray[np.int64]
