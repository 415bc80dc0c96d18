"""Kills at random moments, and what they leave behind: `python -m benchmarks.faults.main`.

Runs of small episodes are killed with SIGKILL at random moments, then the daemon, then everything at once, on web
server and daemon as `make dev` starts them. What is printed is written to the results file too.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from rich.console import Console

from benchmarks.faults.aftermath import Aftermath, aftermath, is_whole
from benchmarks.faults.kills import (
    Kill,
    kill_everything,
    kill_runs_at_random,
    kill_the_daemon,
    wait_for_step,
)
from benchmarks.live.films import PEOPLE, write_film
from benchmarks.live.platform import LivePlatform, wait_for
from benchmarks.machine import machine, versions
from screenalytics_resources.errors import UserError
from screenalytics_resources.project import PROJECT_ROOT

RESULTS = Path(__file__).parents[1] / "results" / "faults.json"
WHERE = ("tracks", "faces", "identities", "cast_assignments")
"""Where the daemon and the machine are hit, at random; the runs are hit anywhere."""
ROOM = 16
"""Users of the models at a time: a killed run holds its place for up to a minute, and the kills are to hit work, not
runs that wait."""
PATIENCE_S = 1800.0


def main() -> None:
    """Kill, wait, look, record."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.faults.main", description=str(__doc__).split("\n", 1)[0]
    )
    parser.add_argument("--runs", type=int, default=20, help="runs that are killed")
    parser.add_argument("--daemons", type=int, default=5, help="times that the daemon is killed")
    parser.add_argument("--machines", type=int, default=2, help="times that everything is killed at once")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with TemporaryDirectory(prefix="screenalytics-faults-") as folder:
        platform = LivePlatform(Path(folder))
        try:
            content = measured(platform, given)
        finally:
            platform.kill()
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    Console().print_json(data=content)


def measured(platform: LivePlatform, given: argparse.Namespace) -> dict[str, Any]:
    """All kills one after the other, and what is left in the end."""
    began = time.time()
    concurrency = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8"))["concurrency"]
    platform.configure({"concurrency": concurrency | {"pools": {"default_limit": ROOM, "granularity": "op"}}})
    film = write_film(platform.folder / "film.mp4", [(person, person) for person in PEOPLE[:5] * 2])
    platform.start()
    kills: list[Kill] = []
    episodes = [f"runs-s01e{number:02d}" for number in range(1, given.runs + given.runs // 4 + 2)]
    platform.drop(film, episodes)
    for kill in kill_runs_at_random(platform, given.runs, given.seed, PATIENCE_S):
        kills.append(kill)
        print(f"{time.time() - began:7.1f} s: {kill.victim} {kill.episodes} in {kill.steps}", flush=True)
    more = [f"more-s01e{number:02d}" for number in range(1, 4 * (given.daemons + given.machines) + 1)]
    platform.drop(film, more)
    for kill in _kills_of_more_than_a_run(platform, given):
        kills.append(kill)
        print(f"{time.time() - began:7.1f} s: {kill.victim} {kill.episodes} in {kill.steps}", flush=True)
    episodes += more
    wait_for(lambda: is_whole(platform, episodes), PATIENCE_S, "every episode is whole, and all is quiet")
    found = aftermath(platform, episodes, kills)
    summary = {"episodes": len(episodes), "seconds": round(time.time() - began, 1), "seed": given.seed}
    return {"versions": versions(), "machine": machine(), **summary, **_figures(kills, found), **asdict(found)}


def _kills_of_more_than_a_run(platform: LivePlatform, given: argparse.Namespace) -> Iterator[Kill]:
    dice = random.Random(given.seed)  # noqa: S311 - a moment, no secret
    hits = [kill_the_daemon] * given.daemons + [kill_everything] * given.machines
    with platform.instance() as instance:
        for hit in hits:
            wait_for_step(platform, dice.choice(WHERE), PATIENCE_S)
            yield hit(platform, instance)


def _figures(kills: list[Kill], found: Aftermath) -> dict[str, Any]:
    seconds = dict(zip([kill for kill in kills if kill.episodes], found.recovered_s, strict=True))
    victims = dict.fromkeys(kill.victim for kill in kills)
    return {
        "kills": {
            victim: {
                "count": sum(kill.victim == victim for kill in kills),
                "median_recovery_s": median(s for kill, s in seconds.items() if kill.victim == victim),
                "slowest_recovery_s": max(s for kill, s in seconds.items() if kill.victim == victim),
            }
            for victim in victims
        },
        "hit_in": sorted(f"{kill.victim}: {step or 'before its first step'}" for kill in kills for step in kill.steps),
    }


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
