"""Which video stream of a container is the film."""

from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream


def video_stream(container: "InputContainer", path: Path, index: int | None = None) -> "VideoStream":
    """Return the stream `index` of the container, or the main video stream.

    The main stream has the default flag, and among equals the largest width times height times duration. Cover
    pictures are never chosen.

    Raises:
        UserError: no such stream exists, or it cannot be decoded here.
    """
    candidates = [stream for stream in container.streams.video if not _is_cover(stream)]
    if index is not None:
        return _decodable(_numbered(container, candidates, path, index), path)
    if not candidates:
        kinds = ", ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise UserError(f"{path} has no video stream (it contains: {kinds}). Give a file with a video stream.")
    return _decodable(max(candidates, key=_rank), path)


def stream_duration(stream: "Stream") -> float | None:
    """Return the duration that the container states for `stream` itself, in seconds, or None."""
    if stream.duration and stream.duration > 0 and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    # Matroska has no such element. FFmpeg and mkvmerge write a tag, the latter with a language.
    tags = {name.upper().split("-")[0]: value for name, value in stream.metadata.items()}
    seconds = _seconds(tags.get("DURATION", ""))
    if seconds is None or "_STATISTICS_WRITING_APP" in tags:
        return seconds
    return max(0.0, seconds - start_of(stream))  # FFmpeg's tag is the end of the stream, mkvmerge's its length


def start_of(stream: "Stream") -> float:
    """Return the first timestamp of a stream in seconds, 0 if it is unknown."""
    if stream.start_time is None or stream.time_base is None:
        return 0.0
    return float(stream.start_time * stream.time_base)


def _numbered(container: "InputContainer", candidates: "list[VideoStream]", path: Path, index: int) -> "VideoStream":
    chosen = next((stream for stream in candidates if stream.index == index), None)
    if chosen is None:
        kinds = ", ".join(f"{stream.index} {stream.type}" for stream in container.streams)
        raise UserError(f"{path} has no video stream {index} (it contains: {kinds}). Choose a video stream.")
    return chosen


def _decodable(stream: "VideoStream", path: Path) -> "VideoStream":
    if not _has_decoder(stream):
        raise UserError(f"{path} has a video stream whose codec has no decoder here. Convert it to H.264.")
    return stream


def _rank(stream: "VideoStream") -> tuple[bool, bool, float, int]:
    from av.stream import Disposition

    if not _has_decoder(stream):
        return False, False, 0.0, -stream.index
    context = stream.codec_context
    size = float(context.width * context.height)
    return True, bool(stream.disposition & Disposition.default), size * (stream_duration(stream) or 1.0), -stream.index


def _has_decoder(stream: "VideoStream") -> bool:
    # PyAV's annotation says otherwise, but without a decoder there is no context.
    return getattr(stream, "codec_context", None) is not None


def _is_cover(stream: "VideoStream") -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.attached_pic)


def _seconds(text: str) -> float | None:
    """Read `HH:MM:SS.fraction`."""
    try:
        hours, minutes, seconds = text.strip().split(":")
        return 3600 * int(hours) + 60 * int(minutes) + float(seconds)
    except ValueError:
        return None
