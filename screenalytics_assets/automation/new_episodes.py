"""Sensor `new_episodes`: registers new videos below the data root and starts their runs."""

import time
from collections.abc import Iterator, Mapping

from dagster import (
    DefaultSensorStatus,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from screenalytics_assets.automation.alerts import record_refused_files
from screenalytics_assets.automation.jobs import EPISODE_JOB
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.library.new_videos import (
    VIDEOS,
    Memory,
    ScanResult,
    VideoFile,
    bring_in_all,
    list_videos,
    scan,
)
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.run_tags import STARTED_BY_TAG
from screenalytics_resources.video.probe import probe

MAX_NEW_EPISODES = 50
"""Maximum episodes registered per tick. Further ones wait for the next tick."""


@sensor(
    job=EPISODE_JOB,
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Registers complete videos below `videos/` as episodes, and starts their runs.",
)
def new_episodes(context: SensorEvaluationContext, store: StoreResource) -> SensorResult | SkipReason:
    """Register complete videos below `videos/` as episodes and start their runs.

    A file that is still being written waits. A file with an invalid name or content is reported once in the log and as
    an alert.
    """
    scanned = look_for_videos(context, store.store(), time.time())
    # Videos beyond the maximum are not in the memory, so the next tick finds them complete again.
    brought, failed = bring_in_all(store.store(), scanned.ready[:MAX_NEW_EPISODES])
    refused = {**scanned.refused, **failed}
    for reason in refused.values():
        context.log.warning(reason)
    record_refused_files(refused, scanned.memory.files.keys())
    if not brought:
        context.update_cursor(scanned.memory.model_dump_json())
        return SkipReason(_skip_reason(scanned, refused))
    return SensorResult(
        dynamic_partitions_requests=[EPISODES.build_add_request(list(brought))],
        run_requests=list(_requests(brought)),
        cursor=scanned.memory.model_dump_json(),
    )


def look_for_videos(context: SensorEvaluationContext, store: ArtifactStore, now: float) -> ScanResult:
    """Scan the files below `videos/` that belong to no registered episode, and compare them with the last scan."""
    known = set(context.instance.get_dynamic_partitions("episodes"))
    memory = Memory.model_validate_json(context.cursor) if context.cursor else Memory()

    def check(file: VideoFile) -> None:
        with store.place.local_file(store.base / VIDEOS / file.key) as local:
            probe(local)

    return scan(list_videos(store, known), memory, now, check)


def _requests(brought: Mapping[str, VideoFile]) -> Iterator[RunRequest]:
    for ep_id, file in brought.items():
        yield RunRequest(
            run_key=f"{ep_id} {file.size} {file.changed_ns}",
            partition_key=ep_id,
            tags={STARTED_BY_TAG: "new_episodes"},
        )


def _skip_reason(scanned: ScanResult, refused: Mapping[str, str]) -> str:
    status = f"{len(scanned.waiting)} files are still being written" if scanned.waiting else "no new video"
    return " ".join([f"{status}.", *refused.values()])
