"""What the asset graph gets from Dagster as resources: store, inference, progress, and the episode's lock."""

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import ConfigurableResource, InitResourceContext
from pydantic import Field

from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.episode_lock import episode_lock
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
    """Model packs on a device; a pack is loaded once a process."""

    def engine(self, pack: str, device: str, threads: int, detector_input: int | None = None) -> Engine:
        """The engine of a pack; see `load_engine`."""
        return load_engine(pack, config_dir(), device, threads, detector_input)


class ProgressResource(ConfigurableResource[Progress]):
    """Progress into the episode's `progress.json`."""

    root: str = Field(default_factory=data_root)

    def progress(self) -> Progress:
        return FileProgress(ArtifactStore(self.root))
