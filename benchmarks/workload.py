"""What is measured, and what a measurement of it says."""

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
    """What is asked for on the command line.

    Attributes:
        clip: a video file; None means the sample episode.
        pack: name of the model pack.
        stride: every how many frames one is looked at; None means as configured.
        loop_to: seconds to loop the clip to; None leaves it as it is.
    """

    clip: Path | None
    pack: str
    stride: int | None
    loop_to: float | None


@dataclass(frozen=True)
class Workload:
    """A clip that exists, a model pack, and every how many frames one is really looked at."""

    clip: Path
    pack: str
    stride: int


@dataclass(frozen=True)
class Run:
    """One run of one part.

    Attributes:
        seconds: model load and import of libraries included, start of Python not.
        frames_decoded: all frames of the clip.
        detector_calls: whole frames that the detector looked at.
        faces_embedded: faces that went through the recogniser.
        people: how many were told apart; None where nobody is looked for.
    """

    seconds: float
    frames_decoded: int
    detector_calls: int
    faces_embedded: int
    people: int | None


def prepare(task: tuple[Request, Path]) -> Workload:
    """Make what a request needs: new clips go to the folder beside it.

    Raises:
        UserError: when clip, pack or stride are not usable.
    """
    request, folder = task
    clip = make_sample_episode(folder).video if request.clip is None else request.clip
    if request.loop_to is not None:
        clip = loop_clip(clip, folder / f"{clip.stem}-{request.loop_to:g}s.mp4", request.loop_to).path
    explicit = {"pack": request.pack, "stride": request.stride}
    settings = resolve(DetectionSettings, config_dir(), explicit).values
    stride = effective_stride(settings.stride, probe(clip).fps, settings.analysis_fps_max)
    return Workload(clip, settings.pack, stride)
