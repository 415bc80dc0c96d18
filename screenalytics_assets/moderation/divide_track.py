"""Divides a track into pieces, each with its share of the stored detections and crops."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from screenalytics_assets.contract.schemas import Track, TrackBox


def divide_track(track: Track, frames: Sequence[int]) -> list[Track]:
    """Divide a track before each of `frames`, which ascend and are frames of stored detections after the first.

    A piece ends at the last stored detection before the next piece. All pieces have the id of the track.
    """
    starts = [track.first_frame, *frames, track.last_frame + 1]
    stored = stored_detections(track)
    spans = [[box for box in stored if start <= box.frame < end] for start, end in pairwise(starts)]
    frame_counts = _shares(track.frame_count, [len(span) for span in spans])
    return [_piece(track, span, count) for span, count in zip(spans, frame_counts, strict=True)]


def stored_detections(track: Track) -> list[TrackBox]:
    """Return every stored detection of a track, from its boxes and crops, in time order."""
    crops = [TrackBox(frame=c.frame, ts=c.ts, bbox=c.bbox, score=c.det_score) for c in track.crops]
    by_frame = {box.frame: box for box in (*crops, *track.boxes)}
    return [by_frame[frame] for frame in sorted(by_frame)]


def _piece(track: Track, span: Sequence[TrackBox], count: int) -> Track:
    inside = range(span[0].frame, span[-1].frame + 1)
    return track.model_copy(
        update={
            "first_frame": span[0].frame,
            "last_frame": span[-1].frame,
            "first_ts": span[0].ts,
            "last_ts": span[-1].ts,
            "frame_count": count,
            "boxes": tuple(box for box in span if box in track.boxes or box in (span[0], span[-1])),
            "crops": tuple(crop for crop in track.crops if crop.frame in inside),
        }
    )


def _shares(count: int, stored: Sequence[int]) -> list[int]:
    """Distribute `count` detections over the pieces in proportion to `stored`, at least the stored number for each."""
    spare = max(0, count - sum(stored))
    ends = np.round(spare * np.cumsum([0, *stored]) / max(1, sum(stored))).astype(int)
    return [number + int(extra) for number, extra in zip(stored, np.diff(ends), strict=True)]
