"""What happens during the week: kills, a lost instance, a full disk, commands of a person."""

import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from benchmarks.faults.aftermath import read_alerts, states_by_key
from benchmarks.faults.kills import Kill, kill_runs_at_random, wait_for_step
from benchmarks.live.platform import LivePlatform, wait_for
from benchmarks.live.runs import is_quiet
from benchmarks.week.disk import fill, free
from benchmarks.week.expectations import not_whole
from benchmarks.week.growth import Sizes, measure
from benchmarks.week.library import EXPECTED_ALERTS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.project import PROJECT_ROOT
from screenalytics_resources.run_tags import PARTITION_TAG

if TYPE_CHECKING:
    from dagster import RunRecord

ENVIRONMENT = {"SCREENALYTICS_BACKFILL_CRON": "*/2 * * * *"}
"""The nightly backfill starts every two minutes."""
MONITORING = {"poll_interval_seconds": 10, "free_slots_after_run_end_seconds": 10}
"""Shorter intervals of Dagster's run monitoring, in seconds."""


@dataclass
class Diary:
    """What happened, and what went wrong meanwhile.

    Attributes:
        began: seconds since 1970.
        problems: one sentence per step of the week that did not end in time, and per command that failed.
        kills: the runs that were killed.
        built_before: episodes that were complete when the instance was lost.
        lost_at: time of the start after the loss, in seconds since 1970.
        full: times at which the disk became full and was freed, in seconds since 1970.
    """

    began: float = field(default_factory=time.time)
    problems: list[str] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    built_before: list[str] = field(default_factory=list)
    lost_at: float = 0.0
    full: tuple[float, float] = (0.0, 0.0)

    def note(self, sentence: str) -> None:
        """Print a sentence with the time since the beginning."""
        print(f"{time.time() - self.began:7.1f} s: {sentence}", flush=True)

    def problem(self, sentence: str) -> None:
        """Print and keep a problem."""
        self.problems.append(sentence)
        self.note(sentence)


def configure(platform: LivePlatform) -> None:
    """Write the settings of a new Dagster instance."""
    defaults = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    platform.configure({"run_monitoring": defaults["run_monitoring"] | MONITORING})


def sizes(platform: LivePlatform) -> Sizes:
    """Return the present sizes of the databases."""
    return measure(platform.home, platform.root / "alerts", time.time())


def kill_runs(platform: LivePlatform, diary: Diary, count: int, seed: int, deadline_s: float) -> None:
    """Kill `count` runs at drawn moments."""
    try:
        for kill in kill_runs_at_random(platform, count, seed, deadline_s):
            diary.kills.append(kill)
            diary.note(f"killed the run of {kill.episodes[0]} in {kill.steps[0] or 'its start'}")
    except TimeoutError as error:
        diary.problem(str(error))


def finish(platform: LivePlatform, diary: Diary, episodes: Sequence[str], deadline_s: float) -> None:
    """Wait until every episode is complete and the platform is quiet."""
    store = ArtifactStore(str(platform.root))

    def is_finished() -> bool:
        return not not_whole(store, episodes) and bool(platform_runs(platform)) and is_quiet(platform)

    try:
        wait_for(is_finished, deadline_s, "every episode is complete and the platform is quiet", every_s=2.0)
    except TimeoutError as error:
        diary.problem(str(error))
    diary.note(f"{len(episodes) - len(not_whole(store, episodes))} of {len(episodes)} episodes are complete")


def wait_for_alerts(platform: LivePlatform, diary: Diary, deadline_s: float) -> None:
    """Wait until every bad file and partition key has its first alert."""

    def have_alerts() -> bool:
        return EXPECTED_ALERTS.keys() <= states_by_key(read_alerts(platform)).keys()

    try:
        wait_for(have_alerts, deadline_s, "every bad file and partition key has an alert", every_s=2.0)
    except TimeoutError as error:
        diary.problem(str(error))


