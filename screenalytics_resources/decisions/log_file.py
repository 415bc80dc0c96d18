"""Writes a file of a decision log among the manifests."""

from screenalytics_resources.artifact_store import ArtifactStore

_WRITES = 3
"""Attempts to write. The start of a run removes partial files, even that of a writer at work."""


def write_log_file(store: ArtifactStore, ep_id: str, name: str, content: bytes, durable: bool = True) -> None:
    """Replace the file. Only its owner can read it."""
    for attempt in range(1, _WRITES + 1):
        store.make_manifest_folder(ep_id)
        try:
            store.place.write(store.manifest(ep_id, name), content, durable, private=True)
        except FileNotFoundError:
            if attempt == _WRITES:
                raise
        else:
            return
