"""What a plot of screen time shows: lanes on one axis of time, above sections such as shots or episodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from screenalytics_assets.contract.screen_time_records import (
    Appearance,
    Lane,
    Presence,
    ScreenTime,
    SeasonLane,
    SeasonScreenTime,
)
from screenalytics_resources.plain_text import printable


@dataclass(frozen=True)
class PlotLane:
    """One row of the plot. Appearances are on the axis of the plot, in seconds."""

    title: str
    lane_id: str
    named: bool
    seconds: float
    share: float
    appearances: Sequence[Appearance]


@dataclass(frozen=True)
class PlottedTime:
    """Content of a plot. `sections` are title (empty: none), start and end in seconds, in order of time."""

    title: str
    duration_s: float
    lanes: Sequence[PlotLane]
    section_name: str
    sections: Sequence[tuple[str, float, float]]


def plotted_episode(screen_time: ScreenTime, with_names: bool = True) -> PlottedTime:
    """Return the lanes of an episode. Without names, lanes are called by their identities."""
    lanes = [_lane(lane, _title(lane, with_names), lane.appearances) for lane in screen_time.lanes]
    shots = [("", shot.first_s, shot.end_s) for shot in screen_time.shots]
    return PlottedTime(screen_time.ep_id, screen_time.duration_s, lanes, "shots", shots)


def plotted_season(screen_time: SeasonScreenTime, with_names: bool = True) -> PlottedTime:
    """Return the lanes of a show, its episodes one after the other. Without names, people are called by number."""
    ends = list(accumulate((episode.duration_s for episode in screen_time.episodes), initial=0.0))
    starts = dict(zip((episode.ep_id for episode in screen_time.episodes), ends, strict=False))
    lanes = []
    for number, lane in enumerate(screen_time.lanes, 1):
        moved = [row for ep_id, presence in lane.episodes.items() for row in _moved(presence, starts[ep_id])]
        title = lane.title if with_names else f"person {number}" if lane.person_id else lane.lane_id
        lanes.append(_lane(lane, title, moved))
    prefix = f"{screen_time.show}-"
    sections = [
        (ep_id.removeprefix(prefix), start, end) for (ep_id, start), end in zip(starts.items(), ends[1:], strict=True)
    ]
    return PlottedTime(screen_time.show, screen_time.duration_s, lanes, "episodes", sections)


def _lane(lane: Lane | SeasonLane, title: str, appearances: Sequence[Appearance]) -> PlotLane:
    named = bool(lane.name or lane.person_id or lane.label)
    return PlotLane(printable(title), lane.lane_id, named, lane.seconds, lane.share, appearances)


def _title(lane: Lane, with_names: bool) -> str:
    if with_names:
        return lane.title
    others = len(lane.identity_ids) - 1
    return f"{lane.identity_ids[0]} +{others}" if others else lane.identity_ids[0]


def _moved(presence: Presence, by_s: float) -> list[Appearance]:
    return [
        row.model_copy(update={"first_s": row.first_s + by_s, "end_s": row.end_s + by_s})
        for row in presence.appearances
    ]
