"""Frames of a video, of which those to analyse are chosen by time."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

from screenalytics_assets.settings.stages import DetectionSettings
from screenalytics_assets.tracks.frame_choice import FrameChooser, analysis_stride, true_fps
from screenalytics_resources.video.container import open_container, video_errors
from screenalytics_resources.video.frames import FrameSource
from screenalytics_resources.video.probe import VideoProbe
from screenalytics_resources.video.streams import video_stream

_MEASURED_PACKETS = 500
"""Packets whose timestamps determine the frame rate. They are not decoded, so reading them takes milliseconds."""


def timed_frames(path: Path, stated: VideoProbe, settings: DetectionSettings) -> FrameSource:
    """Return the frames of the video at `path`, whose container states the facts `stated`.

    Raises:
        UserError: the file cannot be read as a video.
    """
    fps = true_fps(stated.fps, first_timestamps(path, stated.stream))
    stride = analysis_stride(settings.stride, fps, settings.analysis_fps_max)
    choose = FrameChooser(stride, fps).chooses if stride > 1 else None  # stride 1 analyses every frame
    return FrameSource(path, replace(stated, fps=fps), stride, choose=choose)


def first_timestamps(path: Path, stream_index: int | None = None) -> list[float]:
    """Return the timestamps of the first packets of a video stream in seconds, in the order of the file.

    `stream_index` is the index of the stream in its container; None is the main one.

    Raises:
        UserError: the file cannot be read as a video.
    """
    import av

    stamps: list[float] = []
    with open_container(path) as container:
        with video_errors(path):
            stream = video_stream(container, path, stream_index)
        try:
            for packet in islice(container.demux(stream), _MEASURED_PACKETS):
                stamp = packet.dts if packet.pts is None else packet.pts
                if stamp is not None and stream.time_base is not None:
                    stamps.append(float(stamp * stream.time_base))
        except av.error.FFmpegError:  # the frames before the damaged place are enough
            return stamps
    return stamps
