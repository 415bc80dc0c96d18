"""Timestamps of a stream as seconds from its start, continuous across jumps of its clock."""

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

BACKWARD_S = 0.1
"""A step back of more than this is a new clock, less is jitter, as in FFmpeg's `ts_discontinuity_process`."""
DISCONTINUITY_S = 10.0
"""A step ahead of more than this is a new clock, in containers whose clock may jump: FFmpeg's `dts_delta_threshold`."""
LONGEST_STILL_S = 3600.0
"""The same in other containers, such as MP4 and MKV. There a recorded slide may stand still for minutes."""
_TICK_S = 1e-6
"""Smallest step between two frames, in seconds."""
_PLACES = 10


class Clock:
    """Converts timestamps to seconds from the first one.

    A frame without a timestamp follows the previous one by `step` seconds. After a jump of the clock, back by more
    than `BACKWARD_S` or ahead by more than `forward_s`, the timeline continues one frame later.
    """

    def __init__(self, time_base: Fraction | None, step: float, forward_s: float) -> None:
        self._unit = float(time_base or 0)
        self.step = step
        """Duration of the last frame, in seconds, as far as it is known."""
        self._forward = forward_s
        self._first: float | None = None
        self._offset = 0.0
        self._last: float | None = None
        self.stated_end = 0.0
        """Latest timestamp as the stream states it, in seconds from the first one."""
        self.jumps = 0
        self.places: list[float] = []
        """Seconds at which the first ten jumps are."""

    def seconds(self, stamp: int | None, duration: int | None = None) -> float:
        """Return the seconds of the next frame. `stamp` and `duration` are in units of the time base."""
        last, step = self._last, self.step
        if stamp is None:
            seconds = 0.0 if last is None else last + step
        else:
            seconds = self._continued(stamp * self._unit, last, step)
        if last is not None:
            seconds = max(seconds, last + _TICK_S)
        if duration and duration * self._unit > 0:
            self.step = duration * self._unit
        self._last = seconds
        return seconds

    def _continued(self, stated: float, last: float | None, step: float) -> float:
        if self._first is None or last is None:
            self._first = stated - (0.0 if last is None else last + step)
        self.stated_end = max(self.stated_end, stated - self._first)
        seconds = stated - self._first + self._offset
        if last is None or -BACKWARD_S <= seconds - last <= self._forward:
            return seconds
        self.jumps += 1
        if len(self.places) < _PLACES:
            self.places.append(last)
        self._offset += last + step - seconds
        return last + step


def clock_of(container: "InputContainer", stream: "VideoStream", fps: float) -> Clock:
    """Return a clock for the timestamps of `stream`."""
    return Clock(stream.time_base, 1 / fps, DISCONTINUITY_S if may_jump(container) else LONGEST_STILL_S)


def may_jump(container: "InputContainer") -> bool:
    """Return whether the clock of this container's format may start again, as that of MPEG-TS may."""
    from av.format import Flags

    return bool(Flags(container.format.flags) & Flags.ts_discont)


def has_decoding_times_only(container: "InputContainer") -> bool:
    """Return whether the format has no presentation times, or none to rely on.

    AVI numbers its packets in decoding order. MXF has a constant rate, and its index may lack the offsets of reordered
    frames, as in H.264 that FFmpeg writes.
    """
    return container.format.name in ("avi", "mxf")
