"""Artifacts that this process has read. Each is read again only after its seal changed."""

from typing import Any, overload

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_resources.artifact import DocumentSpec, DocumentT, Spec, TableSpec, TableT
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.recent import Recent
from screenalytics_resources.sealed_files import read_seal

_read: Recent[tuple[str, str, str], tuple[str, Any]] = Recent(20)


@overload
def stored(store: ArtifactStore, spec: TableSpec[TableT], ep_id: str) -> TableT | None: ...


@overload
def stored(store: ArtifactStore, spec: DocumentSpec[DocumentT], ep_id: str) -> DocumentT | None: ...


def stored(store: ArtifactStore, spec: Spec, ep_id: str) -> Any:
    """Return an artifact; the same object as before if it has not changed, and None if it does not exist.

    Raises:
        DamagedArtifactError: it is torn or edited.
    """
    seal = read_seal(store, spec, ep_id)
    if seal is None:
        return None
    key = (store.root, ep_id, spec.asset)
    known = _read.get(key)
    if known is None or known[0] != seal.sha256:
        known = seal.sha256, load_artifact(store, spec, ep_id)
        _read.put(key, known)
    return known[1]
