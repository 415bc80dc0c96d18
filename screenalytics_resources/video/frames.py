"""Frames of a video, decoded once in a separate thread to keep the models from waiting for the decoder."""

import math
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError
from screenalytics_resources.video.probe import VideoProbe, open_container, video_stream

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.plane import VideoPlane
    from av.video.stream import VideoStream

THUMBNAIL_PX = 160
"""Longest side of the thumbnails that shot detection works on, in pixels."""
_PLANAR_8_BIT = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"})
_QUEUE_FRAMES = 16
_TRUNCATED_S = 1.0
"""A video is truncated if more than this is missing from the end of its stated duration, in seconds."""


@dataclass(frozen=True)
class Frame:
    """One decoded frame, upright (rotation applied).

    `thumbnail` is (h, w, 3) uint8 BGR with a longest side of about 160 px. `image` is the full frame,
    (H, W, 3) uint8 BGR, for frames to be analysed, and None for the others. `ts` is in seconds from the start of
    the stream, according to the stream's timestamps.
    """

    index: int
    ts: float
    thumbnail: NDArray[np.uint8]
    image: NDArray[np.uint8] | None


@dataclass
class DecodeReport:
    """Counts and problems of a decoding. Complete once the frames are exhausted."""

    frames: int = 0
    corrupt_packets: int = 0
    last_ts: float = 0.0
    truncated: bool = False


@dataclass
class FrameSource:
    """Iterable over a video's frames. Iterate once, then read `report`.

    Every `stride`-th frame carries its full image.

    Raises:
        UserError: while iterating, if the file is missing or no frame can be decoded.
    """

    path: Path
    probe: VideoProbe
    stride: int
    report: DecodeReport = field(default_factory=DecodeReport)

    def __iter__(self) -> Iterator[Frame]:
        frames: queue.Queue[Frame | BaseException | None] = queue.Queue(maxsize=_QUEUE_FRAMES)
        stopped = threading.Event()
        thread = threading.Thread(target=self._produce, args=(frames, stopped), name="decode", daemon=True)
        thread.start()
        try:
            while (item := frames.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            stopped.set()
            _drain(frames)
            thread.join()

    def _produce(self, frames: "queue.Queue[Frame | BaseException | None]", stopped: threading.Event) -> None:
        try:
            for frame in self._decode():
                frames.put(frame)
                if stopped.is_set():
                    return
            frames.put(None)
        except BaseException as error:  # the consumer re-raises it in its own thread
            frames.put(error)

    def _decode(self) -> Iterator[Frame]:
        with open_container(self.path) as container:
            stream = video_stream(container, self.path)
            stream.thread_type = "AUTO"
            clock = _Clock(stream, self.probe.fps)
            for picture in self._decoded_frames(container, stream):
                frame = self._convert(picture, self.report.frames, clock.seconds(picture.pts))
                self.report.frames += 1
                self.report.last_ts = frame.ts
                yield frame
        if self.report.frames == 0:
            raise UserError(f"No frame of {self.path} can be decoded. Export the video again.")
        missing = self.probe.duration_s - (self.report.last_ts + 1 / self.probe.fps)
        self.report.truncated |= missing > _TRUNCATED_S

    def _decoded_frames(self, container: "InputContainer", stream: "VideoStream") -> "Iterator[av.VideoFrame]":
        for packet in self._packets(container, stream):
            yield from self._decode_packet(packet)

    def _packets(self, container: "InputContainer", stream: "VideoStream") -> "Iterator[Packet[VideoStream]]":
        import av

        try:
            yield from container.demux(stream)
        except av.error.FFmpegError:  # the container ends in the middle of a packet
            self.report.truncated = True

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

    def _convert(self, picture: "av.VideoFrame", index: int, ts: float) -> Frame:
        image = _upright(_bgr(picture), self.probe.rotation // 90) if index % self.stride == 0 else None
        return Frame(index, ts, _thumbnail(picture), image)


class _Clock:
    """Converts timestamps to seconds from the start of the stream.

    A frame without a timestamp follows the previous one at the average frame rate.
    """

    def __init__(self, stream: "VideoStream", fps: float) -> None:
        self._unit = float(stream.time_base or 0)
        self._step = 1 / fps
        self._start: float | None = None
        self._last = -self._step

    def seconds(self, pts: int | None) -> float:
        seconds = self._last + self._step if pts is None else self._since_start(pts)
        # A timestamp that jumps back must not give a span a negative length.
        self._last = max(seconds, self._last + 1e-6)
        return self._last

    def _since_start(self, pts: int) -> float:
        if self._start is None:
            self._start = pts * self._unit
        return pts * self._unit - self._start


def effective_stride(stride: int, fps: float, analysis_fps_max: float | None) -> int:
    """Return the smallest stride, at least `stride`, that analyses at most `analysis_fps_max` frames per second."""
    if analysis_fps_max is None:
        return stride
    return max(stride, math.ceil(fps / analysis_fps_max - 1e-6))


def _bgr(picture: "av.VideoFrame") -> NDArray[np.uint8]:
    return picture.to_ndarray(format="bgr24").astype(np.uint8, copy=False)


def _thumbnail(picture: "av.VideoFrame") -> NDArray[np.uint8]:
    """Scale `picture` down to a longest side of about `THUMBNAIL_PX`. Each pixel is the mean of the area it covers.

    Averaging keeps noise out of the cut scores. Working on the decoded planes takes a quarter of the time of
    converting the full picture.
    """
    import cv2

    planar = picture if picture.format.name in _PLANAR_8_BIT else picture.reformat(format="yuv420p")
    scale = THUMBNAIL_PX / max(picture.width, picture.height)
    half = max(4, round(picture.width * scale / 2)), max(4, round(picture.height * scale / 2))
    sizes = ((2 * half[0], 2 * half[1]), half, half)
    planes = [
        cv2.resize(_plane(plane), size, interpolation=cv2.INTER_AREA)
        for plane, size in zip(planar.planes, sizes, strict=True)
    ]
    stacked = np.concatenate([plane.reshape(-1) for plane in planes]).reshape(3 * half[1], 2 * half[0])
    return np.asarray(cv2.cvtColor(stacked, cv2.COLOR_YUV2BGR_I420), dtype=np.uint8)


def _plane(plane: "VideoPlane") -> NDArray[np.uint8]:
    """Return the samples (h, w) of one 8-bit plane, without the padding at the end of its lines."""
    return np.frombuffer(cast(Any, plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]


def _upright(image: NDArray[np.uint8], quarter_turns: int) -> NDArray[np.uint8]:
    """Rotate `image` counter-clockwise, the direction of the degrees in FFmpeg's display matrix."""
    return np.ascontiguousarray(np.rot90(image, quarter_turns)) if quarter_turns else image


def _drain(frames: "queue.Queue[Frame | BaseException | None]") -> None:
    """Empty the queue to unblock a producer that is waiting to put its last frame."""
    while True:
        try:
            frames.get_nowait()
        except queue.Empty:
            return
