"""What the asset graph gets from Dagster as resources: store, inference, progress, and the episode's lock."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field

from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import Engine, load_engine
from screenalytics_resources.progress import FileProgress, Progress
from screenalytics_resources.project import config_dir

PARTITION_TAG = "dagster/partition"


class StoreResource(ConfigurableResource[ArtifactStore]):
    """The artifact store. While a run of one episode holds it, no other process can write that episode."""

    root: str = Field(default_factory=data_root, description="Folder, or s3://bucket/prefix.")

    def store(self) -> ArtifactStore:
        return ArtifactStore(self.root)

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["StoreResource"]:  # type: ignore[override]
        ep_id = context.run.tags.get(PARTITION_TAG) if context.run else None
        if ep_id is None:
            yield self
            return
        with episode_lock(self.store(), ep_id):
            self.store().remove_leftovers(ep_id)
            yield self


class InferenceResource(ConfigurableResource[Engine]):
    """Model packs on one device; a pack is loaded once a process."""

    device: str = Field("auto", description="auto, cpu, cuda or cuda:N.")
    threads: int = Field(0, ge=0, description="Threads of one model; 0: one a core.")

    def engine(self, pack: str, detector_input: int | None = None) -> Engine:
        return load_engine(pack, config_dir(), self.device, self.threads, detector_input)


def inference_from_environment() -> InferenceResource:
    """Inference on `SCREENALYTICS_DEVICE` (auto) with `SCREENALYTICS_THREADS` (0), as the host is set up."""
    threads = os.environ.get("SCREENALYTICS_THREADS") or "0"
    if not threads.isdecimal():
        raise UserError(f"SCREENALYTICS_THREADS is {threads!r}: give a number of threads, or 0 for one a core.")
    return InferenceResource(device=os.environ.get("SCREENALYTICS_DEVICE") or "auto", threads=int(threads))


class ProgressResource(ConfigurableResource[Progress]):
    """Progress into the episode's `progress.json`."""

    root: str = Field(default_factory=data_root)

    def progress(self) -> Progress:
        return FileProgress(ArtifactStore(self.root))
