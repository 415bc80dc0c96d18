"""An OpenTimelineIO timeline: the episode as one clip, with a marker per appearance."""

from fractions import Fraction
from typing import TYPE_CHECKING

from screenalytics_assets.contract.screen_time_records import ScreenTime
from screenalytics_assets.screen_time.formats.markers import COLOURS, appearance_markers, rate_of
from screenalytics_assets.screen_time.frame_rate import frame_at
from screenalytics_resources.artifact_store import EPISODE_FILE

if TYPE_CHECKING:
    from opentimelineio.opentime import TimeRange


def otio(screen_time: ScreenTime) -> bytes:
    """Return the timeline as JSON in UTF-8. Times are in frames at the rate of the video, the first frame is 0.

    The markers are on the stack of tracks, so editing software shows them above its timeline. The clip refers to
    `episode.mp4`, to which the software asks to be relinked.
    """
    from opentimelineio import adapters, schema

    rate = rate_of(screen_time)
    whole = _range(0, max(1, frame_at(screen_time.duration_s, rate)), rate)
    clip = schema.Clip(screen_time.ep_id, schema.ExternalReference(EPISODE_FILE, whole), whole)
    timeline = schema.Timeline(screen_time.ep_id)
    timeline.tracks.append(schema.Track("video", [clip], kind=schema.TrackKind.Video))
    for marker in appearance_markers(screen_time, rate):
        facts = {"screenalytics": {"lane_id": marker.lane_id, "state": marker.state}}
        marked = _range(marker.first, marker.frames, rate)
        timeline.tracks.markers.append(schema.Marker(marker.title, marked, COLOURS[marker.state], facts))
    content: str = adapters.write_to_string(timeline, "otio_json")
    return content.encode()


def _range(first: int, frames: int, rate: Fraction) -> "TimeRange":
    from opentimelineio.opentime import RationalTime, TimeRange

    return TimeRange(RationalTime(first, float(rate)), RationalTime(frames, float(rate)))
