"""Co-occurrence: two tracks that share a frame show two people, so they never belong to the same identity.

In published track tables of television series, none of 2,669 such pairs (The Big Bang Theory) and 15 of 2,267 (Buffy,
where one actor plays a double) show the same person. Mirrors and split screens are exceptions. A small file next to
the episode's video lists when they are on screen.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import sharing_frames
from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS, Exceptions
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.track_boxes import box_at, on_one_face


def sharing_pairs(tracks: Sequence[Track], exceptions: Exceptions = NO_EXCEPTIONS) -> NDArray[np.int64]:
    """Return the pairs (P, 2), i < j, of `tracks` that share a frame, without those that an exception covers.

    A pair is also omitted if both boxes are on the same face in the middle of the frames that the tracks share. A
    detector sometimes detects a face twice, mostly where one track ends and the next begins.
    """
    first = np.array([track.first_frame for track in tracks], np.int64)
    last = np.array([track.last_frame for track in tracks], np.int64)
    pairs = sharing_frames(first, last)
    middles = (first[pairs].max(axis=1) + last[pairs].min(axis=1)) / 2
    apart = [
        not on_one_face(box_at(tracks[one], frame), box_at(tracks[other], frame))
        for (one, other), frame in zip(pairs.tolist(), middles.tolist(), strict=True)
    ]
    pairs = pairs[np.array(apart, np.bool_)]
    starts = np.array([track.first_ts for track in tracks])
    ends = np.array([track.last_ts for track in tracks])
    begins, stops = starts[pairs].max(axis=1), ends[pairs].min(axis=1)
    covered = np.zeros(len(pairs), np.bool_)
    for from_s, to_s in _merge_spans(exceptions.spans):
        covered |= (begins >= from_s) & (stops <= to_s)
    return pairs[~covered]


def _merge_spans(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Merge spans that touch or overlap. Returns spans in ascending order."""
    merged: list[tuple[float, float]] = []
    for from_s, to_s in sorted(spans):
        if merged and from_s <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], to_s))
        else:
            merged.append((from_s, to_s))
    return merged
