"""Run one episode with the same assets, checks and Dagster instance that the web UI uses."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from screenalytics_app.actions.cast.database import finish_killed_commands_of
from screenalytics_app.actions.check_results import CheckResult, check_results
from screenalytics_app.actions.dagster_instance import execute, open_instance
from screenalytics_app.actions.errors import user_error
from screenalytics_app.actions.moderation.apply_to_tracks import apply_to_tracks
from screenalytics_app.actions.register_truth import register_truth, usable_truth
from screenalytics_app.actions.register_video import register_video
from screenalytics_app.actions.run_settings import refuse_bad_settings, settings_by_asset, to_keep
from screenalytics_assets.automation.adoption import adopt
from screenalytics_assets.dagster_support.dead_runs import end_runs_of
from screenalytics_assets.episode_video.chosen_stream import chosen_stream, video_digest
from screenalytics_assets.identities.adopt_earlier_words import adopt_earlier_words
from screenalytics_assets.library.video_digest import quick_digest
from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS
from screenalytics_assets.lineage.staleness import Current, cleaned_assets, first_gap, stale_assets
from screenalytics_assets.settings.episode_settings import change_kept, kept_settings
from screenalytics_assets.settings.sources import PROFILE
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.progress import Progress
from screenalytics_resources.run_tags import VIDEO_TAG
from screenalytics_resources.tombstones import delete_tombstone

if TYPE_CHECKING:
    from dagster import DagsterInstance, JobDefinition


@dataclass(frozen=True)
class RunRequest:
    """An episode to run. `from_asset` is made again with all downstream.

    `settings` are explicit values by name. Those that shape results are kept with the episode: otherwise the artifacts
    of this run would be out of date at once, and the next run or backfill would make them again with other values.
    """

    ep_id: str
    video: Path | None
    settings: Mapping[str, Any]
    from_asset: str | None = None
    truth: Path | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    """Further tags of the Dagster run."""
    replace_video: bool = False
    """Whether `video` may replace another one, which is kept."""
    stream: int | None = None
    """Index of the video stream to use from now on; by default the earlier choice, or the main stream."""


@dataclass(frozen=True)
class RunResult:
    """What a run did."""

    ep_id: str
    run_id: str
    made: tuple[str, ...]
    """Assets that had to be made, in the order of the graph; the others were up to date."""
    seconds: float
    step_seconds: float
    """Wall time within the steps of the assets; the rest is Dagster's and the checks'."""
    checks: tuple[CheckResult, ...]
    replaced_cleanups: tuple[str, ...] = ()
    """Those of `made` that a cleanup had written."""
    ended_runs: tuple[str, ...] = ()
    """Ids of runs whose process was killed; this run marked them as failed."""
    kept_settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings kept with the episode, which this run used: those given for it, and those of earlier runs."""

    @property
    def blocked(self) -> bool:
        """Whether a blocking check failed, so that nothing downstream of it was made."""
        return any(check.blocks for check in self.checks)


def run_episode(request: RunRequest, store: ArtifactStore, progress: Progress) -> RunResult:
    """Register the video, make what is missing or out of date, and evaluate every check.

    Raises:
        UserError: the input or a setting is invalid, an artifact is damaged, or another process holds the lock.
    """
    ep_id = parse_ep_id(request.ep_id).text
    by_asset = settings_by_asset(request.settings)
    given = to_keep(request.settings)
    refuse_bad_settings(by_asset, kept_settings(store, ep_id) | given)
    with episode_lock(store, ep_id):
        truth = usable_truth(store, ep_id, request.truth, request.video, request.stream) if request.truth else None
        register_video(store, ep_id, request.video, request.stream, request.replace_video)
        if truth:
            register_truth(store, ep_id, truth)
        finish_killed_commands_of(store, parse_ep_id(ep_id).show)
        delete_tombstone(store, ep_id)
        adopt_earlier_words(store, ep_id)
        with open_instance() as instance:
            ended = end_runs_of(instance, ep_id)
            apply_to_tracks(store, ep_id)  # decisions that could not be applied while another run was at work
            adopt(instance, store, ep_id)
            made = _assets_to_make(request, store, by_asset)
            tags = {**request.tags, VIDEO_TAG: quick_digest(store, ep_id)}
            cleaned = cleaned_assets(store, ep_id, made)
            kept = change_kept(store, ep_id, given)  # before the run, so that a killed run is resumed with them
            # The steps read kept settings from the file, like every other run, so they are not config of this run.
            config = {asset: _without(values, kept) for asset, values in by_asset.items()}
            result = _execute(instance, ep_id, made, config, progress, tags)
    return replace(result, ended_runs=tuple(ended), replaced_cleanups=tuple(cleaned), kept_settings=kept)


def _without(values: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in names}


def _assets_to_make(request: RunRequest, store: ArtifactStore, by_asset: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if request.from_asset is None:
        with store.local_video(request.ep_id) as video:
            sha256 = file_sha256(video)
        digest = video_digest(sha256, chosen_stream(store, request.ep_id))
        kept = kept_settings(store, request.ep_id)
        return stale_assets(store, request.ep_id, Current(by_asset, kept), digest)
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
            f"Cannot start from {request.from_asset}: {gap} is missing or was built from inputs that have changed "
            f"since. Run without --from, or from {gap}."
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
    ops = {asset: {"config": values} for asset, values in by_asset.items() if asset in made and values}
    run_id = str(uuid4())
    failure: Exception | None = None
    began = time.monotonic()
    try:
        execute(job, instance, ep_id, run_id, ops, tags)
    except Exception as error:
        failure = error
    seconds = time.monotonic() - began
    checks = tuple(check_results(instance, run_id, job))
    step_seconds = _asset_step_seconds(instance, run_id, made)
    result = RunResult(ep_id, run_id, tuple(made), seconds, step_seconds, checks)
    if failure is not None and not result.blocked:
        raise user_error(failure) or failure
    return result


def episode_job(made: Sequence[str], progress: Progress) -> "JobDefinition":
    """Return the job that makes `made` and evaluates every check, including those of assets that are up to date.

    A failing blocking check must hold back what is made now, even if an earlier run made the asset that it checks.
    """
    from dagster import AssetKey

    from screenalytics_assets.definitions import build_definitions

    definitions = build_definitions({"progress": progress_resource(progress)})
    job = definitions.resolve_job_def("episode")
    checks = set(job.asset_layer.asset_graph.asset_check_keys)
    return job.get_subset(asset_selection={AssetKey(asset) for asset in made}, asset_check_selection=checks)


def progress_resource(progress: Progress) -> Any:
    """Wrap `progress` as the Dagster resource that assets require."""
    from screenalytics_resources.dagster_resources import ProgressResource

    class CallerProgress(ProgressResource):
        def progress(self) -> Progress:
            return progress

    return CallerProgress()


def _asset_step_seconds(instance: "DagsterInstance", run_id: str, made: Sequence[str]) -> float:
    statistics = instance.get_run_step_stats(run_id, step_keys=list(made))
    return sum(s.end_time - s.start_time for s in statistics if s.end_time and s.start_time)
