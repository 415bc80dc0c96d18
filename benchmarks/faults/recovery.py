"""Kills inside recovery: a run is killed, then the run that recovers from it, and a third run completes the episode."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import IO, TYPE_CHECKING, Any

from benchmarks.faults.aftermath import aftermath, is_whole
from benchmarks.faults.kills import STEPS, Kill, started_steps
from benchmarks.live.films import PEOPLE, write_film
from benchmarks.live.platform import LivePlatform, wait_for
from screenalytics_resources.project import PROJECT_ROOT
from screenalytics_resources.run_tags import PARTITION_TAG

if TYPE_CHECKING:
    from dagster import DagsterInstance

STUCK_AFTER_S = 180.0
"""The third run takes seconds. Without a daemon it may wait 46 s for the slot of a killed run of another episode."""
DEADLINE_S = 1800.0
SPARED = "spared-s01e01"
_CLI, _MARKED_CLI = "screenalytics_app.cli.main", "benchmarks.faults.marked_run"


@dataclass(frozen=True)
class Pair:
    """Two kills of runs of one episode.

    Attributes:
        ep_id: the episode.
        step: the step during which the first run was killed.
        second_after_s: seconds from the moment when the second run began to recover until its kill.
        left: statuses of the episode's runs after the second kill, in the order of their creation.
        third_s: seconds until the third run had completed the episode; None if it had not after `STUCK_AFTER_S`.
        at: time of the second kill, in seconds since 1970.
    """

    ep_id: str
    step: str
    second_after_s: float
    left: tuple[str, ...]
    third_s: float | None
    at: float


def recovery(folder: Path, pairs: int, seed: int, with_daemon: bool) -> dict[str, Any]:
    """Make `pairs` pairs of kills of runs of the command line. Returns what remains, all of it empty if all is well."""
    folder.mkdir(parents=True)
    platform = LivePlatform(folder)
    platform.configure({})
    film = write_film(folder / "film.mp4", [(person, person) for person in PEOPLE[:5] * 2])
    _complete(platform, SPARED, film)
    try:
        if with_daemon:
            platform.start()
        done = [_print(pair) for pair in _pairs(platform, film, pairs, seed)]
        episodes = [SPARED, *(pair.ep_id for pair in done)]
        if with_daemon:
            wait_for(lambda: is_whole(platform, episodes), DEADLINE_S, "every episode is complete")
        kills = [Kill("run", (pair.ep_id,), (pair.step,), pair.at, pair.at) for pair in done]
        state = asdict(aftermath(platform, episodes, kills))
        return summary(done) | {name: state[name] for name in state if not name.endswith("_s")}
    finally:
        platform.kill()


def summary(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return the figures of all pairs, with the episodes whose third run was stuck."""
    seconds = [pair.third_s for pair in pairs if pair.third_s is not None]
    return {
        "pairs": len(pairs),
        "stuck": [pair.ep_id for pair in pairs if pair.third_s is None],
        "median_third_run_s": median(seconds) if seconds else None,
        "slowest_third_run_s": max(seconds, default=None),
        "first_killed_in": dict(sorted(Counter(pair.step for pair in pairs).items())),
        "runs_after_second_kill": dict(sorted(Counter(", ".join(pair.left) for pair in pairs).items())),
    }


def _pairs(platform: LivePlatform, film: Path, count: int, seed: int) -> Iterator[Pair]:
    rng = random.Random(seed)  # noqa: S311 - not a secret
    number = 0
    while count > 0:
        number += 1
        ep_id = f"pairs-s01e{number:02d}"
        step = rng.choice(STEPS)
        if not _killed_in_step(platform, ep_id, film, step, rng.uniform(0.0, 1.0)):
            continue  # it was faster than the kill
        count -= 1
        after = rng.uniform(0.0, 1.0)
        at = _kill_second(platform, ep_id, after)
        left = _statuses(platform, ep_id)
        yield Pair(ep_id, step, round(after, 3), left, _complete(platform, ep_id, None), at)


def _killed_in_step(platform: LivePlatform, ep_id: str, film: Path, step: str, after_s: float) -> bool:
    """Start a run and kill it `after_s` after the start of `step`. Returns whether it was still running."""
    with platform.instance() as instance, _log(platform, ep_id) as log:
        process = _start([_CLI, "run", "--ep-id", ep_id, "--video", str(film)], platform, log)
        wait_for(
            lambda: process.poll() is not None or step in _steps(instance, ep_id),
            DEADLINE_S,
            f"{ep_id} reaches {step}",
            every_s=0.05,
        )
        time.sleep(after_s)
        return _kill(process)


def _kill_second(platform: LivePlatform, ep_id: str, after_s: float) -> float:
    """Start a run and kill it `after_s` after it has begun to recover. Returns the time of the kill."""
    marker = platform.folder / f"{ep_id}.recovers"
    with _log(platform, ep_id) as log:
        process = _start([_MARKED_CLI, str(marker), "run", "--ep-id", ep_id], platform, log)
        wait_for(
            lambda: process.poll() is not None or marker.exists(),
            DEADLINE_S,
            f"the second run of {ep_id} recovers",
            every_s=0.01,
        )
        time.sleep(after_s)
        _kill(process)
        return time.time()


def _complete(platform: LivePlatform, ep_id: str, film: Path | None) -> float | None:
    """Run the episode to its end. Returns the seconds; None after `STUCK_AFTER_S`.

    Repeats a run that is refused, because the daemon may be building the episode.
    """
    began = time.monotonic()
    with _log(platform, ep_id) as log:
        while (left := began + STUCK_AFTER_S - time.monotonic()) > 0:
            video = [] if film is None else ["--video", str(film)]
            process = _start([_CLI, "run", "--ep-id", ep_id, *video], platform, log)
            try:
                if process.wait(left) == 0:
                    return round(time.monotonic() - began, 1)
            except subprocess.TimeoutExpired:
                _kill(process)
    return None


def _start(command: list[str], platform: LivePlatform, log: IO[bytes]) -> "subprocess.Popen[bytes]":
    """Start a module of Python with its arguments."""
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", *command], cwd=PROJECT_ROOT, env=platform.variables(), stdout=log, stderr=log
    )


def _log(platform: LivePlatform, ep_id: str) -> IO[bytes]:
    return (platform.folder / f"{ep_id}.log").open("ab")


def _kill(process: "subprocess.Popen[bytes]") -> bool:
    """Kill a process. Returns whether it was still running."""
    process.kill()
    return process.wait() < 0


def _steps(instance: "DagsterInstance", ep_id: str) -> list[str]:
    """Return the steps that runs of an episode have started."""
    from dagster import RunsFilter

    runs = instance.get_runs(RunsFilter(tags={PARTITION_TAG: ep_id}))
    return [step for run in runs for step in started_steps(instance, run.run_id)]


def _statuses(platform: LivePlatform, ep_id: str) -> tuple[str, ...]:
    from dagster import RunsFilter

    with platform.instance() as instance:
        records = instance.get_run_records(RunsFilter(tags={PARTITION_TAG: ep_id}), ascending=True)
        return tuple(record.dagster_run.status.value for record in records)


def _print(pair: Pair) -> Pair:
    third = "stuck" if pair.third_s is None else f"{pair.third_s:.1f} s"
    print(f"{pair.ep_id}: {pair.step}, then after {pair.second_after_s:.3f} s {pair.left}: {third}", flush=True)
    return pair
