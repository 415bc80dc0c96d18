"""Dagster resources of the asset graph: artifact store with the episode lock, inference, and progress."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from dagster import ConfigurableResource, InitResourceContext
from pydantic import PrivateAttr

from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.episode_id import is_ep_id
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import Engine, load_engine
from screenalytics_resources.inference.openvino_session import Precision
from screenalytics_resources.progress import FileProgress, Progress
from screenalytics_resources.project import config_dir
from screenalytics_resources.run_tags import PARTITION_TAG
from screenalytics_resources.tombstones import refuse_removed

MAX_RETRIES_TAG = "dagster/max_retries"


class StoreResource(ConfigurableResource[ArtifactStore]):
    """The artifact store. During a run for one episode, no other process can write to that episode.

    The root is no field, because the launchpad would offer it, while IO managers, sensors and settings use the root of
    the environment.
    """

    def store(self) -> ArtifactStore:
        """Return the store of the configured data root."""
        return ArtifactStore(data_root())

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["StoreResource"]:  # type: ignore[override]
        ep_id = context.run.tags.get(PARTITION_TAG) if context.run else None
        if ep_id is None:
            yield self
            return
        with ExitStack() as stack:
            try:
                self.store().check_root()
                stack.enter_context(episode_lock(self.store(), ep_id))
                if is_ep_id(ep_id):
                    refuse_removed(self.store(), ep_id)
            except UserError:
                _forbid_retries(context)
                raise
            self.store().remove_leftovers(ep_id)
            yield self


class InferenceResource(ConfigurableResource[Engine]):
    """Model packs on a device. Each pack is loaded once per process."""

    def engine(
        self,
        pack: str,
        device: str,
        threads: int,
        detector_input: int | None = None,
        precision: Precision = "f32",
    ) -> Engine:
        """Return the engine of a pack; see `load_engine`."""
        return load_engine(pack, config_dir(), device, threads, detector_input, precision)


class ProgressResource(ConfigurableResource[Progress]):
    """Progress written to the episode's `progress.json`, with the id of the run."""

    _run_id: str | None = PrivateAttr(default=None)

    def setup_for_execution(self, context: InitResourceContext) -> None:
        self._run_id = context.run.run_id if context.run else None

    def progress(self) -> Progress:
        return FileProgress(ArtifactStore(data_root()), self._run_id)


def _forbid_retries(context: InitResourceContext) -> None:
    """Keep Dagster from retrying the run, which it otherwise does when the setup of a resource fails."""
    if context.instance is not None and context.run is not None:
        context.instance.add_run_tags(context.run.run_id, {MAX_RETRIES_TAG: "0"})
