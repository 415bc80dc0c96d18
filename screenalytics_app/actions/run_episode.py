"""One run of one episode over the same assets, checks and instance that Dagster's UI uses."""

import errno
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from screenalytics_app.actions.dagster_instance import end_dead_runs, execute, open_instance
from screenalytics_app.actions.register_truth import register_truth, usable_truth
from screenalytics_app.actions.register_video import register_video
from screenalytics_app.actions.report_artifacts import report_unknown
from screenalytics_assets.episode_video.chosen_stream import chosen_stream, video_digest
from screenalytics_assets.lineage.artifact_table import ARTIFACTS, EPISODE_ARTIFACTS
from screenalytics_assets.lineage.staleness import Current, cleaned_assets, first_gap, stale_assets
from screenalytics_assets.settings.sources import PROFILE, own_settings, refuse_names, resolve
from screenalytics_assets.settings.stages import DetectionSettings, EvaluationSettings, GuardrailSettings
from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import load_pack, locate_models
from screenalytics_resources.progress import Progress
from screenalytics_resources.project import config_dir

DISK_TROUBLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM})

if TYPE_CHECKING:
    from dagster import DagsterInstance, JobDefinition


@dataclass(frozen=True)
class CheckResult:
    """One evaluated asset check. `blocking` says whether a failure of it holds what is downstream."""

    asset: str
    name: str
    passed: bool
    severity: str
    description: str
    blocking: bool

    @property
    def blocks(self) -> bool:
        return self.blocking and not self.passed and self.severity == "ERROR"


@dataclass
class RunResult:
    """What a run came to."""

    run_id: str
    made: Sequence[str]
    """Assets that were to be made, in the order of the graph; the others were up to date."""
    seconds: float = 0.0
    step_seconds: float = 0.0
    """Wall time within the assets' own steps; the rest is Dagster's and the checks'."""
    checks: list[CheckResult] = field(default_factory=list)
    cleaned: Sequence[str] = ()
    """Those of them that a cleanup had written."""
    ended_runs: Sequence[str] = ()
    """Runs of killed processes that were found and marked as failed."""

    @property
    def blocked(self) -> bool:
        return any(check.blocks for check in self.checks)


@dataclass(frozen=True)
class RunRequest:
    """What to run: `settings` are explicit values by name; `from_asset` makes it and all that follows again."""

    ep_id: str
    video: Path | None
    settings: Mapping[str, Any]
    from_asset: str | None = None
    truth: Path | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    """More tags of the run."""
    stream: int | None = None
    """Video stream to use from now on, by its index in the container; without it the earlier choice or the main one."""


def run_episode(request: RunRequest, store: ArtifactStore, progress: Progress) -> RunResult:
    """Bring the video in, make what is missing or out of date, evaluate every check.

    Raises:
        UserError: bad input or settings, a damaged artifact, or an episode that another process works on.
    """
    ep_id = parse_ep_id(request.ep_id).text
    by_asset = settings_by_asset(request.settings)
    refuse_bad_settings(by_asset)
    with episode_lock(store, ep_id):
        truth = usable_truth(store, ep_id, request.truth, request.video, request.stream) if request.truth else None
        register_video(store, ep_id, request.video, request.stream)
        if truth:
            register_truth(store, ep_id, truth)
        with open_instance() as instance:
            ended = end_dead_runs(instance, ep_id)
            instance.add_dynamic_partitions("episodes", [ep_id])
            report_unknown(instance, store, ep_id)
            made = _assets_to_make(request, store, by_asset)
            cleaned = cleaned_assets(store, ep_id, made)
            result = _execute(instance, ep_id, made, by_asset, progress, request.tags)
    result.ended_runs, result.cleaned = ended, cleaned
    return result


