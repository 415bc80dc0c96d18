"""Frame rates as fractions, and timecodes.

Television counts 24000/1001, 30000/1001 and 60000/1001 frames per second. At the last two, drop-frame timecode leaves
out numbers, never frames, so that it keeps up with the clock. At 24000/1001 there is no drop-frame timecode.
"""

from fractions import Fraction

STANDARD = tuple(
    Fraction(*rate)
    for rate in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1), (60000, 1001), (60, 1))
)
"""Rates that have timecodes, in frames per second."""
DROP_FRAME = frozenset({Fraction(30000, 1001), Fraction(60000, 1001)})
_SAME = 3e-4
"""Relative difference up to which a measured rate is a standard one. 24000/1001 and 24 differ by 1e-3."""
_DENOMINATOR = 1001


def frame_rate(fps: float) -> Fraction:
    """Return the standard rate that `fps` was measured from, or the nearest fraction, such as 12.5 as 25/2.

    Raises:
        ValueError: `fps` is not positive.
    """
    if not fps > 0:
        raise ValueError(f"Expected a positive frame rate, got {fps}.")
    nearest = nearest_standard(fps)
    if abs(float(nearest) / fps - 1) < _SAME:
        return nearest
    return Fraction(fps).limit_denominator(_DENOMINATOR)


def nearest_standard(fps: float | Fraction) -> Fraction:
    """Return the nearest rate that has timecodes, for a video with another rate. Seconds stay the same."""
    return min(STANDARD, key=lambda rate: abs(float(rate) - float(fps)))


def frame_at(seconds: float, rate: Fraction) -> int:
    """Return the frame that is nearest to a time, counted from 0."""
    return round(Fraction(seconds).limit_denominator(1_000_000) * rate)


def timecode(frame: int, rate: Fraction) -> str:
    """Return the timecode `HH:MM:SS:FF` of a frame at a standard rate, or `HH:MM:SS;FF` if it drops numbers.

    Timecodes begin again after 24 hours.
    """
    base = round(rate)
    drop = rate in DROP_FRAME
    if drop:
        dropped = base // 15  # numbers left out at the start of each minute, except every tenth
        minute, ten_minutes = 60 * base - dropped, 600 * base - 9 * dropped
        tens, rest = divmod(frame, ten_minutes)
        frame += 9 * dropped * tens + dropped * max(0, (rest - dropped) // minute)
    seconds, frames = divmod(frame, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours % 24:02d}:{minutes:02d}:{seconds:02d}{';' if drop else ':'}{frames:02d}"


def frame_of_timecode(text: str, rate: Fraction) -> int:
    """Return the frame of a timecode `HH:MM:SS:FF`. The separators may be colons or semicolons.

    Raises:
        ValueError: the text is not a timecode at this rate.
    """
    parts = text.replace(";", ":").split(":")
    base = round(rate)
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) == 2 for part in parts):
        raise ValueError(f"{text!r} is not a timecode")
    hours, minutes, seconds, frames = map(int, parts)
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= base:
        raise ValueError(f"{text!r} is not a timecode at {base} frames per second")
    frame = (3600 * hours + 60 * minutes + seconds) * base + frames
    if rate not in DROP_FRAME:
        return frame
    whole_minutes = 60 * hours + minutes
    if seconds == 0 and frames < base // 15 and minutes % 10:
        raise ValueError(f"{text!r} is a number that drop-frame timecode leaves out")
    return frame - base // 15 * (whole_minutes - whole_minutes // 10)
