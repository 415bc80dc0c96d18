"""Kills of runs, of the daemon and of all processes at once, on a live platform."""

import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from benchmarks.live.platform import LivePlatform, wait_for
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.run_tags import PARTITION_TAG

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun, RunRecord

Victim = Literal["run", "daemon", "machine"]
STEPS = tuple(EPISODE_SPECS)
_PID = "pid"


@dataclass(frozen=True)
class Kill:
    """One kill. Times are in seconds since 1970.

    Attributes:
        victim: the process of a run, the daemon, or all processes, as in a power cut.
        episodes: episodes whose runs were in progress.
        steps: the step that each of these runs started last, "" if it had started none.
        at: time of the kill.
        up: time when web server and daemon were up again, or `at` if they stayed up.
    """

    victim: Victim
    episodes: tuple[str, ...]
    steps: tuple[str, ...]
    at: float
    up: float


def kill_a_run(platform: LivePlatform, instance: "DagsterInstance", run: "DagsterRun") -> Kill | None:
    """Kill the process of `run`. None if it had already ended."""
    pid = worker_pid(instance, run.run_id)
    step = last_step(instance, run.run_id)
    if pid is None or not any(process.pid == pid for process in platform.processes()):
        return None
    os.kill(pid, signal.SIGKILL)
    at = time.time()
    return Kill("run", (run.tags[PARTITION_TAG],), (step,), at, at)


def kill_the_daemon(platform: LivePlatform, instance: "DagsterInstance") -> Kill:
    """Kill the daemon, wait until web server and code servers have ended, and start everything again."""
    runs = running(instance)
    steps = tuple(last_step(instance, run.run_id) for run in runs)
    for process in platform.processes():
        if "dagster._daemon" in process.cmdline():
            process.kill()
    at = time.time()
    platform.wait_until_down()
    platform.start()
    return Kill("daemon", tuple(run.tags[PARTITION_TAG] for run in runs), steps, at, time.time())


def kill_everything(platform: LivePlatform, instance: "DagsterInstance") -> Kill:
    """Kill all processes of the platform at once, and start everything again."""
    runs = running(instance)
    steps = tuple(last_step(instance, run.run_id) for run in runs)
    at = time.time()
    platform.kill()
    platform.start()
    return Kill("machine", tuple(run.tags[PARTITION_TAG] for run in runs), steps, at, time.time())


def kill_runs_at_random(platform: LivePlatform, count: int, seed: int, deadline_s: float) -> Iterator[Kill]:
    """Kill the first run of each episode, up to `count` runs: each up to a second after the start of a random step.

    The step is drawn instead of the second, because a run spends most of its time in its first step or waiting.

    Raises:
        TimeoutError: fewer than `count` runs could be killed within `deadline_s`.
    """
    rng = random.Random(seed)  # noqa: S311 - not a secret
    target_step: dict[str, str] = {}
    kill_at: dict[str, float] = {}
    end = time.monotonic() + deadline_s
    with platform.instance() as instance:
        while count > 0:
            if time.monotonic() > end:
                raise TimeoutError(f"Expected {count} more runs to kill within {deadline_s:g} s")
            for run in running(instance):
                ep_id = run.tags[PARTITION_TAG]
                step = target_step.setdefault(ep_id, rng.choice(STEPS))
                if ep_id not in kill_at and step in started_steps(instance, run.run_id):
                    kill_at[ep_id] = time.monotonic() + rng.uniform(0.0, 1.0)
                if kill_at.get(ep_id, float("inf")) <= time.monotonic() and count > 0:
                    kill_at[ep_id] = float("inf")
                    if killed := kill_a_run(platform, instance, run):
                        count -= 1
                        yield killed
            time.sleep(0.05)


def wait_for_step(platform: LivePlatform, step: str, deadline_s: float) -> None:
    """Wait until a run is in `step`. Raises `TimeoutError` after `deadline_s`."""

    with platform.instance() as instance:

        def reached() -> bool:
            return any(last_step(instance, run.run_id) == step for run in running(instance))

        wait_for(reached, deadline_s, f"a run reaches {step}", every_s=0.1)


def running(instance: "DagsterInstance") -> Sequence["DagsterRun"]:
    """Return the runs that have started and not ended."""
    from dagster import DagsterRunStatus, RunsFilter

    return instance.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTING, DagsterRunStatus.STARTED]))


def all_records(instance: "DagsterInstance") -> Sequence["RunRecord"]:
    """Return the records of all runs."""
    return instance.get_run_records()


def worker_pid(instance: "DagsterInstance", run_id: str) -> int | None:
    """Return the process id of a run, as logged by its code server; None before the run starts."""
    from dagster import DagsterEventType

    for entry in instance.all_logs(run_id, of_type=DagsterEventType.ENGINE_EVENT):
        event = entry.dagster_event
        metadata = event.engine_event_data.metadata if event is not None else {}
        if _PID in metadata:
            return int(str(metadata[_PID].value))
    return None


def last_step(instance: "DagsterInstance", run_id: str) -> str:
    """Return the step that a run started last; "" if it has started none."""
    return next(reversed(started_steps(instance, run_id)), "")


def started_steps(instance: "DagsterInstance", run_id: str) -> list[str]:
    """Return the steps that a run has started, in order."""
    from dagster import DagsterEventType

    started = instance.all_logs(run_id, of_type=DagsterEventType.STEP_START)
    return [entry.dagster_event.step_key or "" for entry in started if entry.dagster_event is not None]
