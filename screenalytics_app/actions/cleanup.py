"""Clean up an episode, rebuild what follows from it, or restore a set that a cleanup replaced."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from screenalytics_app.actions.check_results import CheckResult, check_results
from screenalytics_app.actions.dagster_instance import execute, open_instance
from screenalytics_app.actions.errors import user_error
from screenalytics_app.actions.moderation.apply_to_tracks import apply_to_tracks
from screenalytics_app.actions.run_episode import RunRequest, RunResult, progress_resource, run_episode
from screenalytics_assets.automation.adoption import adopt
from screenalytics_assets.cleanup.actions import parse_actions
from screenalytics_assets.cleanup.artifact_set import load_artifact_set
from screenalytics_assets.cleanup.checks import load_cleanup_report
from screenalytics_assets.cleanup.write_back import CLEANED_SPECS, promote_set, stage_crop_index
from screenalytics_assets.contract.cleanup_records import CleanupReport
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACKS
from screenalytics_assets.dagster_support.dead_runs import end_runs_of
from screenalytics_assets.identities.sheet_file import write_sheet
from screenalytics_assets.lineage.artifact_table import ARTIFACTS, EPISODE_ARTIFACTS
from screenalytics_assets.lineage.staleness import first_gap
from screenalytics_assets.settings.sources import PROFILE, refuse_names
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.progress import Progress
from screenalytics_resources.promotion import Staged, stage_backup, staging
from screenalytics_resources.sealed_files import DamagedArtifactError


@dataclass(frozen=True)
class CleanupRequest:
    """Phases to run on an episode; `settings` are explicit values by name, including the profile."""

    ep_id: str
    actions: Sequence[str]
    settings: Mapping[str, Any]
    write_back: bool = False
    force: bool = False


@dataclass(frozen=True)
class CleanupResult:
    """The report of a cleanup and the results of its checks; `rebuilt` is the run after a promotion."""

    report: CleanupReport
    checks: tuple[CheckResult, ...]
    rebuilt: RunResult | None = None


@dataclass(frozen=True)
class RestoreResult:
    """A set of artifacts that was restored; `rebuilt` is the run after it."""

    ep_id: str
    number: int
    replaced_at: datetime
    """When the restored set had been replaced."""
    artifacts: tuple[str, ...]
    rebuilt: RunResult | None = None


def run_cleanup(request: CleanupRequest, store: ArtifactStore, progress: Progress) -> CleanupResult:
    """Make `cleanup_report` of an episode, with write-back if requested, and evaluate its checks.

    Raises:
        UserError: an action, setting or profile is unknown, artifacts are missing, or another process holds the lock.
    """
    from screenalytics_assets.definitions import build_definitions

    ep_id = parse_ep_id(request.ep_id).text
    actions = parse_actions(request.actions)
    given = {name: value for name, value in request.settings.items() if value is not None}
    refuse_names(
        given.keys() - {PROFILE}, ARTIFACTS["cleanup_report"].setting_fields().keys(), "the cleanup's settings"
    )
    if ep_id not in store.episodes():
        raise UserError(
            f"There is no episode {ep_id}: run it first with `screenalytics run --ep-id {ep_id} --video PATH`."
        )
    config = {**given, "actions": list(actions), "write_back": request.write_back, "force": request.force}
    with episode_lock(store, ep_id), open_instance() as instance:
        end_runs_of(instance, ep_id)
        adopt(instance, store, ep_id)
        definitions = build_definitions({"progress": progress_resource(progress)})
        job = definitions.resolve_job_def("cleanup")
        run_id = str(uuid4())
        try:
            execute(job, instance, ep_id, run_id, {"cleanup_report": {"config": config}})
        except Exception as error:
            raise user_error(error) or error from None
        return CleanupResult(load_cleanup_report(store, ep_id), tuple(check_results(instance, run_id, job)))


def restore(store: ArtifactStore, ep_id: str, number: int) -> RestoreResult:
    """Restore the `number`-th last set that was replaced; the current set becomes a backup.

    What people have decided since about its tracks holds for them, too.

    Raises:
        UserError: there is no such set, it is damaged, or its crops have been replaced.
    """
    ep_id = parse_ep_id(ep_id).text
    with episode_lock(store, ep_id), staging(store, ep_id) as staged:
        backup = stage_backup(staged, number)
        _refuse_other_crops(staged, number)
        _refuse_damaged(staged, number)
        journal = promote_set(staged, "restore", [spec.asset for spec in CLEANED_SPECS])
        apply_to_tracks(store, ep_id)
        restored = load_artifact_set(store, ep_id)
        if restored.identities and restored.faces:
            write_sheet(store, ep_id, restored.identities.content.identities, restored.faces.rows)
        with open_instance() as instance:
            adopt(instance, store, ep_id)
    return RestoreResult(ep_id, number, backup.replaced_by.promoted_at, journal.artifacts)


def rebuild(store: ArtifactStore, ep_id: str, progress: Progress) -> RunResult:
    """Run an episode from its first stale asset, after a promotion or a restore."""
    return run_episode(RunRequest(ep_id, None, {}, first_stale(store, ep_id)), store, progress)


def first_stale(store: ArtifactStore, ep_id: str) -> str:
    """Return the first asset that was built from inputs that have changed since; those before it keep their settings.

    If there is none, return the last asset, the evaluation, so that nothing else is made again.
    """
    return first_gap(store, ep_id, list(EPISODE_ARTIFACTS)) or list(EPISODE_ARTIFACTS)[-1]


def _refuse_other_crops(staged: Staged, number: int) -> None:
    stage_crop_index(staged)
    try:
        load_artifact(staged.files, TRACKS, staged.ep_id)
    except DamagedArtifactError:
        raise UserError(
            f"Set {number} of {staged.ep_id} cannot be restored: its crops have been replaced since, so its tracks "
            f"would show other faces. Run the episode again instead."
        ) from None


def _refuse_damaged(staged: Staged, number: int) -> None:
    """Refuse a kept set with a damaged artifact. A set may lack one: the cleanup then added it."""
    problems = load_artifact_set(staged.files, staged.ep_id).missing
    for spec in CLEANED_SPECS:
        if spec.asset in problems and staged.files.manifest(staged.ep_id, spec.file).exists():
            raise UserError(
                f"Set {number} of {staged.ep_id} cannot be restored, because its {spec.asset} are damaged: restore "
                f"another set. ({problems[spec.asset]})"
            )
