"""A backfill of a library: wall-clock time against the time of the stages.

The time of the stages is the baseline: the sum, over all episodes, of the seconds from the start to the end of each
asset's step, with a pool limit of one. The rest is the start of Python, Dagster, the checks, and waiting.
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

DEADLINE_S = 1800.0


@dataclass(frozen=True)
class Backfill:
    """Result of one backfill.

    Attributes:
        episodes: number of episodes.
        wall_seconds: of the complete command; by the daemon, from the creation of the first run to the end of the last.
        asset_seconds: sum over the asset steps of all runs, by asset.
        check_seconds: sum over the check steps of all runs.
        run_seconds: sum over all runs, from start to end, including waits for the pool.
    """

    episodes: int
    wall_seconds: float
    asset_seconds: Mapping[str, float]
    check_seconds: float
    run_seconds: float

    @property
    def stages_seconds(self) -> float:
        """Seconds of all asset steps."""
        return sum(self.asset_seconds.values())

    def summary(self) -> dict[str, Any]:
        """Return all fields, with the ratio of wall-clock time to the time of the stages."""
        derived = {
            "stages_seconds": round(self.stages_seconds, 2),
            "ratio": round(self.wall_seconds / self.stages_seconds, 3),
        }
        return asdict(self) | derived


def by_command(folder: Path, clip: Path, episodes: int) -> Backfill:
    """Run `screenalytics backfill` on copies of `clip`: all runs in one process, one after the other."""
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
    """Run the daemon on copies of `clip`: at most `runs` runs at once, `pool` of them using the models."""
    platform = LivePlatform(folder)
    platform.configure({"concurrency": {"runs": {"max_concurrent_runs": runs}, "pools": _pools(pool)}})
    platform.drop(clip, [f"show-s01e{number:02d}" for number in range(1, episodes + 1)])
    try:
        platform.start()
        wait_for(lambda: ended_runs(platform) == episodes, DEADLINE_S, f"{episodes} runs end")
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
    succeeded = [record for record in records if record.dagster_run.status == DagsterRunStatus.SUCCESS]
    if len(succeeded) != episodes or len(records) != episodes:
        raise RuntimeError(f"Expected {episodes} runs to succeed, but {len(succeeded)} of {len(records)} did")
    steps = [step for record in succeeded for step in instance.get_run_step_stats(record.dagster_run.run_id)]
    seconds = [(step.step_key, (step.end_time or 0.0) - (step.start_time or 0.0)) for step in steps]
    return Backfill(
        episodes=episodes,
        wall_seconds=round(wall, 2),
        asset_seconds={asset: _sum(s for key, s in seconds if key == asset) for asset in EPISODE_SPECS},
        check_seconds=_sum(s for key, s in seconds if key not in EPISODE_SPECS),
        run_seconds=_sum((record.end_time or 0.0) - (record.start_time or 0.0) for record in succeeded),
    )


def _sum(values: Iterable[float]) -> float:
    return round(float(sum(values)), 2)
