"""A cleanup from the command line: the report, and with write-back what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from rich.table import Table

from screenalytics_app.actions.dagster_instance import end_dead_runs, execute, open_instance
from screenalytics_app.actions.report_artifacts import report_unknown
from screenalytics_app.actions.run_episode import CheckResult, check_results, progress_resource, user_error
from screenalytics_assets.cleanup.actions import parse_actions
from screenalytics_assets.cleanup.artifact_set import load_artifact_set
from screenalytics_assets.cleanup.checks import load_cleanup_report
from screenalytics_assets.cleanup.write_back import CLEANED_SPECS, promote_set, stage_crop_index
from screenalytics_assets.contract.cleanup_records import CleanupReport
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACKS
from screenalytics_assets.identities.sheet_file import write_sheet
from screenalytics_assets.lineage.artifact_table import ARTIFACTS, EPISODE_ARTIFACTS
from screenalytics_assets.lineage.staleness import first_gap
from screenalytics_assets.settings.sources import PROFILE, refuse_names
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.progress import Progress
from screenalytics_resources.promotion import Backup, Journal, Staged, stage_backup, staging
from screenalytics_resources.sealed_files import DamagedArtifactError


@dataclass(frozen=True)
class CleanupCommand:
    """What the user asked for; `settings` are explicit values by name, the profile among them."""

    ep_id: str
    actions: Sequence[str]
    settings: Mapping[str, Any]
    write_back: bool
    force: bool


def run_cleanup(
    command: CleanupCommand, store: ArtifactStore, progress: Progress
) -> tuple[CleanupReport, list[CheckResult]]:
    """Clean an episode up as the asset does; the report, and the results of its checks.

    Raises:
        UserError: an unknown action, setting or profile, an episode without artifacts, or another process at it.
    """
    from screenalytics_assets.definitions import build_definitions

    ep_id = parse_ep_id(command.ep_id).text
    actions = parse_actions(command.actions)
    given = {name: value for name, value in command.settings.items() if value is not None}
    refuse_names(
        given.keys() - {PROFILE}, ARTIFACTS["cleanup_report"].setting_fields().keys(), "the cleanup's settings"
    )
    if ep_id not in store.episodes():
        raise UserError(
            f"There is no episode {ep_id}: run it first with `screenalytics run --ep-id {ep_id} --video PATH`."
        )
    config = {**given, "actions": list(actions), "write_back": command.write_back, "force": command.force}
    with episode_lock(store, ep_id), open_instance() as instance:
        end_dead_runs(instance, ep_id)
        instance.add_dynamic_partitions("episodes", [ep_id])
        definitions = build_definitions({"progress": progress_resource(progress)})
        job = definitions.resolve_job_def("cleanup")
        run_id = str(uuid4())
        try:
            execute(job, instance, ep_id, run_id, {"cleanup_report": {"config": config}})
        except Exception as error:
            raise user_error(error) or error from None
        return load_cleanup_report(store, ep_id), list(check_results(instance, run_id, job))


def restore(store: ArtifactStore, ep_id: str, number: int) -> tuple[Backup, Journal]:
    """Bring back a set that a cleanup replaced; the set that was there is kept in its turn.

    Raises:
        UserError: no such set, or one whose crops are no longer there.
    """
    ep_id = parse_ep_id(ep_id).text
    with episode_lock(store, ep_id), staging(store, ep_id) as staged:
        backup = stage_backup(staged, number)
        _refuse_other_crops(staged, number)
        journal = promote_set(staged, "restore", [spec.asset for spec in CLEANED_SPECS])
        whole = load_artifact_set(store, ep_id)
        if whole.identities and whole.faces:
            write_sheet(store, ep_id, whole.identities.content.identities, whole.faces.rows)
        with open_instance() as instance:
            report_unknown(instance, store, ep_id)
    return backup, journal


def first_stale(store: ArtifactStore, ep_id: str) -> str:
    """The first asset that was made from what no longer lies there; what comes before keeps its settings.

    The evaluation, the last one, where there is none: nothing else is made again.
    """
    return first_gap(store, ep_id, list(EPISODE_ARTIFACTS)) or list(EPISODE_ARTIFACTS)[-1]


def report_table(report: CleanupReport) -> Table:
    """Before and after, side by side."""
    table = Table("", "before", "after", title=f"{report.ep_id}: {report.cleanup_id}", title_justify="left")
    for name in ("tracks", "faces", "clusters"):
        table.add_row(name, *(_shown(getattr(report, f"{name}_{when}")) for when in ("before", "after")))
    table.add_section()
    for name in type(report.metrics_before).model_fields:
        state = report.guardrails.get(name)
        states = (state.before, state.after) if state else ("", "")
        values = (getattr(metrics, name) for metrics in (report.metrics_before, report.metrics_after))
        table.add_row(name, *(f"{_shown(value)} {said}" for value, said in zip(values, states, strict=True)))
    return table


def summary(report: CleanupReport) -> list[str]:
    """What the phases did, a line each, and what became of the result."""
    lines = [f"{phase} skipped: {why}" for phase, why in report.actions_skipped.items()]
    if report.splits is not None:
        lines.append(f"split_tracks: {report.tracks_split} tracks split, {report.new_tracks_created} new ones")
    if report.faces_rejected is not None:
        lines.append(
            f"reembed: {report.faces_rejected} faces rejected, mean quality {report.mean_quality_before:.3f} -> "
            f"{report.mean_quality_after:.3f}"
        )
    if report.clusters_merged is not None:
        lines.append(f"recluster: {report.clusters_merged} identities went into another one")
    if report.clusters_grouped is not None:
        lines.append(
            f"group_clusters: {report.clusters_grouped} identities grouped, {report.auto_assigned_identities} named"
        )
    lines.append(f"{len(report.moved_tracks)} tracks are in another identity than before")
    if report.refused:
        lines.append(f"nothing was replaced: {report.refused}")
    elif report.promoted:
        lines.append(f"replaced; `screenalytics cleanup --ep-id {report.ep_id} --restore 1` brings the old set back")
    elif report.write_back:
        lines.append("nothing to replace: the result is what lies there")
    else:
        lines.append("a preview: nothing was replaced (--write-back does)")
    return lines


def _shown(value: float | None) -> str:
    return "missing" if value is None else f"{value:g}"


def _refuse_other_crops(staged: Staged, number: int) -> None:
    stage_crop_index(staged)
    try:
        load_artifact(staged.files, TRACKS, staged.ep_id)
    except DamagedArtifactError:
        raise UserError(
            f"Set {number} of {staged.ep_id} cannot be brought back: its crops were made anew since, so its tracks "
            f"would show other faces. Run the episode again instead."
        ) from None