def lose_instance(platform: LivePlatform, diary: Diary, episodes: Sequence[str], deadline_s: float) -> Sizes:
    """Kill all processes during a run, delete `DAGSTER_HOME`, and start again. Returns the sizes before the loss."""
    _wait_for_step(platform, diary, "faces", deadline_s)
    platform.kill()
    before = sizes(platform)
    store = ArtifactStore(str(platform.root))
    unfinished = {sentence.partition(":")[0] for sentence in not_whole(store, episodes)}
    diary.built_before = [ep_id for ep_id in episodes if ep_id not in unfinished]
    shutil.rmtree(platform.home)
    configure(platform)
    platform.start()
    diary.lost_at = time.time()
    diary.note(f"the instance was lost with {len(diary.built_before)} complete episodes")
    return before


def fill_disk(platform: LivePlatform, diary: Diary, seconds: float, deadline_s: float) -> None:
    """Keep the disk of the data root full for `seconds`, from a moment at which a run writes."""
    _wait_for_step(platform, diary, "tracks", deadline_s)
    fill(platform.root)
    began = time.time()
    diary.note("the disk is full")
    time.sleep(seconds)
    free(platform.root)
    diary.full = (began, time.time())
    diary.note("the disk is free again")


def command(platform: LivePlatform, diary: Diary, *arguments: str) -> None:
    """Run the command line. It is a problem if it fails."""
    began = time.monotonic()
    with (platform.folder / "commands.log").open("ab") as log:
        code = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "screenalytics_app.cli.main", *arguments],
            cwd=PROJECT_ROOT, env=platform.variables(), stdout=log, stderr=log, check=False,
        ).returncode  # fmt: skip
    sentence = f"`screenalytics {' '.join(arguments)}` ended with {code} after {time.monotonic() - began:.0f} s"
    (diary.problem if code else diary.note)(sentence)


def run_by_command(platform: LivePlatform, diary: Diary, ep_id: str, film: Path) -> None:
    """Register and build one episode by the command line."""
    command(platform, diary, "run", "--ep-id", ep_id, "--video", str(film))


def platform_runs(platform: LivePlatform) -> Sequence["RunRecord"]:
    """Return the records of all runs of the present instance."""
    with platform.instance() as instance:
        return instance.get_run_records()


def built_again(platform: LivePlatform, diary: Diary) -> list[str]:
    """Return the episodes that were complete before the loss of the instance and have a run since."""
    partitions = {record.dagster_run.tags.get(PARTITION_TAG, "") for record in platform_runs(platform)}
    return sorted(partitions & set(diary.built_before))


def failed_while_full(platform: LivePlatform, diary: Diary) -> int:
    """Return the number of runs that failed while the disk was full."""
    began, ended = diary.full
    failed = [record for record in platform_runs(platform) if record.dagster_run.is_failure]
    return sum(began <= (record.end_time or 0.0) <= ended for record in failed)


def unfinished(platform: LivePlatform) -> list[str]:
    """Return the runs that have not ended."""
    runs = [record.dagster_run for record in platform_runs(platform) if not record.dagster_run.is_finished]
    return [f"run of {run.tags.get(PARTITION_TAG)}: {run.status.value}" for run in runs]


def working_processes(platform: LivePlatform) -> list[str]:
    """Return the processes that work on a run."""
    import psutil

    found: list[str] = []
    for process in platform.processes():
        try:
            words = process.cmdline()
        except psutil.NoSuchProcess:
            continue
        found += [f"process {process.pid}"] if "execute_run" in words else []
    return found


def _wait_for_step(platform: LivePlatform, diary: Diary, step: str, deadline_s: float) -> None:
    try:
        wait_for_step(platform, step, deadline_s)
    except TimeoutError as error:
        diary.problem(str(error))


def summary(diary: Diary) -> dict[str, Any]:
    """Return what happened."""
    return {
        "seconds": round(time.time() - diary.began, 1),
        "killed_in": [kill.steps[0] or "before its first step" for kill in diary.kills],
        "complete_before_the_loss": len(diary.built_before),
        "full_for_s": round(diary.full[1] - diary.full[0], 1),
    }
