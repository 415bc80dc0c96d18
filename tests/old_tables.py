"""Tables in the format of older releases, whose first line was the seal."""

import json
from pathlib import Path

from screenalytics_resources.artifact import TableSpec
from screenalytics_resources.artifact_store import ArtifactStore


def to_old_format(store: ArtifactStore, spec: TableSpec, ep_id: str) -> None:
    """Turn a table on disk into the file that an older release would have written, byte by byte."""
    side = Path(str(store.manifest(ep_id, spec.seal_file)))
    table = Path(str(store.manifest(ep_id, spec.file)))
    seal = json.loads(side.read_bytes())["seal"]
    first_line = json.dumps({"seal": seal}, separators=(",", ":")).encode() + b"\n"
    table.write_bytes(first_line + table.read_bytes())
    side.unlink()
