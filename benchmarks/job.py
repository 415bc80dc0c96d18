"""The complete job: an episode from its video to its identities, as `screenalytics run` does it."""

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from benchmarks.refinements import Refinement, recorded_refinements
from benchmarks.workload import Run, Workload
from screenalytics_app.actions.run_episode import RunRequest, RunResult, run_episode
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import FACES, IDENTITIES, TRACKS, TrackMetrics
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import DetectionSettings, InferenceSettings
from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.errors import UserError
from screenalytics_resources.progress import Unrecorded
from screenalytics_resources.project import config_dir

if TYPE_CHECKING:
    from screenalytics_resources.inference.engine import Engine

EP_ID = "bench-s01e01"
NO_SETTINGS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class JobRun(Run):
    """One run of the job, read from its artifacts. `seconds` counts only the steps of the assets.

    Attributes:
        run_seconds: the complete run, with Dagster and the checks.
        step_seconds: seconds per asset, and of all checks together under "checks".
        video_seconds: length of the clip.
        tracks: number of tracks.
        provider: runtime and device of the detector.
        recogniser_provider: the same of the recogniser.
        refinements: every second look at landmarks.
    """

    run_seconds: float
    step_seconds: dict[str, float]
    video_seconds: float
    tracks: int
    provider: str
    recogniser_provider: str | None
    refinements: tuple[Refinement, ...]

    @property
    def dagster_overhead_seconds(self) -> float:
        """Seconds of the run outside the assets' steps: building the graph, the checks, the event log."""
        return self.run_seconds - self.seconds


def run_job(work: Workload, extra_settings: Mapping[str, int] = NO_SETTINGS) -> JobRun:
    """Run `work` on the data root of this process, which must not contain the episode yet.

    `extra_settings` are explicit settings of the run, besides pack and stride.

    Raises:
        UserError: `run_episode` raised it, or a blocking check failed and the job is incomplete.
    """
    store = ArtifactStore(data_root())
    settings = {"pack": work.pack, "stride": work.stride, **extra_settings}
    with recorded_refinements() as refinements:
        result = run_episode(RunRequest(EP_ID, work.clip, settings), store, Unrecorded())
    if result.blocked:
        failed = ", ".join(check.name for check in result.checks if check.blocks)
        raise UserError(f"{work.clip.name} fails the blocking checks {failed}: measure with a clip that passes them.")
    return _read_back(store, result, refinements)


def _read_back(store: ArtifactStore, result: RunResult, refinements: Sequence[Refinement]) -> JobRun:
    tracks = load_artifact(store, TRACKS, EP_ID)
    metrics = cast(TrackMetrics, tracks.documents["track_metrics.json"])
    accepted = sum(face.embedding_row is not None for face in load_artifact(store, FACES, EP_ID).rows)
    return JobRun(
        seconds=result.step_seconds,
        frames_decoded=metrics.frames_decoded,
        detector_calls=metrics.frames_analysed,
        faces_refined=len(refinements),
        faces_embedded=metrics.gate_embeddings + accepted,
        people=len(load_artifact(store, IDENTITIES, EP_ID).content.identities),
        run_seconds=result.seconds,
        step_seconds=_seconds_by_step(result),
        video_seconds=metrics.duration_s,
        tracks=len(tracks.rows),
        provider=metrics.provider,
        recogniser_provider=metrics.recogniser_provider,
        refinements=tuple(refinements),
    )


def _seconds_by_step(result: RunResult) -> dict[str, float]:
    from screenalytics_app.actions.dagster_instance import open_instance

    seconds: defaultdict[str, float] = defaultdict(float)
    with open_instance() as instance:
        for step in instance.get_run_step_stats(result.run_id):
            if step.start_time and step.end_time:
                name = step.step_key if step.step_key in result.made else "checks"
                seconds[name] += step.end_time - step.start_time
    return dict(seconds)


def load_models(pack: str) -> "Engine":
    """Load `pack` as the job does: on the configured device and at the configured input size."""
    from screenalytics_resources.inference.engine import load_engine

    settings = resolve(DetectionSettings, config_dir(), {"pack": pack}).values
    machine = resolve(InferenceSettings, config_dir()).values
    return load_engine(
        settings.pack, config_dir(), machine.device, machine.threads, settings.detector_input, machine.precision
    )


def model_load_seconds(pack: str) -> float:
    """Measure the seconds to load `pack`, including the import of the model runtime."""
    began = time.monotonic()
    load_models(pack)
    return time.monotonic() - began


def fill_caches(pack: str) -> None:
    """Load `pack` and embed a batch of each size, so that no measured run makes or compiles the models."""
    import numpy as np

    from screenalytics_resources.inference.openvino_session import BATCHES

    engine = load_models(pack)
    for size in BATCHES:
        engine.embed(np.random.default_rng(size).integers(0, 256, (size, 112, 112, 3), np.uint8), size)
