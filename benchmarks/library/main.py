"""A library: what its backfill costs, and what memory the daemon keeps: `python -m benchmarks.library.main`.

Everything is printed and written to the results files.
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
AT_MOST_S = 3600.0


def main() -> None:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.library.main", description=str(__doc__).split("\n", 1)[0]
    )
    parser.add_argument("--clip", type=Path, help="video file; the sample episode where none is given")
    parser.add_argument("--episodes", type=int, default=8, help="episodes of the backfill")
    parser.add_argument("--small-episodes", type=int, default=200, help="episodes during which memory is watched")
    parser.add_argument("--at-most", type=float, default=AT_MOST_S, metavar="SECONDS", help="longest watch")
    parser.add_argument("--parts", default="backfill,memory", help="which parts, with commas")
    given = parser.parse_args()
    for part in given.parts.split(","):
        if part not in ("backfill", "memory"):
            raise UserError(f"There is no part {part!r}: choose from backfill, memory.")
        with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
            found = backfill(Path(folder), given) if part == "backfill" else memory(Path(folder), given)
        Console().print_json(data=found)


def backfill(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """The command, then the daemon with two runs at once and one or two users of the models."""
    clip = given.clip.resolve() if given.clip else make_sample_episode(folder).video
    by_command(folder / "warm", clip, 1)  # makes the float32 models, once a machine
    found = {
        "command": by_command(folder / "command", clip, given.episodes).summary(),
        "daemon, 2 runs, pool 1": by_daemon(folder / "daemon1", clip, given.episodes, 2, 1).summary(),
        "daemon, 2 runs, pool 2": by_daemon(folder / "daemon2", clip, given.episodes, 2, 2).summary(),
    }
    content = {"versions": versions(), "machine": machine(), "clip": clip.name, "backfills": found}
    (RESULTS / BACKFILL).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return content


def memory(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """The daemon over many small episodes."""
    samples = sample_memory(folder, given.small_episodes, given.at_most)
    found = {"versions": versions(), "machine": machine(), **summary(samples)}
    content = found | {"samples": [asdict(sample) for sample in samples]}
    (RESULTS / MEMORY).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    plot(samples, RESULTS / PLOT)
    return found


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
