"""The complete job against its floor and against a naive pipeline: `python -m benchmarks.main_job`.

Each part runs in a process of its own, in turn, `--repeat` times. The results are medians. The seconds of all three
parts include loading the models and importing the libraries that a part needs, but not the start of Python. CPU seconds
are those of the complete processes. The profile is one more run of the job that counts the CPU seconds of its parts.
`--baseline` runs the job of another checkout in turn with that of this one and compares their artifacts. Only a
measurement of all parts is written to the results file.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.baseline import check_baseline
from benchmarks.fresh_process import in_fresh_process
from benchmarks.measure import PARTS, Measurements, measure
from benchmarks.report import baseline_remarks, details, entry, profile_table, ratio_table, remarks, table
from benchmarks.results_file import record
from benchmarks.workload import Request, Workload, prepare
from screenalytics_resources.errors import UserError

RESULTS = Path(__file__).parent / "results" / "main_job.json"


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.main_job", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--clip", type=Path, help="video file; default: the sample episode")
    parser.add_argument(
        "--packs", default="opencv_zoo", help="comma-separated model packs, measured one after the other"
    )
    parser.add_argument("--stride", type=int, help="analyse every n-th frame; default: as configured")
    parser.add_argument("--loop-to", type=float, metavar="SECONDS", help="loop the clip to this length first")
    parser.add_argument("--parts", default=",".join(PARTS), help="comma-separated parts; the job always runs")
    parser.add_argument("--repeat", type=int, default=3, help="number of runs per part")
    parser.add_argument("--baseline", type=Path, metavar="DIR", help="checkout whose job is compared with this one's")
    return parser.parse_args()


def main() -> None:
    """Measure, print and record every pack."""
    given = arguments()
    parts = given.parts.split(",")
    if unknown := set(parts) - set(PARTS):
        raise UserError(f"--parts names an unknown part {min(unknown)!r}: choose from {', '.join(PARTS)}.")
    if given.repeat < 1:
        raise UserError(f"--repeat {given.repeat} is invalid: it must be at least 1.")
    if given.baseline is not None:
        check_baseline(given.baseline)
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        # All packs are checked before the first one is measured.
        requests = [Request(given.clip, pack, given.stride, given.loop_to) for pack in given.packs.split(",")]
        for work in [in_fresh_process(prepare, (request, Path(folder))).value for request in requests]:
            report(work, measure(work, parts, given.repeat, given.baseline))


def report(work: Workload, done: Measurements) -> None:
    """Print a measurement. Record it if it has all parts."""
    headline, detail = entry(work, done), details(done)
    console = Console()
    console.print(table(headline, detail), remarks(headline, detail), sep="\n", highlight=False)
    if headline["ratios"]:
        console.print(ratio_table(headline), highlight=False)
    if detail["profile"]:
        console.print(profile_table(detail["profile"]), highlight=False)
    if detail["baseline"]:
        console.print(baseline_remarks(detail["baseline"]), highlight=False)
    if done.floor and done.naive and done.profile:
        record(RESULTS, headline, detail)
        console.print(f"recorded in benchmarks/results/{RESULTS.name}")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
