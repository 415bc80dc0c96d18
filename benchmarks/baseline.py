"""The complete job of this checkout against that of another one, as commands in alternation.

Each job is `python -m screenalytics_app.cli.main run`, executed by the checkout's own `.venv/bin/python` in the
checkout's folder. The first run of each fills the caches and is not measured; its artifacts are compared.
"""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from benchmarks.equality import Equality, compare_roots
from benchmarks.fresh_process import in_fresh_process
from benchmarks.job import EP_ID
from benchmarks.workload import Workload
from screenalytics_resources.errors import UserError
from screenalytics_resources.project import PROJECT_ROOT

PYTHON = Path(".venv/bin/python")
_LAST_CHARACTERS = 400


@dataclass(frozen=True)
class Usage:
    """Resources of one run, with the start of Python and all child processes.

    Attributes:
        seconds: wall-clock time.
        cpu_seconds: user and system time.
    """

    seconds: float
    cpu_seconds: float


@dataclass
class BaselineRuns:
    """Runs of this checkout and of the baseline in turn, and how equal their results are.

    Attributes:
        commit: commit of the baseline; None if it is not a Git checkout.
    """

    commit: str | None
    equality: Equality
    here: list[Usage] = field(default_factory=list)
    baseline: list[Usage] = field(default_factory=list)


def check_baseline(checkout: Path) -> None:
    """Raise `UserError` if `checkout` is not a checkout of this project with its own virtual environment."""
    for needed in (PYTHON, Path("screenalytics_app/cli/main.py")):
        if not (checkout / needed).exists():
            raise UserError(
                f"--baseline {checkout} has no {needed}: give a checkout of this project, after make install in it."
            )


def measure_baseline(work: Workload, checkout: Path, repeat: int) -> BaselineRuns:
    """Run the job of this checkout and of `checkout` in turn, `repeat` times each.

    Raises:
        UserError: one of the jobs fails.
    """
    here, other = (PROJECT_ROOT, Path(sys.executable)), (checkout.resolve(), checkout.absolute() / PYTHON)
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        roots = Path(folder) / "here", Path(folder) / "baseline"
        for (place, python), root in zip((here, other), roots, strict=True):
            run_checkout(place, python, work, root)
        equality = in_fresh_process(compare_roots, (str(roots[0] / "data"), str(roots[1] / "data"))).value
    done = BaselineRuns(commit_of(checkout), equality)
    for _ in range(repeat):
        done.here.append(_measured(*here, work))
        done.baseline.append(_measured(*other, work))
    return done


def _measured(place: Path, python: Path, work: Workload) -> Usage:
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        return run_checkout(place, python, work, Path(folder))


def run_checkout(place: Path, python: Path, work: Workload, folder: Path) -> Usage:
    """Run the job of the checkout at `place` with its data root and its Dagster instance in `folder`.

    Raises:
        UserError: the command fails, with the end of its output.
    """
    command = [str(python), "-m", "screenalytics_app.cli.main", "run", "--ep-id", EP_ID]
    command += ["--video", str(work.clip.resolve()), "--pack", work.pack, "--stride", str(work.stride)]
    with TemporaryFile() as output:
        began = time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - the given checkout's own command
            command, cwd=place, env=environment(os.environ, folder), stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)  # wait4 has reaped it: Popen must not wait again
        if process.returncode:
            output.seek(0)
            end = output.read().decode(errors="replace").strip()[-_LAST_CHARACTERS:]
            raise UserError(f"The job of {place} failed with exit code {process.returncode}: {end}")
    return Usage(seconds, usage.ru_utime + usage.ru_stime)


def environment(variables: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return `variables` for a run in `folder`, without those that would make it import or read another checkout."""
    inherited = {
        name: value for name, value in variables.items() if name not in ("PYTHONPATH", "SCREENALYTICS_CONFIG_DIR")
    }
    return {
        **inherited,
        "SCREENALYTICS_DATA_ROOT": str(folder / "data"),
        "DAGSTER_HOME": str(folder / "dagster"),
    }


def commit_of(checkout: Path) -> str | None:
    """Return the abbreviated commit of a checkout, or None if Git knows none."""
    command = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - fixed command
    except (OSError, subprocess.CalledProcessError):
        return None
    return result.stdout.strip()
