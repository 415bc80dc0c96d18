"""Measurement of the parts in turn: a slow minute of the machine affects all of them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.baseline import BaselineRuns, measure_baseline
from benchmarks.floor import FloorWork, run_floor
from benchmarks.fresh_process import Measured, in_fresh_process
from benchmarks.job import JobRun, fill_caches, model_load_seconds, run_job
from benchmarks.job_profile import Profile, profile_job
from benchmarks.naive import run_naive
from benchmarks.workload import Run, Workload

PARTS = ("job", "floor", "naive", "profile")


@dataclass
class Measurements:
    """All repeats of all parts, one profile, and the runs against a baseline. Parts left out are empty or None."""

    model_load_seconds: float
    job: list[Measured[JobRun]] = field(default_factory=list)
    floor: list[Measured[Run]] = field(default_factory=list)
    naive: list[Measured[Run]] = field(default_factory=list)
    profile: Profile | None = None
    baseline: BaselineRuns | None = None


def measure(work: Workload, parts: Collection[str], repeat: int, baseline: Path | None = None) -> Measurements:
    """Measure `parts` `repeat` times, and the profile once. Then run the job in turn with that of `baseline`.

    The job always runs, because it determines the work of the floor.
    """
    in_fresh_process(fill_caches, work.pack)
    done = Measurements(in_fresh_process(model_load_seconds, work.pack).value)
    for _ in range(repeat):
        job = in_fresh_process(run_job, work)
        done.job.append(job)
        if "floor" in parts:
            counts = job.value.detector_calls, job.value.refinements, job.value.faces_embedded
            done.floor.append(in_fresh_process(run_floor, FloorWork(work, *counts)))
            check_same_work(job.value, done.floor[-1].value)
        if "naive" in parts:
            done.naive.append(in_fresh_process(run_naive, work))
    if "profile" in parts:
        done.profile = profile_job(work)
    if baseline is not None:
        done.baseline = measure_baseline(work, baseline, repeat)
    return done


def check_same_work(job: Run, floor: Run) -> None:
    """Raise `RuntimeError` if the floor did not do the job's work, because their ratio would be meaningless."""
    expected, got = (
        (run.frames_decoded, run.detector_calls, run.faces_refined, run.faces_embedded) for run in (job, floor)
    )
    if got != expected:
        raise RuntimeError(f"Expected the floor to decode, detect, refine and embed {expected} times, but got {got}")
