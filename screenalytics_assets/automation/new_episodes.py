"""Sensor `new_episodes`: registers episodes of the data root, adopts their artifacts, and starts runs of new videos."""

import time
from collections.abc import Collection, Mapping

from dagster import (
    AssetKey,
    DagsterInstance,
    DefaultSensorStatus,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from screenalytics_assets.automation.adoption import adopt, has_artifacts
from screenalytics_assets.automation.alerts import record_refused_files
from screenalytics_assets.automation.jobs import EPISODE_JOB
from screenalytics_assets.automation.sensor_interval import SENSOR_INTERVAL_S
from screenalytics_assets.automation.take_videos import BUDGET_S, Taken, has_run_of, take_videos
from screenalytics_assets.library.episode_states import episodes_to_build, recorded_digest
from screenalytics_assets.library.new_videos import (
    VIDEOS,
    Memory,
    ScanResult,
    VideoFile,
    list_videos,
    refuse_rivals,
    scan,
)
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.errors import UserError
from screenalytics_resources.tombstones import refuse_removed
from screenalytics_resources.video.probe import probe

MAX_NEW_EPISODES = 50
"""Maximum episodes registered per tick. Further ones wait for the next tick."""


@sensor(
    job=EPISODE_JOB,
    minimum_interval_seconds=SENSOR_INTERVAL_S,
    default_status=DefaultSensorStatus.RUNNING,
    description="Registers episodes of the data root and starts the runs of complete new videos below `videos/`.",
)
def new_episodes(context: SensorEvaluationContext, store: StoreResource) -> SensorResult | SkipReason:
    """Register complete videos below `videos/` as episodes and request what is missing of them.

    A file that is still being written waits, and so does one whose episode is being worked on. A file that is refused
    is reported once in the log and as an alert.
    """
    library, instance = store.store(), context.instance
    files, scanned = look_for_videos(context, library, time.time())
    taken = take_videos(instance, library, scanned, MAX_NEW_EPISODES)
    refused = {**scanned.refused, **taken.failed}
    memory = scanned.memory_with(taken.postponed)
    for reason in refused.values():
        context.log.warning(reason)
    record_refused_files(refused, memory.files.keys())
    adopted = _adopt_without_video(instance, library, {file.ep_id for file in files})
    if not taken.requests:
        context.update_cursor(memory.model_dump_json())
        return SkipReason(_skip_reason(scanned, taken, refused, len(adopted)))
    return SensorResult(run_requests=list(taken.requests), cursor=memory.model_dump_json())


def look_for_videos(
    context: SensorEvaluationContext, store: ArtifactStore, now: float
) -> tuple[list[VideoFile], ScanResult]:
    """List the files below `videos/` that may need a run, and compare them with the last scan."""
    memory = Memory.model_validate_json(context.cursor) if context.cursor else Memory()
    files = _candidates(context.instance, store, memory)

    def check(file: VideoFile) -> None:
        ep_id = file.ep_id or ""
        refuse_removed(store, ep_id)
        if file.rivals:
            refuse_rivals(store, file)
            return
        if file.is_placed and recorded_digest(store, ep_id, file.size):
            return  # a run has read it before
        with store.place.local_file(store.base / VIDEOS / file.key) as local:
            probe(local)

    return files, scan(files, memory, now, check)


def _candidates(instance: DagsterInstance, store: ArtifactStore, memory: Memory) -> list[VideoFile]:
    """Return the files whose episode is unknown or has no run yet, and the loose files.

    A file that waited at the last tick stays a candidate until this sensor has handled it. The daemon may have been
    killed after the registration of its episode and before the start of its run.
    """
    known = set(instance.get_dynamic_partitions("episodes"))
    waiting = {key.partition("/")[0].partition(".")[0] for key, seen in memory.files.items() if not seen.refused}
    settled = (known & instance.get_materialized_partitions(AssetKey("episode_video"))) - waiting
    return [
        file
        for file in list_videos(store, settled)
        if not (file.is_placed and file.ep_id in known - waiting and has_run_of(instance, store, file.ep_id))
    ]


def _adopt_without_video(
    instance: DagsterInstance, store: ArtifactStore, with_video: Collection[str | None]
) -> list[str]:
    """Adopt the episodes that have artifacts but are unknown to this instance, a limited number per call."""
    known = set(instance.get_dynamic_partitions("episodes")) | set(with_video)
    unknown = [ep_id for ep_id in episodes_to_build(store) if ep_id not in known and has_artifacts(store, ep_id)]
    began, adopted = time.monotonic(), []
    for ep_id in unknown[:MAX_NEW_EPISODES]:
        if time.monotonic() - began > BUDGET_S:
            break
        if _is_adopted(instance, store, ep_id):
            adopted.append(ep_id)
    return adopted


def _is_adopted(instance: DagsterInstance, store: ArtifactStore, ep_id: str) -> bool:
    try:
        adopt(instance, store, ep_id)
    except UserError:  # a later tick or a run of the episode reports it
        return False
    return True


def _skip_reason(scanned: ScanResult, taken: Taken, refused: Mapping[str, str], adopted: int) -> str:
    counts = {
        "files are still being written": len(scanned.waiting),
        "files wait for their turn": len(taken.postponed),
        "episodes were adopted and miss nothing": len(taken.complete) + adopted,
    }
    sentences = [f"{count} {what}." for what, count in counts.items() if count]
    return " ".join([*(sentences or ["no new video."]), *refused.values()])
