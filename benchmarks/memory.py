"""Peak memory of the complete job on a short and on a long clip: `python -m benchmarks.memory`.

Both clips loop the same packets, so they differ only in length. The peak is that of the job's own process.
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
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--clip", type=Path, help="video file; default: the sample episode")
    parser.add_argument("--pack", default="opencv_zoo", help="model pack")
    parser.add_argument("--stride", type=int, help="analyse every n-th frame; default: as configured")
    parser.add_argument("--seconds", type=float, nargs=2, default=(SHORT_S, LONG_S), metavar=("SHORT", "LONG"))
    return parser.parse_args()


def measured_job(request: Request) -> Measured[JobRun]:
    """Run the job of `request` in a process of its own. Removes its clip afterwards."""
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        return in_fresh_process(run_job, in_fresh_process(prepare, (request, Path(folder))).value)


def main() -> None:
    """Measure both lengths and print the results with the ratio of the peaks."""
    given = arguments()
    runs = [measured_job(Request(given.clip, given.pack, given.stride, seconds)) for seconds in given.seconds]
    table = Table("video s", "job s", "frames", "tracks", "faces", "peak MiB")
    for run in runs:
        job = run.value
        counts = map(str, (job.frames_decoded, job.tracks, job.faces_embedded))
        table.add_row(f"{job.video_seconds:.1f}", f"{job.seconds:.1f}", *counts, f"{run.peak_rss_mb:.0f}")
    ratio = runs[1].peak_rss_mb / runs[0].peak_rss_mb
    Console().print(table, f"peak memory, long clip over short clip: {ratio:.2f}", sep="\n")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
