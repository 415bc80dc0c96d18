"""The models on CUDA against the models on the CPU: `python -m benchmarks.gpu.main`.

Needs one CUDA device. Measures each available pack on both devices, prints a table, and writes the results file. Exits
with 1 if the devices disagree: boxes, embeddings, or the identities of the complete job.
"""

import argparse
import os
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.fresh_process import in_fresh_process
from benchmarks.gpu.measure import compare_devices
from benchmarks.gpu.nvidia_smi import read_card
from benchmarks.gpu.report import details, entry, remarks, table
from benchmarks.gpu.versions import inspect_cuda
from benchmarks.results_file import record
from benchmarks.workload import Request, prepare
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import is_available, load_pack
from screenalytics_resources.project import config_dir

RESULTS = Path(__file__).parents[1] / "results" / "gpu.json"
PACKS = ("opencv_zoo", "buffalo_sc")
BUDGET_S = 300.0
"""No job is repeated after this. Together with the installation the benchmark ends within ten minutes."""


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu.main", description=str(__doc__).partition("\n")[0])
    parser.add_argument("--clip", type=Path, help="video file; default: the sample episode")
    parser.add_argument("--packs", default=",".join(PACKS), help="comma-separated; packs without files are skipped")
    parser.add_argument("--images", type=int, default=100, help="most images that the models are compared on")
    parser.add_argument("--repeat", type=int, default=3, help="number of runs per part")
    return parser.parse_args()


def main() -> int:
    """Measure, print and record. Return the exit status."""
    given = arguments()
    for name in ("images", "repeat"):
        if getattr(given, name) < 1:
            raise UserError(f"--{name} {getattr(given, name)} is invalid: it must be at least 1.")
    deadline = time.monotonic() + BUDGET_S
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # the order in which nvidia-smi counts
    cuda = in_fresh_process(inspect_cuda, "0").value
    if cuda.problem is not None:
        raise UserError(f"This benchmark needs a CUDA device, and none can be used ({cuda.problem}).")
    card, console = read_card(), Console()
    console.print(f"{card.name}, driver {card.driver}, {cuda.versions}", highlight=False)
    disagree = False
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        for pack in available_packs(given.packs.split(",")):
            work = in_fresh_process(prepare, (Request(given.clip, pack, None, None), Path(folder))).value
            done = compare_devices(work, ("cpu", "cuda"), given.images, given.repeat, deadline)
            headline = entry(done, card, cuda.versions)
            console.print(table(headline), remarks(done), sep="\n", highlight=False)
            record(RESULTS, headline, details(done))
            disagree |= bool(done.problems)
    console.print(f"recorded in benchmarks/results/{RESULTS.name}", highlight=False)
    return int(disagree)


def available_packs(names: list[str]) -> list[str]:
    """Return those packs of `names` whose model files are on this machine.

    Raises:
        UserError: if a pack is unknown, or if none is available.
    """
    available = [name for name in names if is_available(load_pack(name, config_dir()))]
    if not available:
        raise UserError(f"No model files of the packs {', '.join(names)} are on this machine. Choose another --packs.")
    return available


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"error: {error}")
