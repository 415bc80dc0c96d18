"""Runs, daemon and all processes killed at random moments: every episode is complete in the end, with one alert each.

A smaller version of `python -m benchmarks.faults.main`.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks.faults.aftermath import aftermath, is_whole
from benchmarks.faults.kills import kill_everything, kill_runs_at_random, wait_for_step
from benchmarks.live.films import PEOPLE, write_film
from benchmarks.live.platform import QUICK_SENSORS, LivePlatform, quick_daemons, wait_for
from benchmarks.live.runs import is_quiet
from screenalytics_resources.project import PROJECT_ROOT

EPISODES = [f"show-s01e{number:02d}" for number in range(1, 6)]


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[LivePlatform]:
    """The running platform with five episodes in its folder of new videos."""
    platform = LivePlatform(tmp_path / "platform", QUICK_SENSORS)
    platform.configure(quick_daemons())
    film = write_film(tmp_path / "film.mp4", [(person, person) for person in PEOPLE[:5] * 2])
    platform.drop(film, EPISODES)
    try:
        platform.start()
        yield platform
    finally:
        platform.kill()


def test_every_episode_is_complete_after_kills_at_random_moments(platform: LivePlatform) -> None:
    kills = list(kill_runs_at_random(platform, count=2, seed=1, deadline_s=600))
    with platform.instance() as instance:
        wait_for_step(platform, "tracks", 300)
        kills.append(kill_everything(platform, instance))
    wait_for(lambda: is_quiet(platform), 600, "the platform is idle")
    backfill(platform)  # as the nightly one would, for a run whose retry was lost with the daemon
    wait_for(lambda: is_whole(platform, EPISODES), 300, "every episode is complete and the platform is idle")
    result = asdict(aftermath(platform, EPISODES, kills))
    assert len(result.pop("recovered_s")) == len(result.pop("noticed_s")) == len(kills)
    assert {name: value for name, value in result.items() if value} == {}


def backfill(platform: LivePlatform) -> None:
    command = [sys.executable, "-m", "screenalytics_app.cli.main", "backfill"]
    subprocess.run(command, cwd=PROJECT_ROOT, env=platform.variables(), check=True)
