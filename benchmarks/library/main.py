"""A library: time of its backfill, CPU time of waiting runs, memory of the daemon: `python -m benchmarks.library.main`.

All results are printed and written to the results files.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from benchmarks.library.backfill import Backfill, by_command, by_daemon
from benchmarks.library.memory import plot, sample_memory, summary
from benchmarks.library.waiting import wait_for_the_pool
from benchmarks.machine import machine, versions
from screenalytics_resources.errors import UserError
from screenalytics_resources.sample_episode import make_sample_episode

RESULTS = Path(__file__).parents[1] / "results"
BACKFILL, MEMORY, PLOT = "library_backfill.json", "daemon_memory.json", "daemon_memory.svg"
WAITING = "library_waiting.json"
BACKFILLS = ("command", "daemon1", "daemon2")
MAX_DAEMON_RATIO = 1.15
"""Target for the wall-clock time of the daemon's backfill with a pool limit of one, per second of the stages."""
MAX_WAIT_CPU_S = 1.0
"""Target for the CPU time of a run that waits for the pool for `WAIT_S`."""
WAIT_S = 60.0
MAX_WATCH_S = 3600.0


def main() -> None:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.library.main", description=str(__doc__).split("\n", 1)[0]
    )
    parser.add_argument("--clip", type=Path, help="video file; default: the sample episode")
    parser.add_argument("--episodes", type=int, default=8, help="number of episodes of the backfill")
    parser.add_argument("--small-episodes", type=int, default=200, help="number of episodes of the memory measurement")
    parser.add_argument(
        "--at-most", type=float, default=MAX_WATCH_S, metavar="SECONDS", help="limit of the memory measurement"
    )
    parser.add_argument("--parts", default="backfill,waiting,memory", help="comma-separated parts")
    parser.add_argument(
        "--backfills", default=",".join(BACKFILLS), help="comma-separated backfills; the daemon's have its pool limit"
    )
    given = parser.parse_args()
    parts = {"backfill": backfill, "waiting": waiting, "memory": memory}
    for part in _chosen("--parts", given.parts, tuple(parts)):
        with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
            results = parts[part](Path(folder), given)
        Console().print_json(data=results)


def _chosen(option: str, given: str, known: tuple[str, ...]) -> list[str]:
    for name in given.split(","):
        if name not in known:
            raise UserError(f"{option} names an unknown part {name!r}: choose from {', '.join(known)}.")
    return given.split(",")


def backfill(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Measure the command, then the daemon with two runs at once and a pool limit of one and two."""
    chosen = _chosen("--backfills", given.backfills, BACKFILLS)
    clip = _clip(folder, given)
    by_command(folder / "warm", clip, 1)  # warm-up: makes the float32 models once per machine
    measures: dict[str, Callable[[], Backfill]] = {
        "command": lambda: by_command(folder / "command", clip, given.episodes),
        "daemon1": lambda: by_daemon(folder / "daemon1", clip, given.episodes, 2, 1),
        "daemon2": lambda: by_daemon(folder / "daemon2", clip, given.episodes, 2, 2),
    }
    names = {"daemon1": "daemon, 2 runs, pool 1", "daemon2": "daemon, 2 runs, pool 2"}
    results = {names.get(name, name): measures[name]().summary() for name in chosen}
    content = {
        "versions": versions(),
        "machine": machine(),
        "clip": clip.name,
        "max_ratio": {names["daemon1"]: MAX_DAEMON_RATIO},
        "backfills": results,
    }
    (RESULTS / BACKFILL).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return content


def waiting(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Measure the CPU time of a run that waits for the pool."""
    clip = _clip(folder, given)
    measured = wait_for_the_pool(folder / "waiting", clip, WAIT_S)
    content = {"versions": versions(), "machine": machine(), "max_cpu_s": MAX_WAIT_CPU_S, **measured}
    (RESULTS / WAITING).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return content


def _clip(folder: Path, given: argparse.Namespace) -> Path:
    return given.clip.resolve() if given.clip else make_sample_episode(folder).video


def memory(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Measure the daemon's memory over many small episodes."""
    samples = sample_memory(folder, given.small_episodes, given.at_most)
    results = {"versions": versions(), "machine": machine(), **summary(samples)}
    content = results | {"samples": [asdict(sample) for sample in samples]}
    (RESULTS / MEMORY).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    plot(samples, RESULTS / PLOT)
    return results


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
