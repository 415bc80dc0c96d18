"""Frames of a video at its true frame rate."""

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_assets.settings.stages import DetectionSettings
from screenalytics_assets.tracks.frame_choice import analysis_stride, true_fps
from screenalytics_resources.video.container import MOST_MEGAPIXELS, open_container, video_errors
from screenalytics_resources.video.frames import FrameSource
from screenalytics_resources.video.probe import VideoProbe
from screenalytics_resources.video.streams import video_stream

if TYPE_CHECKING:
    import av
    from av.packet import Packet
    from av.video.stream import VideoStream

_MEASURED_PACKETS = 500
"""Packets whose timestamps determine the frame rate. Reading them without decoding takes milliseconds."""
_INSPECTED_FRAMES = 8
"""Frames that are decoded to see whether the video is interlaced. A broadcast codes only some frames as fields."""
_MEASURED_FRAMES = 50
"""Frames whose timestamps determine the frame rate of interlaced video, where a packet may hold a single field."""


def timed_frames(path: Path, stated: VideoProbe, settings: DetectionSettings) -> FrameSource:
    """Return the frames of the video at `path`, whose container states the facts `stated`.

    Raises:
        UserError: the file cannot be read as a video.
    """
    fps = true_fps(stated.fps, first_timestamps(path, stated.stream))
    stride = analysis_stride(settings.stride, fps, settings.analysis_fps_max)
    return FrameSource(path, replace(stated, fps=fps), stride)


def first_timestamps(path: Path, stream_index: int | None = None) -> list[float]:
    """Return the timestamps of the first frames of a video stream in seconds, in the order of the file.

    They are those of the packets, and in interlaced video those of the decoded frames. `stream_index` is the index of
    the stream in its container; None is the main one.

    Raises:
        UserError: the file cannot be read as a video.
    """
    import av

    stamps: list[float] = []
    frame_stamps: list[float] = []
    inspected, interlaced = 0, False
    with open_container(path) as container:
        with video_errors(path):
            stream = video_stream(container, path, stream_index)
        stream.thread_type = "AUTO"
        stream.codec_context.options = {"max_pixels": str(int(MOST_MEGAPIXELS * 1e6))}
        try:
            for packet in islice(container.demux(stream), _MEASURED_PACKETS):
                stamps += _seconds(packet, stream)
                if len(frame_stamps) >= _MEASURED_FRAMES or (inspected >= _INSPECTED_FRAMES and not interlaced):
                    continue
                for frame in _decoded(packet):
                    inspected += 1
                    interlaced |= frame.interlaced_frame
                    frame_stamps += _seconds(frame, stream)
        except av.error.FFmpegError:  # the frames before the damaged place are enough
            pass
    return frame_stamps if interlaced else stamps


def _decoded(packet: "Packet[VideoStream]") -> "list[av.VideoFrame]":
    import av

    try:
        return packet.decode()
    except av.error.FFmpegError:  # the next packet may be intact
        return []


def _seconds(timed: "Packet[VideoStream] | av.VideoFrame", stream: "VideoStream") -> list[float]:
    """Return the timestamp in seconds, or nothing if there is none."""
    stamp = timed.dts if timed.pts is None else timed.pts
    return [] if stamp is None or stream.time_base is None else [float(stamp * stream.time_base)]
