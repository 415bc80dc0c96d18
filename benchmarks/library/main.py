"""A library: time of its backfill and memory of the daemon: `python -m benchmarks.library.main`.

All results are printed and written to the results files.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from benchmarks.library.backfill import by_command, by_daemon
from benchmarks.library.memory import plot, sample_memory, summary
from benchmarks.machine import machine, versions
from screenalytics_resources.errors import UserError
from screenalytics_resources.sample_episode import make_sample_episode

RESULTS = Path(__file__).parents[1] / "results"
BACKFILL, MEMORY, PLOT = "library_backfill.json", "daemon_memory.json", "daemon_memory.svg"
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
    parser.add_argument("--parts", default="backfill,memory", help="comma-separated parts")
    given = parser.parse_args()
    for part in given.parts.split(","):
        if part not in ("backfill", "memory"):
            raise UserError(f"--parts names an unknown part {part!r}: choose from backfill, memory.")
        with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
            results = backfill(Path(folder), given) if part == "backfill" else memory(Path(folder), given)
        Console().print_json(data=results)


def backfill(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Measure the command, then the daemon with two runs at once and a pool limit of one and two."""
    clip = given.clip.resolve() if given.clip else make_sample_episode(folder).video
    by_command(folder / "warm", clip, 1)  # warm-up: makes the float32 models once per machine
    results = {
        "command": by_command(folder / "command", clip, given.episodes).summary(),
        "daemon, 2 runs, pool 1": by_daemon(folder / "daemon1", clip, given.episodes, 2, 1).summary(),
        "daemon, 2 runs, pool 2": by_daemon(folder / "daemon2", clip, given.episodes, 2, 2).summary(),
    }
    content = {"versions": versions(), "machine": machine(), "clip": clip.name, "backfills": results}
    (RESULTS / BACKFILL).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return content


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
