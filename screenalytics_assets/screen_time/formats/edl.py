"""Markers as an edit decision list, in the two ways in which editing software reads them.

DaVinci Resolve reads a marker from an event of one frame, followed by a line with colour, name and length in frames
(*Timelines > Import > Timeline Markers from EDL*). Avid, Nucoda and OpenTimelineIO read comments `* LOC:`.
"""

from collections.abc import Iterator

from screenalytics_assets.contract.screen_time_records import ScreenTime
from screenalytics_assets.screen_time.formats.markers import COLOURS, AppearanceMarker, appearance_markers, rate_of
from screenalytics_assets.screen_time.frame_rate import DROP_FRAME, frame_of_timecode, nearest_standard, timecode
from screenalytics_resources.errors import UserError

START = "01:00:00:00"
"""Timecode of the first frame in most programmes, and of a new timeline in DaVinci Resolve."""


def edl(screen_time: ScreenTime, start: str = START) -> bytes:
    """Return an EDL in UTF-8 with a marker per appearance. `start` is the timecode of the video's first frame.

    A video whose rate has no timecodes gets those of the nearest rate that has; seconds stay the same.

    Raises:
        UserError: `start` is not a timecode at the rate of the video.
    """
    rate = nearest_standard(rate_of(screen_time))
    try:
        first = frame_of_timecode(start, rate)
    except ValueError as error:
        raise UserError(f"{error}: write the first frame's timecode as hours:minutes:seconds:frames.") from error
    mode = "DROP FRAME" if rate in DROP_FRAME else "NON-DROP FRAME"
    lines = [f"TITLE: {screen_time.ep_id}", f"FCM: {mode}", ""]
    for number, marker in enumerate(appearance_markers(screen_time, rate), 1):
        moments = (timecode(first + marker.first, rate), timecode(first + marker.first + 1, rate))
        lines += _event(number, marker, *moments)
    return ("\n".join(lines) + "\n").encode()


def _event(number: int, marker: AppearanceMarker, at: str, after: str) -> Iterator[str]:
    # A bar separates the fields of a marker, and three spaces separate the colour of a locator from its text.
    title = marker.title.replace("|", "/")
    text, colour = f"{title} ({marker.state})", COLOURS[marker.state]
    yield f"{number:03d}  001      V     C        {at} {after} {at} {after}"
    yield f" |C:ResolveColor{colour.title()} |M:{text} |D:{marker.frames}"
    yield f"* LOC: {at} {colour:<7} {text}"
    yield ""
