"""Frames of a video, decoded once, in a thread of its own, so that the models never wait for the decoder."""

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
"""Longest side of the small picture in which cuts are looked for."""
_PLANAR_8_BIT = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"})
_QUEUE_FRAMES = 16
_TRUNCATED_S = 1.0


@dataclass(frozen=True)
class Frame:
    """One decoded frame, upright (rotation applied).

    `thumbnail` is (h, w, 3) uint8 BGR with a longest side of about 160 px. `image` is the whole frame,
    (H, W, 3) uint8 BGR, for frames that are to be analysed, else None. `ts` is in seconds from the start of
    the stream, by the stream's own clock.
    """

    index: int
    ts: float
    thumbnail: NDArray[np.uint8]
    image: NDArray[np.uint8] | None


@dataclass
class DecodeReport:
    """What happened while decoding; complete once the frames are exhausted."""

    frames: int = 0
    corrupt_packets: int = 0
    last_ts: float = 0.0
    truncated: bool = False


@dataclass
class FrameSource:
    """Iterable over a video's frames; iterate once, then read `report`."""

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
        except BaseException as error:  # whatever it is belongs to the consumer, who raises it
            frames.put(error)

    def _decode(self) -> Iterator[Frame]:
        with open_container(self.path) as container:
            stream = video_stream(container, self.path)
            stream.thread_type = "AUTO"
            clock = _Clock(stream, self.probe.fps)
            for picture in self._pictures(container, stream):
                frame = self._convert(picture, self.report.frames, clock.seconds(picture.pts))
                self.report.frames += 1
                self.report.last_ts = frame.ts
                yield frame
        if self.report.frames == 0:
            raise UserError(f"No frame of {self.path} can be decoded. Export the video again.")
        missing = self.probe.duration_s - (self.report.last_ts + 1 / self.probe.fps)
        self.report.truncated |= missing > _TRUNCATED_S

    def _pictures(self, container: "InputContainer", stream: "VideoStream") -> "Iterator[av.VideoFrame]":
        for packet in self._packets(container, stream):
            yield from self._decoded(packet)

    def _packets(self, container: "InputContainer", stream: "VideoStream") -> "Iterator[Packet[VideoStream]]":
        import av

        try:
            yield from container.demux(stream)
        except av.error.FFmpegError:  # the container ends in the middle of a packet
            self.report.truncated = True

    def _decoded(self, packet: "Packet[VideoStream]") -> "list[av.VideoFrame]":
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
    """Seconds from the start of the stream; frames without a timestamp follow at the average rate."""

    def __init__(self, stream: "VideoStream", fps: float) -> None:
        self._unit = float(stream.time_base or 0)
        self._step = 1 / fps
        self._start: float | None = None
        self._last = -self._step

    def seconds(self, pts: int | None) -> float:
        seconds = self._last + self._step if pts is None else self._since_start(pts)
        self._last = max(seconds, self._last + 1e-6)  # a clock that jumps back must not turn spans around
        return self._last

    def _since_start(self, pts: int) -> float:
        if self._start is None:
            self._start = pts * self._unit
        return pts * self._unit - self._start


def effective_stride(stride: int, fps: float, analysis_fps_max: float | None) -> int:
    """The smallest stride, at least `stride`, that looks at no more than `analysis_fps_max` frames a second."""
    if analysis_fps_max is None:
        return stride
    return max(stride, math.ceil(fps / analysis_fps_max - 1e-6))


def _bgr(picture: "av.VideoFrame") -> NDArray[np.uint8]:
    return picture.to_ndarray(format="bgr24").astype(np.uint8, copy=False)


def _thumbnail(picture: "av.VideoFrame") -> NDArray[np.uint8]:
    """`picture` with a longest side of about `THUMBNAIL_PX`, every pixel the mean of what it covers.

    Averaging keeps noise out of the cut scores, and on the planes of the picture as it was decoded it takes a
    quarter of the time that a conversion of the whole picture would.
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
    """The samples (h, w) of one 8-bit plane, without the padding of its lines."""
    return np.frombuffer(cast(Any, plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]


def _upright(image: NDArray[np.uint8], quarter_turns: int) -> NDArray[np.uint8]:
    """`image` turned counter-clockwise; FFmpeg's display matrix states counter-clockwise degrees."""
    return np.ascontiguousarray(np.rot90(image, quarter_turns)) if quarter_turns else image


def _drain(frames: "queue.Queue[Frame | BaseException | None]") -> None:
    """Make room for a producer that still waits to put its last frame."""
    while True:
        try:
            frames.get_nowait()
        except queue.Empty:
            return
