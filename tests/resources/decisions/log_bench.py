"""One decision log: database, data root and episode, with the calls that tests repeat."""

from dataclasses import dataclass
from pathlib import Path

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import append_gesture, reconcile
from screenalytics_resources.decisions.mirror import FILE, line_of, read_decisions
from screenalytics_resources.decisions.records import Decision, NewDecision
from screenalytics_resources.facebank.cast_store import CastStore
from tests.resources.decisions.gestures import gesture, lock


@dataclass(frozen=True)
class LogBench:
    store: ArtifactStore
    cast: CastStore
    ep_id: str

    @property
    def path(self) -> Path:
        return Path(str(self.store.manifest(self.ep_id, FILE)))

    def add(self, *decisions: NewDecision, key: str | None = None, actor: str = "local") -> tuple[Decision, ...]:
        made = gesture(*(decisions or (lock(),)))
        return append_gesture(self.store, self.cast, self.ep_id, actor, key, lambda past: made)

    def reconcile(self) -> None:
        reconcile(self.store, self.cast, self.ep_id)

    def mirrored(self) -> tuple[Decision, ...]:
        return read_decisions(self.store, self.ep_id)

    def agree(self) -> bool:
        """Return whether table and mirror have the same decisions, numbered without gaps."""
        if not self.path.exists():
            return False
        stored = self.cast.decisions(self.ep_id)
        lines = self.path.read_bytes().split(b"\n", 1)[1]
        same = self.mirrored() == stored and lines == b"".join(map(line_of, stored))
        return same and [one.seq for one in stored] == list(range(1, len(stored) + 1))
