"""A backfill of a library: the wall clock against what the stages themselves take.

The stages' own time is the baseline: the sum, over all episodes, of the seconds from the start to the end of each
asset's step, with the pool of the models at one user at a time. What lies above it is the start of Python, Dagster,
the checks, and waiting.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.live.platform import LivePlatform, wait_for
from benchmarks.live.runs import ended_runs
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.project import PROJECT_ROOT

if TYPE_CHECKING:
    from dagster import DagsterInstance

PATIENCE_S = 1800.0


@dataclass(frozen=True)
class Backfill:
    """One backfill.

    Attributes:
        episodes: how many were made.
        wall_seconds: of the whole command; by the daemon, from the first run's creation to the last one's end.
        asset_seconds: of all asset steps of all runs together, by asset.
        check_seconds: of all steps of checks together.
        run_seconds: of all runs together, from start to end, with their waits for the pool.
    """

    episodes: int
    wall_seconds: float
    asset_seconds: Mapping[str, float]
    check_seconds: float
    run_seconds: float

    @property
    def stages_seconds(self) -> float:
        """The stages' own time."""
        return sum(self.asset_seconds.values())

    def summary(self) -> dict[str, Any]:
        """All of it, with the ratio."""
        own = {
            "stages_seconds": round(self.stages_seconds, 2),
            "ratio": round(self.wall_seconds / self.stages_seconds, 3),
        }
        return asdict(self) | own


def by_command(folder: Path, clip: Path, episodes: int) -> Backfill:
    """`screenalytics backfill` over so many copies of `clip`: all runs in its process, one after the other."""
    platform = LivePlatform(folder)
    platform.configure({})
    for number in range(1, episodes + 1):
        video = platform.root / "videos" / f"show-s01e{number:02d}" / "episode.mp4"
        video.parent.mkdir(parents=True)
        shutil.copy(clip, video)
    command = [sys.executable, "-m", "screenalytics_app.cli.main", "backfill"]
    began = time.monotonic()
    subprocess.run(  # noqa: S603
        command, cwd=PROJECT_ROOT, env=platform.variables(), check=True, stdout=subprocess.DEVNULL
    )
    wall = time.monotonic() - began
    with platform.instance() as instance:
        return _measured(instance, episodes, wall)


def by_daemon(folder: Path, clip: Path, episodes: int, runs: int, pool: int) -> Backfill:
    """The daemon over so many copies of `clip`: at most `runs` runs at once, `pool` of them at the models."""
    platform = LivePlatform(folder)
    platform.configure({"concurrency": {"runs": {"max_concurrent_runs": runs}, "pools": _pools(pool)}})
    platform.drop(clip, [f"show-s01e{number:02d}" for number in range(1, episodes + 1)])
    try:
        platform.start()
        wait_for(lambda: ended_runs(platform) == episodes, PATIENCE_S, f"{episodes} runs end")
    finally:
        platform.kill()
    with platform.instance() as instance:
        records = instance.get_run_records()
        begin = min(record.create_timestamp.timestamp() for record in records)
        return _measured(instance, episodes, max(record.end_time or 0.0 for record in records) - begin)


def _pools(limit: int) -> dict[str, Any]:
    return {"default_limit": limit, "granularity": "op"}


def _measured(instance: "DagsterInstance", episodes: int, wall: float) -> Backfill:
    from dagster import DagsterRunStatus

    records = instance.get_run_records()
    made = [record for record in records if record.dagster_run.status == DagsterRunStatus.SUCCESS]
    if len(made) != episodes or len(records) != episodes:
        raise RuntimeError(f"Expected {episodes} runs to succeed, but {len(made)} of {len(records)} did")
    steps = [step for record in made for step in instance.get_run_step_stats(record.dagster_run.run_id)]
    seconds = [(step.step_key, (step.end_time or 0.0) - (step.start_time or 0.0)) for step in steps]
    return Backfill(
        episodes=episodes,
        wall_seconds=round(wall, 2),
        asset_seconds={asset: _sum(s for key, s in seconds if key == asset) for asset in EPISODE_SPECS},
        check_seconds=_sum(s for key, s in seconds if key not in EPISODE_SPECS),
        run_seconds=_sum((record.end_time or 0.0) - (record.start_time or 0.0) for record in made),
    )


def _sum(values: Iterable[float]) -> float:
    return round(float(sum(values)), 2)
