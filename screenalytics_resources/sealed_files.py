"""The two file formats of the artifacts, and the seal that detects damage.

A document is a JSON object with a `seal` next to its fields; see `sealed_documents`. A table is a JSON Lines file that
contains only rows, and a side file with its seal; see `sealed_tables`. The seal contains the SHA-256 of the content, of
each companion file (with the shape of an array), and the provenance. Companions are written first, so a reader detects
files that an unfinished write or an edit has mixed. It refuses them and names the file and the cause.
"""

from typing import Any

from screenalytics_resources.artifact import Document, DocumentSpec, Spec, Table, TableSpec
from screenalytics_resources.artifact_reader import DamagedArtifactError, NewerArtifactError
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.seal import SEAL_VERSION, Companion, Seal
from screenalytics_resources.sealed_documents import load_document, read_document_seal, save_document
from screenalytics_resources.sealed_tables import load_table, read_table_seal, save_table

__all__ = [
    "SEAL_VERSION",
    "Companion",
    "DamagedArtifactError",
    "NewerArtifactError",
    "Seal",
    "load_document",
    "load_table",
    "read_seal",
    "save_artifact",
    "save_document",
    "save_table",
]


def save_artifact(
    store: ArtifactStore, spec: Spec, artifact: Table[Any] | Document[Any], cleanup: str | None = None
) -> None:
    """Write a table or a document, whichever `spec` describes. `cleanup` is the id of the cleanup that wrote it."""
    if isinstance(spec, TableSpec) and isinstance(artifact, Table):
        save_table(store, spec, artifact, cleanup)
    elif isinstance(spec, DocumentSpec) and isinstance(artifact, Document):
        save_document(store, spec, artifact, cleanup)
    else:
        raise TypeError(f"Expected the artifact {spec.asset} in the format of its spec, got {type(artifact).__name__}.")


def read_seal(store: ArtifactStore, spec: Spec, ep_id: str) -> Seal | None:
    """Read only the seal, to list many episodes quickly. Returns None if the artifact does not exist.

    Raises:
        DamagedArtifactError: the seal is unreadable. Only loading finds damage in the content behind a readable seal.
    """
    if isinstance(spec, TableSpec):
        return read_table_seal(store, spec, ep_id)
    return read_document_seal(store, spec, ep_id)
