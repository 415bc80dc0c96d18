"""The two file formats of the artifacts, and the seal that makes damage visible.

A document is JSON with a `seal` beside its fields; see `sealed_documents`. A table is JSON Lines with nothing but
rows, and a side file with its seal; see `sealed_tables`. The seal holds the SHA-256 of the content, the SHA-256 (and
shape) of every companion file, and the provenance. Companions are written first, so a set of files that an unfinished
write or an edit tore apart is refused on reading, with file and cause.
"""

from screenalytics_resources.artifact import Spec, TableSpec
from screenalytics_resources.artifact_reader import DamagedArtifactError
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.seal import SEAL_VERSION, Companion, Seal
from screenalytics_resources.sealed_documents import load_document, read_document_seal, save_document
from screenalytics_resources.sealed_tables import load_table, read_table_seal, save_table

__all__ = [
    "SEAL_VERSION",
    "Companion",
    "DamagedArtifactError",
    "Seal",
    "load_document",
    "load_table",
    "read_seal",
    "save_document",
    "save_table",
]


def read_seal(store: ArtifactStore, spec: Spec, ep_id: str) -> Seal | None:
    """Read the seal alone, to list many episodes quickly; None if the artifact does not exist.

    Raises:
        DamagedArtifactError: the seal is unreadable. Damage behind a readable seal is found only by loading.
    """
    if isinstance(spec, TableSpec):
        return read_table_seal(store, spec, ep_id)
    return read_document_seal(store, spec, ep_id)
