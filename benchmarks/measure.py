"""Measurement of the parts in turn: a slow minute of the machine affects all of them."""

from collections.abc import Collection
from dataclasses import dataclass, field

from benchmarks.floor import FloorWork, run_floor
from benchmarks.fresh_process import Measured, in_fresh_process
from benchmarks.job import JobRun, model_load_seconds, run_job
from benchmarks.naive import run_naive
from benchmarks.workload import Run, Workload

PARTS = ("job", "floor", "naive")


@dataclass
class Measurements:
    """All repeats of all parts. `floor` and `naive` are empty if they were left out."""

    model_load_seconds: float
    job: list[Measured[JobRun]] = field(default_factory=list)
    floor: list[Measured[Run]] = field(default_factory=list)
    naive: list[Measured[Run]] = field(default_factory=list)


def measure(work: Workload, parts: Collection[str], repeat: int) -> Measurements:
    """Measure `parts` `repeat` times. The job always runs, because it determines the work of the floor."""
    in_fresh_process(model_load_seconds, work.pack)  # warm-up: makes the float32 models once per machine
    done = Measurements(in_fresh_process(model_load_seconds, work.pack).value)
    for _ in range(repeat):
        job = in_fresh_process(run_job, work)
        done.job.append(job)
        if "floor" in parts:
            floor_work = FloorWork(work, job.value.detector_calls, job.value.faces_embedded)
            done.floor.append(in_fresh_process(run_floor, floor_work))
            check_same_work(job.value, done.floor[-1].value)
        if "naive" in parts:
            done.naive.append(in_fresh_process(run_naive, work))
    return done


def check_same_work(job: Run, floor: Run) -> None:
    """Raise `RuntimeError` if the floor did not do the job's work, because their ratio would be meaningless."""
    expected = (job.frames_decoded, job.detector_calls, job.faces_embedded)
    got = (floor.frames_decoded, floor.detector_calls, floor.faces_embedded)
    if got != expected:
        raise RuntimeError(f"Expected the floor to decode, detect and embed {expected} times, but got {got}")
