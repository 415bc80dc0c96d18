"""The state of the library: episodes by stage, failing checks, throughput, and the time for what is left."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.library.episode_states import EpisodeState, LibraryStates, library_states
from screenalytics_assets.library.partition_keys import odd_keys
from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS
from screenalytics_resources.artifact_store import ArtifactStore

if TYPE_CHECKING:
    from dagster import DagsterInstance

RECENT_S = 24 * 3600.0
"""Runs that ended within this many seconds count towards the throughput."""
MOST_RUNS = 200


@dataclass(frozen=True)
class Throughput:
    """Episodes finished recently, and the mean length of their runs in seconds."""

    episodes: int
    seconds_each: float


@dataclass(frozen=True)
class StageStatus:
    """One stage: episodes that are up to date, that a run would make, and that fail one of its checks."""

    asset: str
    up_to_date: int
    to_make: int
    failing_checks: int


@dataclass(frozen=True)
class LibraryStatus:
    """The library by stage and in total. `hours_left` is None without a recent run, or if there is nothing to make."""

    stages: tuple[StageStatus, ...]
    episodes: int
    up_to_date: int
    stale: int
    missing: int
    without_video: int
    throughput: Throughput
    hours_left: float | None
    unreadable: Mapping[str, str] = field(default_factory=dict)
    """The reason for each episode or partition key that is not counted, because its state cannot be read."""


def library_status(store: ArtifactStore) -> LibraryStatus:
    """Return the state of every episode of the data root, in total."""
    # Reading a library of a thousand takes as long as loading Dagster, so each gets a core of its own.
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as second_core:
        reading = second_core.submit(_states, store)
        with open_instance() as instance:
            failing = failing_checks(instance)
            speed = throughput(instance, time.time())
            odd = odd_keys(instance.get_dynamic_partitions("episodes"), instance.get_dynamic_partitions("shows"))
        library = reading.result()
    return replace(summarise(library.states, failing, speed), unreadable={**odd, **library.unreadable})


def summarise(states: Sequence[EpisodeState], failing: Counter[str], speed: Throughput) -> LibraryStatus:
    """Count episodes by stage and by state."""
    with_video = [state for state in states if state.kind != "no video"]
    to_make = Counter(asset for state in with_video for asset in state.to_make)
    stages = tuple(
        StageStatus(asset, len(with_video) - to_make[asset], to_make[asset], failing[asset])
        for asset in EPISODE_ARTIFACTS
    )
    kinds = Counter(state.kind for state in states)
    waiting = kinds["missing"] + kinds["stale"]
    return LibraryStatus(
        stages=stages,
        episodes=len(states),
        up_to_date=len(with_video) - waiting,
        stale=kinds["stale"],
        missing=kinds["missing"],
        without_video=kinds["no video"],
        throughput=speed,
        hours_left=waiting * speed.seconds_each / 3600 if speed.episodes and waiting else None,
    )


def _states(store: ArtifactStore) -> LibraryStates:
    return library_states(store, store.episodes())


def throughput(instance: "DagsterInstance", now: float) -> Throughput:
    """Return how many episodes were made recently, and the mean length of their successful runs."""
    from dagster import DagsterRunStatus, RunsFilter

    records = instance.get_run_records(
        RunsFilter(job_name="episode", statuses=[DagsterRunStatus.SUCCESS]), limit=MOST_RUNS
    )
    lengths = [
        record.end_time - record.start_time
        for record in records
        if record.start_time and record.end_time and now - record.end_time < RECENT_S
    ]
    return Throughput(len(lengths), sum(lengths) / len(lengths)) if lengths else Throughput(0, 0.0)


def failing_checks(instance: "DagsterInstance") -> Counter[str]:
    """Count the episodes whose last evaluation of a check failed, by asset; an episode counts once per asset."""
    from screenalytics_assets.all_checks import CHECKS
    from screenalytics_assets.dagster_support.internals import failed_checks
    from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS

    known = {key for check in CHECKS for key in check.check_keys}
    keys = {key for key in known if key.asset_key.path[-1] in EPISODE_ARTIFACTS}
    return Counter(asset for asset, _ in failed_checks(instance, keys))
