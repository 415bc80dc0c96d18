"""The workload of a measurement, and the figures of one run."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.loop_clip import loop_clip
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import DetectionSettings
from screenalytics_resources.project import config_dir
from screenalytics_resources.sample_episode import make_sample_episode
from screenalytics_resources.video.frames import effective_stride
from screenalytics_resources.video.probe import probe


@dataclass(frozen=True)
class Request:
    """Options of the command line.

    Attributes:
        clip: a video file; None means the sample episode.
        pack: name of the model pack.
        stride: analyse every n-th frame; None means as configured.
        loop_to: seconds to loop the clip to; None means no looping.
    """

    clip: Path | None
    pack: str
    stride: int | None
    loop_to: float | None


@dataclass(frozen=True)
class Workload:
    """An existing clip, a model pack, and the effective stride."""

    clip: Path
    pack: str
    stride: int


@dataclass(frozen=True)
class Run:
    """One run of one part.

    Attributes:
        seconds: includes model load and import of libraries, but not the start of Python.
        frames_decoded: all frames of the clip.
        detector_calls: full frames given to the detector.
        faces_refined: faces whose landmarks the detector looked for a second time.
        faces_embedded: faces given to the recogniser.
        people: number of people found; None if the part does not look for people.
    """

    seconds: float
    frames_decoded: int
    detector_calls: int
    faces_refined: int
    faces_embedded: int
    people: int | None


def prepare(task: tuple[Request, Path]) -> Workload:
    """Prepare the clip of a request. New clips are written to the folder in `task`.

    Raises:
        UserError: clip, pack or stride is invalid.
    """
    request, folder = task
    clip = make_sample_episode(folder).video if request.clip is None else request.clip
    if request.loop_to is not None:
        clip = loop_clip(clip, folder / f"{clip.stem}-{request.loop_to:g}s.mp4", request.loop_to).path
    explicit = {"pack": request.pack, "stride": request.stride}
    settings = resolve(DetectionSettings, config_dir(), explicit).values
    stride = effective_stride(settings.stride, probe(clip).fps, settings.analysis_fps_max)
    return Workload(clip, settings.pack, stride)
