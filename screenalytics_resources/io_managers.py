"""IO managers: one per file format, thin wrappers of `sealed_files`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dagster import InputContext, OutputContext, UPathIOManager

from screenalytics_resources.artifact import Document, DocumentSpec, Table, TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import load_document, load_table, save_document, save_table
from screenalytics_resources.step_errors import step_errors

if TYPE_CHECKING:
    from upath import UPath


class SealedIOManager(UPathIOManager):
    """Base of both formats: an error while loading or storing is handled like an error of the step."""

    def load_input(self, context: InputContext) -> Any:
        with step_errors(_retry_number(context)):
            return super().load_input(context)

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        with step_errors(_retry_number(context)):
            super().handle_output(context, obj)


class JsonIOManager(SealedIOManager):
    """IO manager of documents: `manifests/{ep_id}/{file}.json`."""

    def __init__(self, store: ArtifactStore, specs: Mapping[str, DocumentSpec[Any]]) -> None:
        super().__init__(store.base)
        self._store = store
        self._specs = specs

    def get_path_for_partition(self, context: InputContext | OutputContext, path: "UPath", partition: str) -> "UPath":
        return self._store.manifest(partition, self._specs[_asset(context)].file)

    def dump_to_path(self, context: OutputContext, obj: Document[Any], path: "UPath") -> None:
        save_document(self._store, self._specs[_asset(context)], obj)

    def load_from_path(self, context: InputContext, path: "UPath") -> Document[Any]:
        return load_document(self._store, self._specs[_asset(context)], path.parent.name)


class JsonlIOManager(SealedIOManager):
    """IO manager of tables: `manifests/{ep_id}/{file}.jsonl`, with their side files, arrays and documents."""

    def __init__(self, store: ArtifactStore, specs: Mapping[str, TableSpec[Any]]) -> None:
        super().__init__(store.base)
        self._store = store
        self._specs = specs

    def get_path_for_partition(self, context: InputContext | OutputContext, path: "UPath", partition: str) -> "UPath":
        return self._store.manifest(partition, self._specs[_asset(context)].file)

    def dump_to_path(self, context: OutputContext, obj: Table[Any], path: "UPath") -> None:
        save_table(self._store, self._specs[_asset(context)], obj)

    def load_from_path(self, context: InputContext, path: "UPath") -> Table[Any]:
        return load_table(self._store, self._specs[_asset(context)], path.parent.name)


def _asset(context: InputContext | OutputContext) -> str:
    return context.asset_key.path[-1]


def _retry_number(context: InputContext | OutputContext) -> int:
    return context.step_context.previous_attempt_count
