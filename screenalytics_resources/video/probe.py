"""Facts about a video from its container's header and its first frame."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

MIN_SIDE_PX = 32
"""Smallest side of a usable video, in pixels. No detector here finds a face in less (YuNet's coarsest stride is 32)."""


@dataclass(frozen=True)
class VideoProbe:
    """Facts about a video.

    `width` and `height` are in pixels, after `rotation` in counter-clockwise degrees. `duration_s` and
    `frames_stated` are 0 if the container does not state them.
    """

    container: str
    codec: str
    width: int
    height: int
    rotation: int
    fps: float
    duration_s: float
    frames_stated: int


def open_container(path: Path) -> "InputContainer":
    """Open `path` for demuxing.

    Raises:
        UserError: if that fails, with the reason.
    """
    import av

    if not path.exists():
        raise UserError(f"There is no video at {path}. Check the path.")
    if not path.is_file():
        raise UserError(f"{path} is not a file. Give the path of a video file.")
    if path.stat().st_size == 0:
        raise UserError(f"{path} is empty (0 bytes). Copy the video again.")
    try:
        return av.open(str(path), mode="r")
    except (av.error.FFmpegError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read as a video ({_reason(error)}): it is not a video, or its index is truncated. "
            f"Export or copy it again."
        ) from None


def video_stream(container: "InputContainer", path: Path) -> "VideoStream":
    """Return the first video stream that is not the cover picture of an audio file.

    Raises:
        UserError: if no such stream exists.
    """
    from av.stream import Disposition

    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        kinds = ", ".join(sorted({s.type for s in container.streams})) or "nothing"
        raise UserError(f"{path} has no video stream (it contains: {kinds}). Give a file with a video stream.")
    return streams[0]


def probe(path: Path) -> VideoProbe:
    """Read the header and the first frame of `path`.

    Raises:
        UserError: if it is not a usable video.
    """
    with open_container(path) as container:
        stream = video_stream(container, path)
        first = _first_frame(container, stream)
        if first is None:
            raise UserError(f"{path} has a video stream, but none of its frames can be decoded. Export it again.")
        rotation = first.rotation % 360
        width, height = (first.height, first.width) if rotation in (90, 270) else (first.width, first.height)
        if min(width, height) < MIN_SIDE_PX:
            raise UserError(
                f"{path} is {width}x{height} px, too small to show a face: each side must be at least {MIN_SIDE_PX} px."
            )
        rate = stream.average_rate or stream.guessed_rate
        if not rate:
            raise UserError(f"{path} does not state a frame rate. Convert it to MP4 and try again.")
        return VideoProbe(
            container=container.format.name,
            codec=stream.codec_context.name,
            width=width,
            height=height,
            rotation=rotation,
            fps=float(rate),
            duration_s=_duration(container, stream),
            frames_stated=stream.frames,
        )


def _first_frame(container: "InputContainer", stream: "VideoStream") -> "av.VideoFrame | None":
    import av

    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            continue
        if frames:
            frame: av.VideoFrame = frames[0]
            return frame
    return None


def _duration(container: "InputContainer", stream: "VideoStream") -> float:
    import av

    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else 0.0


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
