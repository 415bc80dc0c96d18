"""Sensor `released_episodes`: builds what a check held back, once the checks of the episode alone are run and pass.

The automation builds an asset after an upstream asset has changed. An episode that its own run left incomplete, because
a guardrail failed, has no such change when only the check is evaluated again.
"""

from dagster import (
    AssetKey,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    RunStatusSensorContext,
    SkipReason,
    run_status_sensor,
)

from screenalytics_assets.automation.backfill import FINGERPRINT_TAG, UNFINISHED
from screenalytics_assets.automation.jobs import EPISODE_JOB
from screenalytics_assets.automation.sensor_interval import SENSOR_INTERVAL_S
from screenalytics_assets.dagster_support.check_support import CHECK_JOB
from screenalytics_assets.library.episode_states import held_back, state_of
from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.errors import UserError
from screenalytics_resources.run_tags import PARTITION_TAG, STARTED_BY_TAG


@run_status_sensor(
    run_status=DagsterRunStatus.SUCCESS,
    monitor_all_code_locations=True,  # runs of the command line belong to no code location
    default_status=DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=SENSOR_INTERVAL_S,
    request_job=EPISODE_JOB,
    description="Builds what a failed check held back, after a run of the job `check_episode` in which no check fails.",
)
def released_episodes(context: RunStatusSensorContext) -> RunRequest | SkipReason:
    run = context.dagster_run
    ep_id = run.tags.get(PARTITION_TAG)
    if run.job_name != CHECK_JOB or ep_id is None:
        return SkipReason("Not a run of checks alone.")
    if context.instance.get_runs_count(RunsFilter(statuses=UNFINISHED, tags={PARTITION_TAG: ep_id})):
        return SkipReason(f"A run of {ep_id} is in progress.")
    store = ArtifactStore(data_root())
    try:
        state = state_of(store, ep_id)
    except UserError as error:
        return SkipReason(str(error))
    assets = held_back(store, state)
    if not assets:
        return SkipReason(f"Nothing of {ep_id} is held back.")
    return RunRequest(
        run_key=run.run_id,
        partition_key=ep_id,
        asset_selection=[AssetKey(asset) for asset in assets],
        tags={FINGERPRINT_TAG: state.fingerprint, STARTED_BY_TAG: "released_episodes"},
    )
