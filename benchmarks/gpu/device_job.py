"""The complete job on a given device, and the identities that it finds."""

import os
from dataclasses import dataclass

from benchmarks.equality import partition
from benchmarks.gpu.agreement import Identities
from benchmarks.job import EP_ID, JobRun, run_job
from benchmarks.workload import Workload
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES
from screenalytics_resources.artifact_store import ArtifactStore, data_root


@dataclass(frozen=True)
class JobWork:
    """A workload and the device to run it on."""

    workload: Workload
    device: str


@dataclass(frozen=True)
class DeviceJob:
    """One run of the job, with the tracks of each identity."""

    run: JobRun
    identities: Identities


def run_device_job(work: JobWork) -> DeviceJob:
    """Run the job. Changes the environment of this process, so it needs one of its own.

    Raises:
        UserError: if the device cannot be used, or if `run_job` raises it.
    """
    os.environ |= {"SCREENALYTICS_DEVICE": work.device, "SCREENALYTICS_PRECISION": "f32"}
    run = run_job(work.workload)
    identities = load_artifact(ArtifactStore(data_root()), IDENTITIES, EP_ID).content.identities
    return DeviceJob(run, partition([identity.track_ids for identity in identities]))
