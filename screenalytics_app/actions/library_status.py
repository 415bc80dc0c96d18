"""The library at a glance: episodes by stage, failing checks, how fast it goes and how long the rest will take."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.library.episode_states import EpisodeState, library_states
from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS
from screenalytics_resources.artifact_store import ArtifactStore

if TYPE_CHECKING:
    from dagster import DagsterInstance

RECENT_S = 24 * 3600.0
"""Runs that ended so long ago at most, s, say how fast it goes."""
MOST_RUNS = 200


@dataclass(frozen=True)
class Throughput:
    """Episodes finished lately, and how long one took on average, s."""

    episodes: int
    seconds_each: float


def library_tables(store: ArtifactStore) -> list[Table]:
    """One row a stage, and a row of totals with throughput and the time that remains."""
    # Reading a library of a thousand takes as long as loading Dagster: both at once, each on a core of its own.
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as beside:
        reading = beside.submit(_states, store)
        with open_instance() as instance:
            failing = failing_checks(instance)
            speed = throughput(instance, time.time())
        states = reading.result()
    return [stage_table(states, failing), totals_table(states, speed)]


def _states(store: ArtifactStore) -> list[EpisodeState]:
    return library_states(store, store.episodes())


def stage_table(states: Sequence[EpisodeState], failing: Counter[str]) -> Table:
    """Episodes by stage: up to date, to be made, and how many episodes fail a check of it."""
    table = Table("stage", "up to date", "to make", "episodes with failing checks", title="library by stage")
    with_video = [state for state in states if state.kind != "no video"]
    for asset in EPISODE_ARTIFACTS:
        to_make = sum(asset in state.to_make for state in with_video)
        table.add_row(asset, str(len(with_video) - to_make), str(to_make), str(failing[asset]))
    return table


def totals_table(states: Sequence[EpisodeState], speed: Throughput) -> Table:
    """All episodes by state, how fast they were made lately, and how long the rest takes at that speed."""
    kinds = Counter(state.kind for state in states)
    waiting = kinds["missing"] + kinds["stale"]
    rate = f"{3600 / speed.seconds_each:.1f} an hour ({speed.episodes} lately)" if speed.episodes else "no run lately"
    remaining = f"{waiting * speed.seconds_each / 3600:.1f} h" if speed.episodes and waiting else "-"
    table = Table("episodes", "whole", "stale", "missing", "without video", "throughput", "time for the rest")
    numbers = (len(states), kinds["whole"], kinds["stale"], kinds["missing"], kinds["no video"])
    table.add_row(*map(str, numbers), rate, remaining)
    return table


def throughput(instance: "DagsterInstance", now: float) -> Throughput:
    """How fast the last episodes were made: the mean length of their successful runs."""
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
    """Episodes whose last evaluation of a check failed, by asset; each counts once an asset."""
    from screenalytics_assets.all_checks import CHECKS
    from screenalytics_assets.dagster_support.internals import failed_checks
    from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS

    known = {key for made in CHECKS for key in made.check_keys}
    keys = {key for key in known if key.asset_key.path[-1] in EPISODE_SPECS}
    return Counter(asset for asset, _ in failed_checks(instance, keys))
