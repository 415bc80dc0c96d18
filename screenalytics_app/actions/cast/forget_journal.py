"""What an erasure that is under way searches for: `forget/{show or _every}/{person}.json`.

The database loses this knowledge in its first step. The file is written before that and removed when a search finds
nothing, so an erasure that is killed in between can be finished. Only its owner can read it.
"""

import json
from typing import TYPE_CHECKING

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.records import Traces

if TYPE_CHECKING:
    from upath import UPath

FOLDER = "forget"
_EVERY = "_every"
_TEXTS = ("ids", "names", "seeds", "origins")


def read_journal(store: ArtifactStore, person_id: str, show: str | None) -> Traces | None:
    """Return what an earlier call with the same arguments searched for, or None if it finished."""
    path = _path(store, person_id, show)
    if not path.exists():
        return None
    try:
        stored = json.loads(path.read_bytes())
        ids, names, seeds, origins = (frozenset(stored[name]) for name in _TEXTS)
        return Traces(ids, names, seeds, origins, frozenset(bytes.fromhex(vector) for vector in stored["vectors"]))
    except (ValueError, KeyError, TypeError):
        return Traces(frozenset({person_id}))


def write_journal(store: ArtifactStore, person_id: str, show: str | None, traces: Traces) -> None:
    """Store what is searched for."""
    stored = {name: sorted(getattr(traces, name)) for name in _TEXTS}
    stored["vectors"] = sorted(vector.hex() for vector in traces.vectors)
    store.place.write(_path(store, person_id, show), json.dumps(stored).encode() + b"\n", private=True)


def remove_journal(store: ArtifactStore, person_id: str, show: str | None) -> None:
    """Record that the erasure is complete."""
    path = _path(store, person_id, show)
    store.place.remove(path)
    store.place.remove_leftovers(path.parent)
    store.place.remove_empty_folders(path.parent, store.base)


def _path(store: ArtifactStore, person_id: str, show: str | None) -> "UPath":
    return store.base / FOLDER / (show or _EVERY) / f"{person_id}.json"
