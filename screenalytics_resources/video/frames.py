"""Frames of a video, decoded once in a separate thread to keep the models from waiting for the decoder."""

import math
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError
from screenalytics_resources.video.byte_queue import ByteQueue
from screenalytics_resources.video.clock import clock_of, has_decoding_times_only
from screenalytics_resources.video.container import MOST_MEGAPIXELS, open_container, video_errors
from screenalytics_resources.video.frame_chooser import FrameChooser
from screenalytics_resources.video.probe import VideoProbe
from screenalytics_resources.video.streams import video_stream
from screenalytics_resources.video.thumbnails import Thumbnailer, thumbnail_size
from screenalytics_resources.video.tone_mapping import ToneMapper

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream

_QUEUE_FRAMES = 16
_QUEUE_BYTES = 96 * 1024**2
"""Enough for the frames in the queue that have an image at 4K and stride 4; at 8K fewer frames wait."""
_TRUNCATED_S = 1.0
"""A video is truncated if more than this is missing from the end of its stated duration, in seconds."""


@dataclass(frozen=True)
class Frame:
    """One decoded frame as displayed: square pixels, upright, in BT.709, and of one size throughout the video.

    `thumbnail` is (h, w, 3) uint8 BGR with a longest side of about 160 px. `image` is the full frame,
    (H, W, 3) uint8 BGR, for frames to be analysed, and None for the others. `ts` is in seconds from the start of
    the stream, according to the stream's timestamps. `in_flash` is set by callers that replace the frames of a flash.
    """

    index: int
    ts: float
    thumbnail: NDArray[np.uint8]
    image: NDArray[np.uint8] | None
    in_flash: bool = False


@dataclass
class DecodeReport:
    """Counts and problems of a decoding. Complete once the frames are exhausted."""

    frames: int = 0
    corrupt_packets: int = 0
    last_ts: float = 0.0
    truncated: bool = False
    clock_jumps: int = 0
    """Places where the timestamps start again; the timeline continues across them."""
    clock_jumps_at: tuple[float, ...] = ()
    """Seconds at which the first ten of them are."""


@dataclass
class FrameSource:
    """Iterable over a video's frames. Iterate once, then read `report`.

    Frames to analyse carry their full image. They are chosen by time: every `stride`-th one at the probe's frame rate.

    Raises:
        UserError: while iterating, if the file is missing or no frame can be decoded.
    """

    path: Path
    probe: VideoProbe
    stride: int
    report: DecodeReport = field(default_factory=DecodeReport)

    def __iter__(self) -> Iterator[Frame]:
        frames: ByteQueue[Frame | BaseException | None] = ByteQueue(_QUEUE_BYTES, _QUEUE_FRAMES)
        thread = threading.Thread(target=self._produce, args=(frames,), name="decode", daemon=True)
        thread.start()
        try:
            while (item := frames.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            frames.close()
            thread.join()

    def _produce(self, frames: "ByteQueue[Frame | BaseException | None]") -> None:
        try:
            for frame in self._decode():
                if not frames.put(frame, frame.thumbnail.nbytes + (0 if frame.image is None else frame.image.nbytes)):
                    return
            frames.put(None)
        except BaseException as error:  # the consumer re-raises it in its own thread
            frames.put(error)

    def _decode(self) -> Iterator[Frame]:
        with open_container(self.path) as container:
            with video_errors(self.path):
                stream = video_stream(container, self.path, self.probe.stream)
            stream.thread_type = "AUTO"
            stream.codec_context.options = {"max_pixels": str(int(MOST_MEGAPIXELS * 1e6))}
            clock = clock_of(container, stream, self.probe.fps)
            by_dts = has_decoding_times_only(container)
            converter = _Converter(self.probe)
            chooser = FrameChooser(self.stride, self.probe.fps)
            for picture in self._decoded_frames(container, stream):
                ts = clock.seconds(picture.dts if by_dts else picture.pts, picture.duration)
                index = self.report.frames
                self.report.frames += 1
                self.report.last_ts = ts
                image = converter.image(picture) if chooser.chooses(ts) else None
                yield Frame(index, ts, converter.thumbnail(picture), image)
            self.report.clock_jumps, self.report.clock_jumps_at = clock.jumps, tuple(clock.places)
        if self.report.frames == 0:
            raise UserError(f"No frame of {self.path} can be decoded. Export the video again.")
        end = max(clock.stated_end, self.report.last_ts)  # a stated duration knows nothing of jumps of the clock
        self.report.truncated |= self.probe.duration_s - (end + 1 / self.probe.fps) > _TRUNCATED_S

    def _decoded_frames(self, container: "InputContainer", stream: "VideoStream") -> "Iterator[av.VideoFrame]":
        for packet in self._packets(container, stream):
            yield from self._decode_packet(packet)

    def _packets(self, container: "InputContainer", stream: "VideoStream") -> "Iterator[Packet[VideoStream]]":
        import av

        try:
            yield from container.demux(stream)
        except av.error.FFmpegError:  # the container ends in the middle of a packet
            self.report.truncated = True
        except IndexError:  # PyAV flushes streams that appeared while it read, after all others
            pass

    def _decode_packet(self, packet: "Packet[VideoStream]") -> "list[av.VideoFrame]":
        import av

        try:
            pictures = [p for p in packet.decode() if isinstance(p, av.VideoFrame)]
        except av.error.FFmpegError:
            self.report.corrupt_packets += 1
            return []
        intact = [p for p in pictures if not p.is_corrupt]
        self.report.corrupt_packets += len(pictures) - len(intact)
        return intact


class _Converter:
    """Converts decoded frames of one video to what is displayed."""

    def __init__(self, probe: VideoProbe) -> None:
        from av.video.reformatter import VideoReformatter

        self._geometry = probe.geometry
        self._thumbnail_size = thumbnail_size(*probe.geometry.square)
        # Mappers, thumbnailers and reformatters fit one size, and preparing them takes time.
        self._mapper = ToneMapper(probe.transfer) if probe.transfer else None
        self._small_mapper = ToneMapper(probe.transfer) if probe.transfer else None
        self._thumbnailer = Thumbnailer(self._thumbnail_size)
        self._reformatter = VideoReformatter()

    def image(self, picture: "av.VideoFrame") -> NDArray[np.uint8]:
        """Return the full frame, (H, W, 3) uint8 BGR."""
        size = self._geometry.square
        bgr = self._bgr(picture, size) if self._mapper is None else self._mapper.bgr(picture, size)
        return self._geometry.upright(bgr)

    def thumbnail(self, picture: "av.VideoFrame") -> NDArray[np.uint8]:
        """Return the picture scaled down, in the proportions of the displayed one but not turned."""
        if self._small_mapper is None:
            return self._thumbnailer.bgr(picture)
        return self._small_mapper.bgr(picture, self._thumbnail_size)

    def _bgr(self, picture: "av.VideoFrame", size: tuple[int, int]) -> NDArray[np.uint8]:
        scaled = (picture.width, picture.height) != size
        bgr = self._reformatter.reformat(
            picture, *size, format="bgr24", interpolation="BICUBIC" if scaled else "BILINEAR", threads=1
        )
        return bgr.to_ndarray().astype(np.uint8, copy=False)


def effective_stride(stride: int, fps: float, analysis_fps_max: float | None) -> int:
    """Return the smallest stride, at least `stride`, that analyses at most `analysis_fps_max` frames per second."""
    if analysis_fps_max is None:
        return stride
    return max(stride, math.ceil(fps / analysis_fps_max - 1e-6))
