"""Runs, daemon and the whole machine killed under way: every episode is whole in the end, and is told of once.

A small count of what `python -m benchmarks.faults.main` does.
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
from benchmarks.live.platform import LivePlatform, wait_for
from benchmarks.live.runs import is_quiet
from screenalytics_resources.project import PROJECT_ROOT

EPISODES = [f"show-s01e{number:02d}" for number in range(1, 6)]


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[LivePlatform]:
    """The platform, up, with five episodes in its folder of new videos."""
    platform = LivePlatform(tmp_path / "platform")
    platform.configure({})
    film = write_film(tmp_path / "film.mp4", [(person, person) for person in PEOPLE[:5] * 2])
    platform.drop(film, EPISODES)
    try:
        platform.start()
        yield platform
    finally:
        platform.kill()


def test_killed_at_any_moment_every_episode_is_whole_in_the_end(platform: LivePlatform) -> None:
    kills = list(kill_runs_at_random(platform, count=2, seed=1, deadline_s=240))
    with platform.instance() as instance:
        wait_for_step(platform, "tracks", 120)
        kills.append(kill_everything(platform, instance))
    wait_for(lambda: is_quiet(platform), 420, "nothing more is to come")
    backfill(platform)  # for a run whose retry was lost with the daemon, as the nightly one would
    wait_for(lambda: is_whole(platform, EPISODES), 120, "every episode is whole, and all is quiet")
    found = asdict(aftermath(platform, EPISODES, kills))
    assert len(found.pop("recovered_s")) == len(found.pop("noticed_s")) == len(kills)
    assert {name: value for name, value in found.items() if value} == {}


def backfill(platform: LivePlatform) -> None:
    command = [sys.executable, "-m", "screenalytics_app.cli.main", "backfill"]
    subprocess.run(command, cwd=PROJECT_ROOT, env=platform.variables(), check=True)
