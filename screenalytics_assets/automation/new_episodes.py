"""Sensor `new_episodes`: registers new videos below the data root and starts their runs."""

import time
from collections.abc import Iterator

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
from screenalytics_assets.library.new_videos import VIDEOS, Memory, ScanResult, VideoFile, bring_in, list_videos, scan
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
    for reason in scanned.refused.values():
        context.log.warning(reason)
    record_refused_files(scanned.refused, scanned.memory.files.keys())
    if not scanned.ready:
        context.update_cursor(scanned.memory.model_dump_json())
        return SkipReason(_skip_reason(scanned))
    # Videos beyond the maximum are not in the memory, so the next tick finds them complete again.
    taken = scanned.ready[:MAX_NEW_EPISODES]
    ids = [bring_in(store.store(), file) for file in taken]
    return SensorResult(
        dynamic_partitions_requests=[EPISODES.build_add_request(ids)],
        run_requests=list(_requests(ids, taken)),
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


def _requests(ids: list[str], files: tuple[VideoFile, ...]) -> Iterator[RunRequest]:
    for ep_id, file in zip(ids, files, strict=True):
        yield RunRequest(
            run_key=f"{ep_id} {file.size} {file.changed_ns}",
            partition_key=ep_id,
            tags={STARTED_BY_TAG: "new_episodes"},
        )


def _skip_reason(scanned: ScanResult) -> str:
    status = f"{len(scanned.waiting)} files are still being written" if scanned.waiting else "no new video"
    return " ".join([f"{status}.", *scanned.refused.values()])