def settings_by_asset(settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Sort explicit settings to the assets that read them; raises `UserError` for one that none reads.

    The profile goes to every asset that has settings.
    """
    known = {asset: row.setting_fields().keys() for asset, row in EPISODE_ARTIFACTS.items()}
    given = {name: value for name, value in settings.items() if value is not None}
    refuse_names(given.keys() - {PROFILE}, set().union(*known.values()), "the run's settings")
    return {
        asset: own
        for asset, names in known.items()
        if names and (own := {name: value for name, value in given.items() if name in names or name == PROFILE})
    }


def refuse_bad_settings(by_asset: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise `UserError` for any setting of any stage that is wrong, and for a pack that cannot be had here.

    A run takes minutes: what is wrong with its last stage is to be said before its first.
    """
    for asset, row in ARTIFACTS.items():
        for stage in row.settings:
            effective = resolve(stage, config_dir(), own_settings(stage, by_asset.get(asset, {})))
            if isinstance(effective.values, DetectionSettings):
                locate_models(load_pack(effective.values.pack, config_dir()))
    for checked in (GuardrailSettings, EvaluationSettings):
        resolve(checked, config_dir())


def _assets_to_make(request: RunRequest, store: ArtifactStore, by_asset: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if request.from_asset is None:
        with store.local_video(request.ep_id) as video:
            sha256 = file_sha256(video)
        digest = video_digest(sha256, chosen_stream(store, request.ep_id))
        return stale_assets(store, request.ep_id, Current(by_asset), digest)
    order = list(EPISODE_ARTIFACTS)
    if request.from_asset not in order:
        raise UserError(f"There is no asset {request.from_asset!r}: choose one of {', '.join(order)}.")
    first = order.index(request.from_asset)
    read = {name for asset in order[first:] for name in by_asset.get(asset, {})}
    for asset in order[:first]:
        for name in by_asset.get(asset, {}).keys() - read - {PROFILE}:
            raise UserError(
                f"{name} is a setting of {asset}, which --from {request.from_asset} leaves as it is: leave it out, or "
                f"start from {asset}."
            )
    gap = first_gap(store, request.ep_id, order[:first])
    if gap is not None:
        raise UserError(
            f"Cannot start from {request.from_asset}: {gap} is missing or was made from what no longer lies there; "
            f"run without --from, or from {gap}."
        )
    return order[first:]


def _execute(
    instance: "DagsterInstance",
    ep_id: str,
    made: Sequence[str],
    by_asset: Mapping[str, Mapping[str, Any]],
    progress: Progress,
    tags: Mapping[str, str],
) -> RunResult:
    job = episode_job(made, progress)
    ops = {asset: {"config": values} for asset, values in by_asset.items() if asset in made}
    result = RunResult(str(uuid4()), made)
    failure: Exception | None = None
    began = time.monotonic()
    try:
        execute(job, instance, ep_id, result.run_id, ops, tags)
    except Exception as error:
        failure = error
    result.seconds = time.monotonic() - began
    result.checks = list(check_results(instance, result.run_id, job))
    result.step_seconds = _asset_step_seconds(instance, result.run_id, made)
    if failure is not None and not result.blocked:
        raise user_error(failure) or failure
    return result


def episode_job(made: Sequence[str], progress: Progress) -> "JobDefinition":
    """The job that makes `made` and evaluates every check, also those of assets that are up to date.

    Their blocking checks must hold what is made now, whichever run made what they judge.
    """
    from dagster import AssetKey

    from screenalytics_assets.definitions import build_definitions

    definitions = build_definitions({"progress": progress_resource(progress)})
    job = definitions.resolve_job_def("episode")
    checks = set(job.asset_layer.asset_graph.asset_check_keys)
    return job.get_subset(asset_selection={AssetKey(asset) for asset in made}, asset_check_selection=checks)


def progress_resource(progress: Progress) -> Any:
    """`progress` in the form in which assets ask for it."""
    from screenalytics_resources.dagster_resources import ProgressResource

    class Shown(ProgressResource):
        def progress(self) -> Progress:
            return progress

    return Shown()


def check_results(instance: "DagsterInstance", run_id: str, job: "JobDefinition") -> Iterator[CheckResult]:
    from dagster import DagsterEventType

    specs = {
        key: job.asset_layer.asset_graph.get_check_spec(key) for key in job.asset_layer.asset_graph.asset_check_keys
    }
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION):
        if entry.dagster_event is not None:
            evaluation = entry.dagster_event.asset_check_evaluation_data
            spec = specs[evaluation.asset_check_key]
            yield CheckResult(
                asset=evaluation.asset_key.path[-1],
                name=evaluation.check_name,
                passed=evaluation.passed,
                severity=evaluation.severity.value,
                description=evaluation.description or "",
                blocking=spec.blocking,
            )


def _asset_step_seconds(instance: "DagsterInstance", run_id: str, made: Sequence[str]) -> float:
    statistics = instance.get_run_step_stats(run_id, step_keys=list(made))
    return sum(s.end_time - s.start_time for s in statistics if s.end_time and s.start_time)


def user_error(error: BaseException | None) -> UserError | None:
    """What only the user can mend among what `error` was raised from, however deep Dagster wrapped it."""
    seen: set[int] = set()  # chains of causes can run in a circle
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, UserError):
            return error
        if isinstance(error, OSError) and error.errno in DISK_TROUBLE:
            place = error.filename or data_root()
            return UserError(f"{place}: {error.strerror}; make room or mend the permissions, and run again.")
        error = error.__cause__ or error.__context__
    return None
