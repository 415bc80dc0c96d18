"""Sensor `dead_runs`: ends runs whose process disappeared without reporting it, for example after a power cut.

A code server reports its runs that are killed. If the code server dies with them, a run would count as in progress
forever, keep its slot in the pool, and make every backfill skip its episode. A live run holds the lock of its episode,
which the operating system releases when the process ends, so a run without the lock is dead.
"""

import time

from dagster import DefaultSensorStatus, SensorEvaluationContext, SkipReason, sensor

from screenalytics_assets.automation.sensor_interval import SENSOR_INTERVAL_S
from screenalytics_assets.dagster_support.dead_runs import end_dead_runs
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.run_tags import PARTITION_TAG


@sensor(
    minimum_interval_seconds=SENSOR_INTERVAL_S,
    default_status=DefaultSensorStatus.RUNNING,
    description="Ends runs whose process no longer exists, which frees their pool slots and their episodes.",
)
def dead_runs(context: SensorEvaluationContext, store: StoreResource) -> SkipReason:
    ended = end_dead_runs(context.instance, store.store(), time.time())
    for run in ended:
        context.log.warning(f"{run.tags[PARTITION_TAG]}: ended run {run.run_id}, whose process no longer exists.")
    return SkipReason(f"{len(ended)} runs without a process were ended.")
