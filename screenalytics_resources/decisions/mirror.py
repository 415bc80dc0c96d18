"""Stand-in."""

from screenalytics_resources.artifact import sha256_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.records import Decision

FILE = "decisions.jsonl"
NO_DECISIONS = "none"


def read_decisions(store: ArtifactStore, ep_id: str) -> tuple[Decision, ...]:
    path = store.manifest(ep_id, FILE)
    if not path.exists():
        return ()
    return tuple(Decision.model_validate_json(line) for line in path.read_bytes().splitlines())


def decisions_sha256(store: ArtifactStore, ep_id: str) -> str:
    path = store.manifest(ep_id, FILE)
    return sha256_of(path.read_bytes()) if path.exists() else NO_DECISIONS
