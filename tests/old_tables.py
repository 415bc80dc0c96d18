"""Tables in the format of older releases, which stored the seal as the first line."""

import json
from pathlib import Path

from screenalytics_resources.artifact import TableSpec
from screenalytics_resources.artifact_store import ArtifactStore


def to_old_format(store: ArtifactStore, spec: TableSpec, ep_id: str) -> None:
    """Convert a table on disk to exactly the bytes that an older release wrote."""
    side = Path(str(store.manifest(ep_id, spec.seal_file)))
    table = Path(str(store.manifest(ep_id, spec.file)))
    seal = json.loads(side.read_bytes())["seal"]
    first_line = json.dumps({"seal": seal}, separators=(",", ":")).encode() + b"\n"
    table.write_bytes(first_line + table.read_bytes())
    side.unlink()
