"""A copy of a video that every browser plays and seeks in quickly: H.264 and AAC in MP4, a key frame every second."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screenalytics_resources.errors import UserError
from screenalytics_resources.video.container import open_container
from screenalytics_resources.video.frames import Frame, FrameSource
from screenalytics_resources.video.probe import NO_SOUND, VideoProbe

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

MOST_HEIGHT = 720
_TICKS = 90_000
"""Ticks per second of the picture's timestamps, as in MPEG."""
_SAMPLES = 48_000
"""Samples per second of the sound."""
_OPTIONS = {"preset": "veryfast", "crf": "23", "profile": "high", "bf": "0"}
"""Without pictures that refer to later ones, MP4 states the right duration whatever the distances of the pictures."""
_CODEC = "libx264"


@dataclass(frozen=True)
class WebCopy:
    """Size of a copy in px, and the seconds from its first to the end of its last picture."""

    width: int
    height: int
    duration_s: float


def write_web_copy(source: Path, target: Path, facts: VideoProbe, report: Callable[[int], None]) -> WebCopy:
    """Write the copy of `source`, whose probe is `facts`, to `target`. Times stay those of the source's player.

    Pictures are upright, with square pixels, in standard dynamic range, and at most `MOST_HEIGHT` px high. `report` is
    called with the number of frames done.

    Raises:
        UserError: no frame can be decoded, or this installation cannot encode H.264.
    """
    import av

    if _CODEC not in av.codecs_available:
        raise UserError("This build of PyAV cannot encode H.264: install the wheel of `av` from PyPI.")
    height = min(facts.height, MOST_HEIGHT) // 2 * 2
    width = max(2, round(facts.width * height / facts.height / 2) * 2)
    lead = max(0.0, facts.start_offset_s)
    frames = FrameSource(source, facts, stride=1)
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as output:
        picture = _Pictures(output, width, height, facts.fps)
        sound = _Sound(output, source, max(0.0, -facts.start_offset_s)) if facts.sound_codec != NO_SOUND else None
        for number, frame in enumerate(frames, 1):
            if sound is not None:
                sound.write_until(frame.ts + lead)
            picture.write(frame, lead)
            report(number)
        if sound is not None:
            sound.write_until(frames.report.last_ts + lead + 1 / facts.fps)
            sound.end()
        picture.end()
    return WebCopy(width, height, round(frames.report.last_ts + 1 / facts.fps, 3))


class _Pictures:
    """Encodes pictures with their own times, and makes the first of each second a key frame."""

    def __init__(self, output: Any, width: int, height: int, fps: float) -> None:
        self._output = output
        self._stream = output.add_stream(_CODEC, rate=Fraction(fps).limit_denominator(1001), options=_OPTIONS)
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, _TICKS)
        self._second = -1
        self._last = -1

    def write(self, frame: Frame, lead: float) -> None:
        import av
        from av.video.frame import PictureType

        if frame.image is None:
            return
        picture = av.VideoFrame.from_ndarray(frame.image, "bgr24").reformat(
            self._stream.width, self._stream.height, "yuv420p"
        )
        pts = max(round((frame.ts + lead) * _TICKS), self._last + 1)
        picture.pts, picture.time_base, self._last = pts, Fraction(1, _TICKS), pts
        if int(frame.ts) > self._second:
            picture.pict_type, self._second = PictureType.I, int(frame.ts)
        self._output.mux(self._stream.encode(picture))

    def end(self) -> None:
        self._output.mux(self._stream.encode(None))


class _Sound:
    """Encodes the first sound stream of a file. It begins `lead` seconds after the start of the copy."""

    def __init__(self, output: Any, source: Path, lead: float) -> None:
        self._output = output
        self._stream = output.add_stream("aac", rate=_SAMPLES, layout="stereo")
        self._lead = round(lead * _SAMPLES)
        self._frames = _sound_frames(source)
        self._next = next(self._frames, None)
        self._first = 0 if self._next is None else int(self._next.pts or 0)
        self._last = -1

    def write_until(self, seconds: float) -> None:
        """Write the sound before this time of the copy, so that picture and sound stay side by side in the file."""
        while self._next is not None and (pts := self._position(self._next)) < seconds * _SAMPLES:
            if pts > self._last:  # a clock that jumps back would be refused
                self._next.pts, self._last = pts, pts
                self._output.mux(self._stream.encode(self._next))
            self._next = next(self._frames, None)

    def end(self) -> None:
        self._frames.close()
        self._output.mux(self._stream.encode(None))

    def _position(self, frame: "AudioFrame") -> int:
        return int(frame.pts or 0) - self._first + self._lead


def _sound_frames(source: Path) -> "Generator[AudioFrame]":
    """Yield the decoded sound as stereo at `_SAMPLES`, without what cannot be decoded."""
    import av

    resampler = av.AudioResampler(format="fltp", layout="stereo", rate=_SAMPLES)
    with open_container(source) as container:
        packets: Iterator[Any] = container.demux(container.streams.audio[0])
        while (packet := _next_packet(packets)) is not None:
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                continue
            for frame in frames:
                yield from resampler.resample(frame)


def _next_packet(packets: Iterator[Any]) -> Any:
    """Return the next packet; None at the end, also if the container ends in the middle of a packet."""
    import av

    try:
        return next(packets, None)
    except (av.error.FFmpegError, IndexError):
        return None
