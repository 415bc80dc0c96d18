"""Problems of stored screen time: whether it adds up with the tracks, counted in another way than it was made."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np

from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.contract.screen_time_records import Lane, ScreenTime

_ROUNDING_S = 0.0005
"""Half a millisecond: times are rounded to milliseconds."""


def screen_time_problems(
    screen_time: ScreenTime, tracks: Sequence[Track], dismissed: Collection[str], frame_s: float
) -> list[str]:
    """Return one clause per problem. `frame_s` is the length of a frame in seconds.

    Every track that is neither deleted nor dismissed must be in one place, and the seconds of each lane must be those
    that its tracks cover.
    """
    present = {track.track_id: track for track in tracks if not track.deleted and track.track_id not in dismissed}
    places = Counter([*(t for lane in screen_time.lanes for t in lane.track_ids), *screen_time.tracks_in_no_identity])
    problems = [f"{track} counts, but is deleted or does not exist" for track in sorted(places.keys() - present.keys())]
    problems += [f"{track} is on screen but counts nowhere" for track in sorted(present.keys() - places.keys())]
    problems += [f"{track} counts {count} times" for track, count in sorted(places.items()) if count > 1]
    if problems:
        return problems
    for lane in screen_time.lanes:
        problems += _lane_problems(lane, present, frame_s)
    outside = covered_seconds([present[track] for track in screen_time.tracks_in_no_identity], frame_s)
    if abs(outside - screen_time.seconds_in_no_identity) > _ROUNDING_S:
        stated = screen_time.seconds_in_no_identity
        problems.append(f"tracks in no identity have {stated} s, but cover {outside:.3f} s")
    return problems


def covered_seconds(tracks: Sequence[Track], frame_s: float) -> float:
    """Return the seconds that the tracks cover: from the first to the end of the last, without the gaps in between."""
    if not tracks:
        return 0.0
    first = np.round([track.first_ts for track in tracks], 3)
    end = np.round([track.last_ts + frame_s for track in tracks], 3)
    order = np.argsort(first, kind="stable")
    covered_until = np.maximum.accumulate(end[order])
    gaps = first[order][1:] - covered_until[:-1]
    return float(covered_until[-1] - first.min() - gaps[gaps >= frame_s / 2].sum())


def _lane_problems(lane: Lane, present: Mapping[str, Track], frame_s: float) -> list[str]:
    covered = covered_seconds([present[track] for track in lane.track_ids], frame_s)
    parts = lane.confirmed_seconds + lane.automatic_seconds + lane.uncertain_seconds
    shown = sum(appearance.end_s - appearance.first_s for appearance in lane.appearances)
    figures = {"the sum of its states": parts, "the sum of its appearances": shown, "what its tracks cover": covered}
    who = lane.identity_ids[0]  # no names: they could not be deleted from the event log
    return [
        f"{who} has {lane.seconds} s, but {name} is {seconds:.3f} s"
        for name, seconds in figures.items()
        if abs(seconds - lane.seconds) > _ROUNDING_S
    ]
