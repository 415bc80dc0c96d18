"""Co-occurrence: two tracks that share a frame show two people, so they may never end in one identity.

In published track tables of television not one of 2,669 such pairs (The Big Bang Theory), and 15 of 2,267
(Buffy, where one actor plays a double), are the same person. Mirrors and split screens are the exceptions; a
small file beside the episode's video lists when they are on screen.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import sharing_frames
from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS, Exceptions
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.track_boxes import box_at, on_one_face


def sharing_pairs(tracks: Sequence[Track], exceptions: Exceptions = NO_EXCEPTIONS) -> NDArray[np.int64]:
    """Pairs (P, 2), i < j, of `tracks` that share a frame outside every exception.

    Tracks whose boxes lie on one face in the middle of what they share are no such pair: a detector now and then
    sees a face twice, most of all where one track ends and its successor begins.
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
    excused = np.zeros(len(pairs), np.bool_)
    for from_s, to_s in _joined(exceptions.spans):
        excused |= (begins >= from_s) & (stops <= to_s)
    return pairs[~excused]


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same time as spans that neither touch nor overlap, in order."""
    joined: list[tuple[float, float]] = []
    for from_s, to_s in sorted(spans):
        if joined and from_s <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], to_s))
        else:
            joined.append((from_s, to_s))
    return joined
