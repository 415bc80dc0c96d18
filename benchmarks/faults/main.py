"""Kills at random moments and the state that they leave: `python -m benchmarks.faults.main`.

Part `kills`: runs of small episodes are killed with SIGKILL at random moments, then the daemon, then all processes at
once. Part `recovery`: a run of the command line is killed, and then the next run during the first second of its
recovery, without and with a daemon. Web server and daemon run as `make dev` starts them. The printed results are also
written to the results files.
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
from benchmarks.faults.recovery import recovery
from benchmarks.live.films import PEOPLE, write_film
from benchmarks.live.platform import LivePlatform, wait_for
from benchmarks.machine import machine, versions
from screenalytics_resources.errors import UserError
from screenalytics_resources.project import PROJECT_ROOT

RESULTS = Path(__file__).parents[1] / "results"
KILLS, RECOVERY = "faults.json", "faults_recovery.json"
PARTS = ("kills", "recovery")
STEPS_OF_LARGE_KILLS = ("tracks", "faces", "identities", "cast_assignments")
"""Steps during which the daemon or all processes are killed. Runs are killed in any step."""
POOL_LIMIT = 16
"""Steps that may use the models at a time. A killed run holds its slot for up to a minute, and the kills should hit
running steps, not waiting runs."""
DEADLINE_S = 1800.0


def main() -> None:
    """Kill, wait, inspect and record."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.faults.main", description=str(__doc__).split("\n", 1)[0]
    )
    parser.add_argument("--runs", type=int, default=20, help="number of runs to kill")
    parser.add_argument("--daemons", type=int, default=5, help="number of kills of the daemon")
    parser.add_argument("--machines", type=int, default=2, help="number of kills of all processes at once")
    parser.add_argument("--pairs", type=int, default=60, help="number of pairs of kills, without and with a daemon")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parts", default=",".join(PARTS), help="comma-separated parts")
    given = parser.parse_args()
    for part in given.parts.split(","):
        if part not in PARTS:
            raise UserError(f"--parts names an unknown part {part!r}: choose from {', '.join(PARTS)}.")
        with TemporaryDirectory(prefix="screenalytics-faults-") as folder:
            content = (
                kills_at_random(Path(folder), given) if part == "kills" else kills_in_recovery(Path(folder), given)
            )
        (RESULTS / (KILLS if part == "kills" else RECOVERY)).write_text(
            json.dumps(content, indent=1) + "\n", encoding="utf-8"
        )
        Console().print_json(data=content)


def kills_in_recovery(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Kill pairs of runs of the command line, and return the state after them."""
    began = time.time()
    without = recovery(folder / "without", given.pairs, given.seed, with_daemon=False)
    with_daemon = recovery(folder / "with", given.pairs, given.seed, with_daemon=True)
    summary = {"seconds": round(time.time() - began, 1), "seed": given.seed}
    results = {"without_daemon": without, "with_daemon": with_daemon}
    return {"versions": versions(), "machine": machine(), **summary, **results}


def kills_at_random(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Start a platform in `folder`, make all kills, and stop it."""
    platform = LivePlatform(folder)
    try:
        return measured(platform, given)
    finally:
        platform.kill()


def measured(platform: LivePlatform, given: argparse.Namespace) -> dict[str, Any]:
    """Make all kills one after the other, and return them with the final state."""
    began = time.time()
    concurrency = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8"))["concurrency"]
    platform.configure({"concurrency": concurrency | {"pools": {"default_limit": POOL_LIMIT, "granularity": "op"}}})
    film = write_film(platform.folder / "film.mp4", [(person, person) for person in PEOPLE[:5] * 2])
    platform.start()
    kills: list[Kill] = []
    episodes = [f"runs-s01e{number:02d}" for number in range(1, given.runs + given.runs // 4 + 2)]
    platform.drop(film, episodes)
    for kill in kill_runs_at_random(platform, given.runs, given.seed, DEADLINE_S):
        kills.append(kill)
        print(f"{time.time() - began:7.1f} s: {kill.victim} {kill.episodes} in {kill.steps}", flush=True)
    more = [f"more-s01e{number:02d}" for number in range(1, 4 * (given.daemons + given.machines) + 1)]
    platform.drop(film, more)
    for kill in _large_kills(platform, given):
        kills.append(kill)
        print(f"{time.time() - began:7.1f} s: {kill.victim} {kill.episodes} in {kill.steps}", flush=True)
    episodes += more
    wait_for(lambda: is_whole(platform, episodes), DEADLINE_S, "every episode is complete and the platform is quiet")
    state = aftermath(platform, episodes, kills)
    summary = {"episodes": len(episodes), "seconds": round(time.time() - began, 1), "seed": given.seed}
    return {"versions": versions(), "machine": machine(), **summary, **_figures(kills, state), **asdict(state)}


def _large_kills(platform: LivePlatform, given: argparse.Namespace) -> Iterator[Kill]:
    rng = random.Random(given.seed)  # noqa: S311 - not a secret
    hits = [kill_the_daemon] * given.daemons + [kill_everything] * given.machines
    with platform.instance() as instance:
        for hit in hits:
            wait_for_step(platform, rng.choice(STEPS_OF_LARGE_KILLS), DEADLINE_S)
            yield hit(platform, instance)


def _figures(kills: list[Kill], state: Aftermath) -> dict[str, Any]:
    seconds = dict(zip([kill for kill in kills if kill.episodes], state.recovered_s, strict=True))
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
