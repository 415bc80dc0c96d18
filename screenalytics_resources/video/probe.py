"""Facts about a video from its container's header and its first frame."""

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from screenalytics_resources.errors import UserError
from screenalytics_resources.video.container import MOST_MEGAPIXELS, open_container, video_errors
from screenalytics_resources.video.geometry import Geometry, geometry
from screenalytics_resources.video.length import picture_length
from screenalytics_resources.video.streams import video_stream
from screenalytics_resources.video.tone_mapping import TRANSFERS, Transfer

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.stream import VideoStream

MIN_SIDE_PX = 32
"""Smallest side of a usable video, in pixels. No detector here finds a face in less (YuNet's coarsest stride is 32)."""

NO_SOUND = "none"
"""Stands in for the codec of a file without sound."""


@dataclass(frozen=True)
class VideoProbe:
    """Facts about a video.

    `width` and `height` are in square pixels as displayed: pixel shape, reflection and `rotation`, in counter-clockwise
    degrees, are applied. `duration_s` is that of the picture. `duration_s` and `frames_stated` are 0 if they are
    unknown. `stream` is the index of the video stream in its container, or None for the main one. `start_offset_s` is
    how much later than the sound the picture starts. `transfer` is set for high dynamic range, which is tone-mapped.
    `pixel_format` is that of the stored pixels, such as yuv420p, and `sound_codec` that of the first sound stream.
    """

    container: str
    codec: str
    width: int
    height: int
    rotation: int
    fps: float
    duration_s: float
    frames_stated: int
    stream: int | None = None
    stored_width: int | None = None
    stored_height: int | None = None
    sample_aspect_ratio: Fraction = Fraction(1)
    mirrored: bool = False
    start_offset_s: float = 0.0
    transfer: Transfer | None = None
    pixel_format: str | None = None
    sound_codec: str = NO_SOUND
    notes: tuple[str, ...] = field(default=())
    """One sentence for each correction of what the file states."""

    @property
    def geometry(self) -> Geometry:
        """How a stored frame becomes a displayed one."""
        turns = self.rotation // 90
        size = (self.height, self.width) if turns % 2 else (self.width, self.height)
        return Geometry(size, self.mirrored, turns)


def probe(path: Path, stream: int | None = None) -> VideoProbe:
    """Read the header and the first frame of `path`, of the stream with index `stream` or of the main video stream.

    Raises:
        UserError: if it is not a usable video.
    """
    with open_container(path) as container, video_errors(path):
        return _probe(container, video_stream(container, path, stream), path)


def _probe(container: "InputContainer", stream: "VideoStream", path: Path) -> VideoProbe:
    _refuse_too_large(path, stream.codec_context.width, stream.codec_context.height)
    first = _first_frame(container, stream)
    if first is None:
        raise UserError(f"{path} has a video stream, but none of its frames can be decoded. Export it again.")
    ratio = stream.sample_aspect_ratio
    shape = geometry(first.width, first.height, ratio, _display_matrix(first))
    width, height = shape.displayed
    if min(width, height) < MIN_SIDE_PX:
        raise UserError(
            f"{path} is {width}x{height} px, too small to show a face: each side must be at least {MIN_SIDE_PX} px."
        )
    _refuse_too_large(path, width, height)
    rate = stream.average_rate or stream.guessed_rate
    if not rate or rate < 0:
        raise UserError(f"{path} does not state a frame rate. Convert it to MP4 and try again.")
    sound = next(iter(container.streams.audio), None)
    return VideoProbe(
        container=container.format.name,
        codec=stream.codec_context.name,
        width=width,
        height=height,
        rotation=90 * shape.quarter_turns,
        fps=float(rate),
        duration_s=picture_length(path, container, stream, float(rate)),
        frames_stated=stream.frames,
        stream=stream.index,
        stored_width=first.width,
        stored_height=first.height,
        sample_aspect_ratio=ratio or Fraction(1),
        mirrored=shape.mirrored,
        start_offset_s=_start_offset(container, stream),
        transfer=TRANSFERS.get(int(first.color_trc)) or TRANSFERS.get(int(stream.codec_context.color_trc)),
        pixel_format=first.format.name,
        sound_codec=sound.codec_context.name if sound else NO_SOUND,
        notes=shape.notes,
    )


def _display_matrix(picture: "av.VideoFrame") -> bytes | None:
    matrix = picture.side_data.get("DISPLAYMATRIX")
    return None if matrix is None else bytes(cast(Any, matrix))


def _refuse_too_large(path: Path, width: int, height: int) -> None:
    megapixels = width * height / 1e6
    if megapixels > MOST_MEGAPIXELS:
        raise UserError(
            f"{path} has frames of {width}x{height} px, {megapixels:.0f} megapixels; the limit is "
            f"{MOST_MEGAPIXELS:g}. Scale it down."
        )


def _first_frame(container: "InputContainer", stream: "VideoStream") -> "av.VideoFrame | None":
    import av

    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        if frames:
            frame: av.VideoFrame = frames[0]
            return frame
    return None


def _start_offset(container: "InputContainer", picture: "VideoStream") -> float:
    """Return how many seconds later than the sound the picture starts; 0 without sound."""
    sound = next(iter(container.streams.audio), None)
    if sound is None:
        return 0.0
    starts = [
        float(stream.start_time * stream.time_base)
        for stream in (picture, sound)
        if stream.start_time is not None and stream.time_base is not None
    ]
    return round(starts[0] - starts[1], 6) if len(starts) == 2 else 0.0
