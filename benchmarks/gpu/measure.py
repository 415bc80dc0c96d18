"""Measurement of one pack on two devices, in turn, and the comparison of their results."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from benchmarks.fresh_process import Measured, in_fresh_process
from benchmarks.gpu.agreement import BoxAgreement, compare_detections, lowest_cosine, problems
from benchmarks.gpu.device_job import DeviceJob, JobWork, run_device_job
from benchmarks.gpu.nvidia_smi import Usage, UsagePoll
from benchmarks.gpu.stages import StageRun, StageWork, measure_stages
from benchmarks.workload import Workload
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import config_dir

A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True)
class DeviceRun:
    """Figures of one device.

    Attributes:
        stages: its stages.
        stages_usage: of the card during the stages; None for the first device, and without nvidia-smi.
        jobs: its repeats of the complete job.
        jobs_usage: of the card during the last of them.
    """

    stages: StageRun
    stages_usage: Usage | None
    jobs: list[Measured[DeviceJob]]
    jobs_usage: Usage | None


@dataclass(frozen=True)
class Comparison:
    """Two devices, and how far their results agree.

    Attributes:
        first: the reference, the CPU.
        second: the device under test.
        boxes: comparison of the detections.
        lowest_cosine: of the embeddings of the same aligned faces.
        problems: one sentence per result that differs; empty if the devices agree.
    """

    workload: Workload
    first: DeviceRun
    second: DeviceRun
    boxes: BoxAgreement
    lowest_cosine: float
    problems: list[str]


def compare_devices(work: Workload, devices: tuple[str, str], images: int, repeat: int, deadline: float) -> Comparison:
    """Measure both devices and compare their results.

    Args:
        work: clip, pack and stride.
        devices: the reference and the device under test, as in the setting `device`.
        images: most images for the stages.
        repeat: number of timed passes and of jobs.
        deadline: after this time of `time.monotonic()` no job is repeated; each device runs one in any case.

    Raises:
        UserError: if a device, the pack or the clip cannot be used.
    """
    first = in_fresh_process(measure_stages, StageWork(work, devices[0], images, repeat)).value
    measured, stages_usage = _with_usage(measure_stages, StageWork(work, devices[1], images, repeat, first.faces))
    second = measured.value
    jobs: tuple[list[Measured[DeviceJob]], list[Measured[DeviceJob]]] = ([], [])
    jobs_usage = None
    for k in range(repeat):
        if k and time.monotonic() > deadline:
            break
        jobs[0].append(in_fresh_process(run_device_job, JobWork(work, devices[0])))
        job, jobs_usage = _with_usage(run_device_job, JobWork(work, devices[1]))
        jobs[1].append(job)
    boxes = compare_detections(
        first.detections, second.detections, load_pack(work.pack, config_dir()).detector.score_threshold
    )
    cosine = lowest_cosine(first.vectors, second.vectors)
    return Comparison(
        workload=work,
        first=DeviceRun(first, None, jobs[0], None),
        second=DeviceRun(second, stages_usage, jobs[1], jobs_usage),
        boxes=boxes,
        lowest_cosine=cosine,
        problems=problems(boxes, cosine, jobs[0][0].value.identities, jobs[1][0].value.identities),
    )


def _with_usage(function: Callable[[A], R], argument: A) -> "tuple[Measured[R], Usage | None]":
    with UsagePoll() as poll:
        measured = in_fresh_process(function, argument)
    return measured, poll.usage()
