"""Frames of a video, of which those to analyse are chosen by time."""

from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_assets.settings.stages import DetectionSettings
from screenalytics_assets.tracks.frame_choice import FrameChooser, analysis_stride, true_fps
from screenalytics_resources.video.frames import Frame, FrameSource
from screenalytics_resources.video.probe import VideoProbe, open_container, video_stream

if TYPE_CHECKING:
    import av

_MEASURED_PACKETS = 500
"""Packets whose timestamps determine the frame rate. They are not decoded, so reading them takes milliseconds."""


@dataclass
class TimedFrames(FrameSource):
    """Frames of a video. `probe.fps` must be its true rate; a frame has its image if `FrameChooser` chooses it."""

    _chooser: FrameChooser = field(init=False)

    def __post_init__(self) -> None:
        self._chooser = FrameChooser(self.stride, self.probe.fps)

    def _convert(self, picture: "av.VideoFrame", index: int, ts: float) -> Frame:
        # The base class converts the image of frame 0, and not that of frame 1 unless every frame is analysed.
        return replace(super()._convert(picture, 0 if self._chooser.chooses(ts) else 1, ts), index=index)


def timed_frames(path: Path, stated: VideoProbe, settings: DetectionSettings) -> TimedFrames:
    """Return the frames of the video at `path`, whose container states the facts `stated`.

    Raises:
        UserError: the file cannot be read as a video.
    """
    fps = true_fps(stated.fps, first_timestamps(path))
    stride = analysis_stride(settings.stride, fps, settings.analysis_fps_max)
    return TimedFrames(path, replace(stated, fps=fps), stride)


def first_timestamps(path: Path) -> list[float]:
    """Return the timestamps of the first packets of a video in seconds, in the order of the file.

    Raises:
        UserError: the file cannot be read as a video.
    """
    import av

    stamps: list[float] = []
    with open_container(path) as container:
        stream = video_stream(container, path)
        try:
            for packet in islice(container.demux(stream), _MEASURED_PACKETS):
                stamp = packet.dts if packet.pts is None else packet.pts
                if stamp is not None and stream.time_base is not None:
                    stamps.append(float(stamp * stream.time_base))
        except av.error.FFmpegError:  # the frames before the damaged place are enough
            return stamps
    return stamps
