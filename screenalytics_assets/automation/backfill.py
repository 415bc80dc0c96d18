"""Schedule `nightly_backfill`: builds a limited number of episodes that are missing, failed or out of date."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from dagster import (
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    DefaultScheduleStatus,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    schedule,
)

from screenalytics_assets.automation.adoption import adopt
from screenalytics_assets.automation.alerts import EPISODE_CHECK, record_states
from screenalytics_assets.automation.jobs import EPISODE_JOB
from screenalytics_assets.dagster_support.internals import is_valid_cron_string
from screenalytics_assets.library.backfill_plan import BackfillPlan, plan_backfill
from screenalytics_assets.library.episode_states import (
    EpisodeState,
    LibraryStates,
    episodes_to_build,
    library_states,
)
from screenalytics_assets.library.partition_keys import odd_keys
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import BackfillSettings
from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import printable
from screenalytics_resources.project import config_dir
from screenalytics_resources.run_tags import PARTITION_TAG, STARTED_BY_TAG

FINGERPRINT_TAG = "screenalytics/fingerprint"
UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]
_DEFAULT_CRON = "0 2 * * *"


def planned(instance: DagsterInstance, library: LibraryStates, settings: BackfillSettings) -> BackfillPlan:
    """Return what a backfill would build now, considering the runs recorded in this instance.

    Unreadable episodes are left out.
    """
    unfinished = instance.get_runs(filters=RunsFilter(statuses=UNFINISHED))
    running = {run.tags[PARTITION_TAG] for run in unfinished if PARTITION_TAG in run.tags}

    def failures(state: EpisodeState) -> int:
        tags = {PARTITION_TAG: state.ep_id, FINGERPRINT_TAG: state.fingerprint}
        return instance.get_runs_count(RunsFilter(statuses=[DagsterRunStatus.FAILURE], tags=tags))

    plan = plan_backfill(library.states, running, failures, settings)
    return replace(plan, left_out={**library.unreadable, **plan.left_out})


def nightly_backfill() -> ScheduleDefinition:
    """Return the schedule with the cron expression of the settings."""

    @schedule(
        job=EPISODE_JOB,
        name="nightly_backfill",
        cron_schedule=_cron(),
        default_status=DefaultScheduleStatus.RUNNING,
        description="Builds episodes that are missing, failed or out of date, a limited number per night.",
    )
    def evaluate(context: ScheduleEvaluationContext) -> Iterator[RunRequest | SkipReason]:
        settings = backfill_settings()
        store = ArtifactStore(data_root())
        odd = odd_keys(context.instance.get_dynamic_partitions("episodes"))
        library = library_states(store, episodes_to_build(store))
        record_states(EPISODE_CHECK, library.unreadable)
        plan = planned(context.instance, replace(library, unreadable={**odd, **library.unreadable}), settings)
        problems = {state.ep_id: _adopt(context.instance, store, state.ep_id) for state in plan.chosen}
        chosen = [state for state in plan.chosen if not problems[state.ep_id]]
        left_out = {**plan.left_out, **{ep_id: why for ep_id, why in problems.items() if why}}
        for ep_id, why in left_out.items():
            context.log.info(printable(f"{ep_id} is skipped: {why.rstrip('.')}."))
        if not chosen:
            yield SkipReason("Every episode is up to date." if not left_out else "; ".join(_skip_reasons(left_out)))
        for state in chosen:
            yield RunRequest(
                run_key=f"{state.ep_id} {state.fingerprint} {context.scheduled_execution_time.isoformat()}",
                partition_key=state.ep_id,
                asset_selection=[AssetKey(asset) for asset in state.to_make],
                tags={FINGERPRINT_TAG: state.fingerprint, STARTED_BY_TAG: "nightly_backfill"},
            )

    return evaluate


def _adopt(instance: DagsterInstance, store: ArtifactStore, ep_id: str) -> str:
    """Adopt an episode, and return why that is impossible, or ""."""
    try:
        adopt(instance, store, ep_id)
    except UserError as error:
        return str(error)
    return ""


def backfill_settings() -> BackfillSettings:
    """Return the current settings. Raises `UserError` if they are invalid."""
    settings = resolve(BackfillSettings, config_dir()).values
    if not is_valid_cron_string(settings.backfill_cron):
        raise UserError(
            f"backfill_cron {settings.backfill_cron!r} is not a valid cron expression. "
            f"Use one such as '{_DEFAULT_CRON}'."
        )
    return settings


def _cron() -> str:
    """Return the cron expression of the settings, or the default if the settings are invalid.

    Invalid settings must not keep the graph from loading. Each tick reports them.
    """
    try:
        return backfill_settings().backfill_cron
    except UserError:
        return _DEFAULT_CRON


def _skip_reasons(left_out: Mapping[str, str]) -> list[str]:
    return [printable(f"{ep_id}: {why}") for ep_id, why in list(left_out.items())[:5]]
