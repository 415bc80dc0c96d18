"""Peak memory of the whole job on a short and on a long clip: `python -m benchmarks.memory`.

The same packets looped, so that length is all that differs. The peak is that of the job's own process.
"""

import argparse
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.fresh_process import Measured, in_fresh_process
from benchmarks.job import JobRun, run_job
from benchmarks.workload import Request, prepare
from screenalytics_resources.errors import UserError

SHORT_S, LONG_S = 120.0, 1200.0


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--clip", type=Path, help="video file; the sample episode where none is given")
    parser.add_argument("--pack", default="opencv_zoo", help="model pack")
    parser.add_argument("--stride", type=int, help="look at every n-th frame; as configured where it is not given")
    parser.add_argument("--seconds", type=float, nargs=2, default=(SHORT_S, LONG_S), metavar=("SHORT", "LONG"))
    return parser.parse_args()


def measured_job(request: Request) -> Measured[JobRun]:
    """The job of `request` in a process of its own; its clip is gone afterwards."""
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        return in_fresh_process(run_job, in_fresh_process(prepare, (request, Path(folder))).value)


def main() -> None:
    """Measure both lengths and print them with the ratio of their peaks."""
    given = arguments()
    runs = [measured_job(Request(given.clip, given.pack, given.stride, seconds)) for seconds in given.seconds]
    table = Table("video s", "job s", "frames", "tracks", "faces", "peak MiB")
    for run in runs:
        job = run.value
        counts = map(str, (job.frames_decoded, job.tracks, job.faces_embedded))
        table.add_row(f"{job.video_seconds:.1f}", f"{job.seconds:.1f}", *counts, f"{run.peak_rss_mb:.0f}")
    ratio = runs[1].peak_rss_mb / runs[0].peak_rss_mb
    Console().print(table, f"peak of the long clip over that of the short one: {ratio:.2f}", sep="\n")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
