"""The complete job against its floor and against a naive pipeline: `python -m benchmarks.main_job`.

Each part runs in a process of its own, in turn, `--repeat` times. The results are medians. The seconds of all three
parts include loading the models and importing the libraries that a part needs, but not the start of Python. Only a
measurement of all three parts is written to the results file.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.fresh_process import in_fresh_process
from benchmarks.measure import PARTS, measure
from benchmarks.report import details, entry, remarks, table
from benchmarks.results_file import record
from benchmarks.workload import Request, prepare
from screenalytics_resources.errors import UserError

RESULTS = Path(__file__).parent / "results" / "main_job.json"


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.main_job", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--clip", type=Path, help="video file; default: the sample episode")
    parser.add_argument("--pack", default="opencv_zoo", help="model pack")
    parser.add_argument("--stride", type=int, help="analyse every n-th frame; default: as configured")
    parser.add_argument("--loop-to", type=float, metavar="SECONDS", help="loop the clip to this length first")
    parser.add_argument("--parts", default=",".join(PARTS), help="comma-separated parts; the job always runs")
    parser.add_argument("--repeat", type=int, default=3, help="number of runs per part")
    return parser.parse_args()


def main() -> None:
    """Measure and print. Record the result if all parts were measured."""
    given = arguments()
    parts = given.parts.split(",")
    if unknown := set(parts) - set(PARTS):
        raise UserError(f"--parts names an unknown part {min(unknown)!r}: choose from {', '.join(PARTS)}.")
    if given.repeat < 1:
        raise UserError(f"--repeat {given.repeat} is invalid: it must be at least 1.")
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        request = Request(given.clip, given.pack, given.stride, given.loop_to)
        work = in_fresh_process(prepare, (request, Path(folder))).value
        done = measure(work, parts, given.repeat)
    headline, detail = entry(work, done), details(done)
    console = Console()
    console.print(table(headline, detail), remarks(headline, detail), sep="\n", highlight=False)
    if done.floor and done.naive:
        record(RESULTS, headline, detail)
        console.print(f"recorded in benchmarks/results/{RESULTS.name}")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
