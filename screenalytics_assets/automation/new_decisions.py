"""Sensor `new_decisions`: clusters an episode again after people have decided something about it, and then stopped."""

import time

from dagster import (
    AssetKey,
    DefaultSensorStatus,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from screenalytics_assets.automation.jobs import EPISODE_JOB
from screenalytics_assets.automation.sensor_interval import SENSOR_INTERVAL_S
from screenalytics_assets.automation.take_videos import episodes_in_progress
from screenalytics_assets.library.new_decisions import Memory, scan_decisions
from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import BackfillSettings
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.project import config_dir
from screenalytics_resources.run_tags import STARTED_BY_TAG

REBUILT = ("identities", *(name for name, row in EPISODE_ARTIFACTS.items() if "identities" in row.upstream))
"""Assets of a run: the identities, and what is built from them."""
MOST = 20
"""Maximum runs requested per tick. Further episodes wait for the next tick."""


@sensor(
    job=EPISODE_JOB,
    minimum_interval_seconds=SENSOR_INTERVAL_S,
    default_status=DefaultSensorStatus.RUNNING,
    description="Builds the identities of an episode again after people have decided something about it.",
)
def new_decisions(context: SensorEvaluationContext, store: StoreResource) -> SensorResult | SkipReason:
    """Request the identities of each episode whose decisions changed and have been quiet for `recluster_quiet_s`.

    What is built from them is part of the run. An episode with a run in progress waits for its end.
    """
    library, quiet_s = store.store(), resolve(BackfillSettings, config_dir()).values.recluster_quiet_s
    memory = Memory.model_validate_json(context.cursor) if context.cursor else Memory()
    known = sorted(context.instance.get_dynamic_partitions("episodes"))
    scan = scan_decisions(library, known, memory, time.time(), quiet_s)
    running = episodes_in_progress(context.instance) if scan.ready else set()
    chosen = [ep_id for ep_id in scan.ready if ep_id not in running][:MOST]
    cursor = scan.memory_without(set(scan.ready) - set(chosen)).model_dump_json()
    if not chosen:
        context.update_cursor(cursor)
        return SkipReason(f"{len(scan.memory.waiting)} episodes wait until people stop deciding or a run ends.")
    requests = [
        RunRequest(
            run_key=f"{ep_id} {scan.memory.settled[ep_id]} {scan.memory.waiting[ep_id].since}",
            partition_key=ep_id,
            asset_selection=[AssetKey(asset) for asset in REBUILT],
            tags={STARTED_BY_TAG: "new_decisions"},
        )
        for ep_id in chosen
    ]
    return SensorResult(run_requests=requests, cursor=cursor)
