"""Takes complete videos: moves each to its episode, adopts the episode, and requests a run of what is missing."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from dagster import AssetKey, DagsterInstance, RunRequest, RunsFilter

from screenalytics_assets.automation.adoption import adopt
from screenalytics_assets.automation.backfill import UNFINISHED
from screenalytics_assets.library.episode_states import EpisodeState, state_of
from screenalytics_assets.library.new_videos import ScanResult, SeenFile, VideoFile, bring_in
from screenalytics_assets.library.video_digest import quick_digest
from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import HeldLockError, UserError
from screenalytics_resources.plain_text import printable
from screenalytics_resources.run_tags import PARTITION_TAG, STARTED_BY_TAG, VIDEO_TAG

BUDGET_S = 15.0
"""Time after which a tick starts no further adoption, s. One takes 0.2 s, and Dagster ends a tick after 60 s."""


@dataclass(frozen=True)
class Taken:
    """What became of the complete videos: run requests, complete episodes, errors by file, and postponed files."""

    requests: tuple[RunRequest, ...]
    complete: tuple[str, ...]
    failed: Mapping[str, str]
    postponed: tuple[VideoFile, ...]


def take_videos(instance: DagsterInstance, store: ArtifactStore, scanned: ScanResult, most: int) -> Taken:
    """Take at most `most` complete videos. One that cannot be taken does not keep others back.

    A video whose episode has a run in progress, or is locked by another process, is postponed, and so are all that
    remain after `BUDGET_S`.
    """
    began = time.monotonic()
    requests: list[RunRequest] = []
    complete: list[str] = []
    failed: dict[str, str] = {}
    postponed = list(scanned.ready[most:])
    running = episodes_in_progress(instance) if scanned.ready else set()
    for file in scanned.ready[:most]:
        if file.ep_id in running or time.monotonic() - began > BUDGET_S:
            postponed.append(file)
            continue
        try:
            request = _take(instance, store, file, scanned.seen[file.key])
        except HeldLockError:
            postponed.append(file)
        except (OSError, UserError) as error:
            failed[file.key] = printable(f"videos/{file.key} cannot be registered as an episode ({error}).")
        else:
            if request is None:
                complete.append(file.ep_id or "")
            else:
                requests.append(request)
    return Taken(tuple(requests), tuple(complete), failed, tuple(postponed))


def has_run_of(instance: DagsterInstance, store: ArtifactStore, ep_id: str) -> bool:
    """Return whether this instance has a run of the episode with its present video, in any state."""
    try:
        digest = quick_digest(store, ep_id)
    except OSError:  # the check of the video reports it
        return False
    tags = {PARTITION_TAG: ep_id, VIDEO_TAG: digest}
    return instance.get_runs_count(RunsFilter(tags=tags)) > 0


def _take(instance: DagsterInstance, store: ArtifactStore, file: VideoFile, seen: SeenFile) -> RunRequest | None:
    """Bring in one video and adopt its episode. Returns None if no artifact is missing.

    An episode that is complete but out of date is left to the backfill, which rebuilds the library in portions.
    """
    ep_id = file.ep_id or ""
    with episode_lock(store, ep_id):
        bring_in(store, file)
        adopt(instance, store, ep_id)
        state = state_of(store, ep_id)
        if state.kind == "whole" or (state.kind == "stale" and "episode_video" not in state.to_make):
            return None
        return _request(state, quick_digest(store, ep_id), _generation(instance, ep_id, seen))


def _request(state: EpisodeState, digest: str, generation: int) -> RunRequest:
    everything = len(state.to_make) == len(EPISODE_ARTIFACTS)
    return RunRequest(
        run_key=f"{state.ep_id} {digest} {generation}",
        partition_key=state.ep_id,
        asset_selection=None if everything else [AssetKey(asset) for asset in state.to_make],
        tags={STARTED_BY_TAG: "new_episodes", VIDEO_TAG: digest},
    )


def _generation(instance: DagsterInstance, ep_id: str, seen: SeenFile) -> int:
    """Return how many runs of the episode are older than this sighting of its video.

    Dagster starts one run per run key. The number differs after a removal and a new registration, and stays the same if
    a killed daemon evaluates this tick again.
    """
    before = datetime.fromtimestamp(seen.since, UTC)
    return instance.get_runs_count(RunsFilter(tags={PARTITION_TAG: ep_id}, created_before=before))


def episodes_in_progress(instance: DagsterInstance) -> set[str]:
    """Return the episodes that have an unfinished run."""
    unfinished = instance.get_runs(filters=RunsFilter(statuses=UNFINISHED))
    return {run.tags[PARTITION_TAG] for run in unfinished if PARTITION_TAG in run.tags}
