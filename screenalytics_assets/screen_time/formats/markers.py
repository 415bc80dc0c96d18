"""Appearances as markers of editing software."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from screenalytics_assets.contract.screen_time_records import ScreenState, ScreenTime
from screenalytics_assets.screen_time.frame_rate import frame_at
from screenalytics_resources.plain_text import printable

COLOURS: Mapping[ScreenState, str] = {"confirmed": "GREEN", "automatic": "BLUE", "uncertain": "YELLOW"}
"""Colours that editing software knows. The state is in the text of a marker, too."""


@dataclass(frozen=True)
class AppearanceMarker:
    """One appearance of a person. `first` is its first frame from 0, and `frames` its length, at least 1."""

    first: int
    frames: int
    title: str
    lane_id: str
    state: ScreenState


def appearance_markers(screen_time: ScreenTime, rate: Fraction) -> list[AppearanceMarker]:
    """Return a marker per appearance, in order of time, at `rate` frames per second. Titles are on one line."""
    markers = []
    for lane in screen_time.lanes:
        for appearance in lane.appearances:
            first, end = frame_at(appearance.first_s, rate), frame_at(appearance.end_s, rate)
            frames = max(1, end - first)
            markers.append(AppearanceMarker(first, frames, printable(lane.title), lane.lane_id, appearance.state))
    return sorted(markers, key=lambda marker: (marker.first, marker.title, marker.lane_id))


def rate_of(screen_time: ScreenTime) -> Fraction:
    """Return the frame rate of the video."""
    return Fraction(screen_time.frame_rate)
