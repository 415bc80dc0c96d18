"""Sensor `new_episodes`: registers videos that appear below the data root, and starts their runs."""

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
from screenalytics_assets.library.new_videos import VIDEOS, Found, Memory, VideoFile, bring_in_all, list_videos, look
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.run_tags import STARTED_BY_TAG
from screenalytics_resources.video.probe import probe

MOST_AT_ONCE = 50
"""Episodes registered at one tick; the others wait for the next."""


@sensor(
    job=EPISODE_JOB,
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Registers complete videos below `videos/` as episodes, and starts their runs.",
)
def new_episodes(context: SensorEvaluationContext, store: StoreResource) -> SensorResult | SkipReason:
    """Registers complete videos below `videos/` as episodes and starts their runs.

    A file that is still being written waits; one that is no episode, or no video, is reported once, also as an alert.
    """
    found = look_for_videos(context, store.store(), time.time())
    # What does not fit into this tick is not remembered, so the next one finds it complete again.
    brought, failed = bring_in_all(store.store(), found.ready[:MOST_AT_ONCE])
    refused = {**found.refused, **failed}
    for sentence in refused.values():
        context.log.warning(sentence)
    record_refused_files(refused, found.memory.files.keys())
    if not brought:
        context.update_cursor(found.memory.model_dump_json())
        return SkipReason(_sentence(found, refused))
    return SensorResult(
        dynamic_partitions_requests=[EPISODES.build_add_request(list(brought))],
        run_requests=list(_requests(brought)),
        cursor=found.memory.model_dump_json(),
    )


def look_for_videos(context: SensorEvaluationContext, store: ArtifactStore, now: float) -> Found:
    """What lies below `videos/` and is of no registered episode, compared with the last look."""
    known = set(context.instance.get_dynamic_partitions("episodes"))
    memory = Memory.model_validate_json(context.cursor) if context.cursor else Memory()

    def check(file: VideoFile) -> None:
        with store.place.local_file(store.base / VIDEOS / file.key) as local:
            probe(local)

    return look(list_videos(store, known), memory, now, check)


def _requests(brought: Mapping[str, VideoFile]) -> Iterator[RunRequest]:
    for ep_id, file in brought.items():
        yield RunRequest(
            run_key=f"{ep_id} {file.size} {file.changed_ns}",
            partition_key=ep_id,
            tags={STARTED_BY_TAG: "new_episodes"},
        )


def _sentence(found: Found, refused: Mapping[str, str]) -> str:
    waiting = f"{len(found.waiting)} files are still being written" if found.waiting else "no new video"
    return " ".join([f"{waiting}.", *refused.values()])
