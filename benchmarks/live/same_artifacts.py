"""Comparison of the artifacts of an episode in two data roots."""

import json
from typing import Any

from screenalytics_resources.artifact import canonical
from screenalytics_resources.artifact_store import ArtifactStore

FOLDERS = ("manifests", "embeds", "frames")
IGNORED = frozenset({"progress.json"})


def comparable_files(store: ArtifactStore, ep_id: str) -> dict[str, bytes]:
    """Return the content of every artifact file of the episode, by path below the root, without time-dependent fields.

    Only JSON has such fields: times, and hashes that cover times. The digests in the seals stay.
    """
    paths = [path for folder in FOLDERS for path in store.place.files(store.path(folder, ep_id))]
    contents = store.place.read_all(paths)
    return {
        store.relative(path): _timeless(path.suffix, content or b"")
        for path, content in zip(paths, contents, strict=True)
        if path.name not in IGNORED
    }


def _timeless(suffix: str, content: bytes) -> bytes:
    if suffix not in (".json", ".jsonl"):
        return content
    lines = content.splitlines() if suffix == ".jsonl" else [content]
    return b"\n".join(canonical(_without_hashes(json.loads(line))) for line in lines)


def _without_hashes(value: dict[str, Any]) -> dict[str, Any]:
    seal = value.get("seal")
    if seal is None:
        return value
    value = {name: each for name, each in value.items() if name != "previous_seal"}  # left by a killed writer
    companions = {name: {**each, "sha256": ""} for name, each in seal["companions"].items() if name.endswith(".json")}
    return value | {"seal": seal | {"sha256": "", "companions": seal["companions"] | companions}}
