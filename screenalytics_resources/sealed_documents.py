"""Documents: JSON files that contain their seal as a member next to their fields."""

import json
from typing import Any

from screenalytics_resources.artifact import Document, DocumentSpec, DocumentT
from screenalytics_resources.artifact_reader import ArtifactReader
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.seal import SEAL_BYTES, Seal, make_seal, matches, pretty_json

_END = b"\n}\n"
"""Last bytes of a document."""


def save_document(
    store: ArtifactStore, spec: DocumentSpec[Any], document: Document[Any], cleanup: str | None = None
) -> None:
    """Write one sealed JSON document."""
    content = document.content.model_dump(mode="json")
    seal = make_seal(
        _sorted_json(content),
        digest=document.digest,
        model_pack=document.model_pack,
        provenance=document.provenance,
        cleanup=cleanup,
    )
    store.write(
        store.manifest(document.ep_id, spec.file), pretty_json({"seal": seal.model_dump(mode="json")} | content)
    )


def load_document(store: ArtifactStore, spec: DocumentSpec[DocumentT], ep_id: str) -> DocumentT:
    """Read one sealed JSON document. Raises `DamagedArtifactError` if it is missing or altered."""
    reader = ArtifactReader(store, ep_id, spec.asset)
    path = store.manifest(ep_id, spec.file)
    content = reader.json(path, reader.content(path))
    seal = reader.seal(path, content)
    del content["seal"]
    if not matches(_sorted_json(content), seal):
        raise reader.damaged(path, "its content does not match its own checksum (edited?)")
    record = reader.model(path, spec.model, _sorted_json(content), shows_texts=False)
    return spec.document(ep_id, record, seal.provenance, seal.model_pack)


def read_document_seal(store: ArtifactStore, spec: DocumentSpec[Any], ep_id: str) -> Seal | None:
    """Read only the seal; None without a document. Raises `DamagedArtifactError` if the seal is unreadable."""
    reader = ArtifactReader(store, ep_id, spec.asset)
    path = store.manifest(ep_id, spec.file)
    ends = store.place.read_ends(path, SEAL_BYTES, len(_END))
    if ends is None:
        return None
    head, tail = ends
    seal = _leading_seal(head) if tail == _END else None  # read a truncated document completely, to name the cause
    return reader.seal(path, {"seal": seal} if seal else reader.json(path, reader.content(path)))


def _leading_seal(head: bytes) -> dict[str, Any] | None:
    """Return the seal at the start of a document; None if the document does not start with a seal."""
    text = head.decode(errors="replace")
    begin = text.find("{", 1)
    if not text[:begin].replace(" ", "").replace("\n", "").startswith('{"seal":'):
        return None
    try:
        seal, _ = json.JSONDecoder().raw_decode(text, begin)
    except ValueError:
        return None
    return seal if isinstance(seal, dict) else None


def _sorted_json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
