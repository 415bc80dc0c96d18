"""Typed loading of artifacts for code without an IO manager: checks, actions and exports."""

from typing import Any, overload

from screenalytics_resources.artifact import DocumentSpec, DocumentT, Spec, TableSpec, TableT
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import DamagedArtifactError, load_document, load_table


@overload
def load_artifact(store: ArtifactStore, spec: TableSpec[TableT], partition: str) -> TableT: ...


@overload
def load_artifact(store: ArtifactStore, spec: DocumentSpec[DocumentT], partition: str) -> DocumentT: ...


def load_artifact(store: ArtifactStore, spec: Spec, partition: str) -> Any:
    """Load the artifact of an episode or a show with its companion files.

    Raises:
        DamagedArtifactError: the artifact is missing, torn or edited.
    """
    if isinstance(spec, TableSpec):
        return load_table(store, spec, partition)
    return load_document(store, spec, partition)


def load_previous(store: ArtifactStore, spec: DocumentSpec[DocumentT], partition: str) -> tuple[DocumentT | None, str]:
    """Load the stored result that a new one replaces, so that identity ids can be kept.

    Returns None if there is none. If it is damaged, returns None and a sentence for the user; otherwise the text is
    empty.
    """
    if not store.manifest(partition, spec.file).exists():
        return None, ""
    try:
        return load_document(store, spec, partition), ""
    except DamagedArtifactError as error:
        return None, f"identity ids are numbered from the start because the previous result cannot be read: {error}"
