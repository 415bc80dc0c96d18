"""How long the picture of a video lasts, without the other streams of its container."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.video.clock import clock_of, may_jump
from screenalytics_resources.video.container import open_container, video_errors
from screenalytics_resources.video.streams import start_of, stream_duration, video_stream

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_MISSING_S = 1.0
"""A file is truncated if its last packet ends more than this before the stated end, in seconds."""


def picture_length(path: Path, container: "InputContainer", stream: "VideoStream", fps: float) -> float:
    """Return the duration of `stream` in seconds: as stated for the stream itself, or from its packets.

    `container` must have `path` open; it is not read from. Subtitles or sound may outlast the picture, so the
    container's duration counts only for a picture without company, or a file that ends before it.
    """
    # Where the clock may jump, FFmpeg's duration is the difference of the last and the first timestamp.
    stated = None if may_jump(container) else _own_duration(container, stream, fps)
    if stated is not None:
        return stated
    scan = _scan(path, stream.index, fps)
    end = _container_end(container)
    if not may_jump(container) and scan.any_end < end - _MISSING_S:
        return end - start_of(stream)  # truncated: the end of the picture is missing from the file
    return scan.picture


@dataclass(frozen=True)
class _Scan:
    """Seconds that the picture lasts, and the latest end of any packet as the container counts."""

    picture: float
    any_end: float


def _own_duration(container: "InputContainer", stream: "VideoStream", fps: float) -> float | None:
    # FFmpeg states the duration of the ASF file for each of its streams.
    own = None if container.format.name == "asf" else stream_duration(stream)
    if own is not None:
        return min(own, _trimmed_length(stream, fps) or own)
    end = _container_end(container) if len(container.streams) == 1 else 0.0
    return end - start_of(stream) if end > start_of(stream) else None


def _trimmed_length(stream: "VideoStream", fps: float) -> float | None:
    """Return the seconds of a late picture that an edit list of MP4 trims, or None for any other stream.

    FFmpeg counts the empty edit in front of such a picture as part of it.
    """
    if start_of(stream) <= 0 or stream.time_base is None:
        return None
    entries = list(stream.index_entries)
    shown = [entry.timestamp for entry in entries if not entry.is_discard]
    if not shown or len(shown) == len(entries) or not 0 < stream.frames <= len(entries):
        return None  # not trimmed, or only a part of the index is in memory
    return float((max(shown) - min(shown)) * stream.time_base) + 1 / fps


def _container_end(container: "InputContainer") -> float:
    """Return the duration that the container states, in seconds. FFmpeg and others write the latest end there."""
    import av

    return max(0.0, container.duration / av.time_base) if container.duration else 0.0


def _scan(path: Path, index: int, fps: float) -> _Scan:
    """Read the timestamps of all packets. Decoding order serves, as its times have the same spacing."""
    import av

    any_end = last = step = 0.0
    with open_container(path) as container, video_errors(path):
        stream = video_stream(container, path, index)
        clock = clock_of(container, stream, fps)
        try:
            # Where the clock may jump, only the picture counts, and its packets alone are read fastest.
            for packet in container.demux(stream) if may_jump(container) else container.demux():
                if packet.dts is None or packet.time_base is None:
                    continue
                end = float(((packet.pts or packet.dts) + (packet.duration or 0)) * packet.time_base)
                any_end = max(any_end, end)
                if packet.stream.index == index:
                    last, step = clock.seconds(packet.dts, packet.duration), clock.step
        except (av.error.FFmpegError, IndexError):
            pass  # the file ends in the middle of a packet, or streams appeared while it was read
    return _Scan(last + step, any_end)
