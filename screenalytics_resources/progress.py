"""Progress of a stage: where it goes is the caller's choice, what it says is not."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from screenalytics_resources.artifact_store import ArtifactStore, write_atomic

Report = Callable[[int], None]
"""Told the number of units done so far."""

_WRITE_EVERY_S = 1.0


class Progress(Protocol):
    """Somewhere that progress is shown."""

    def start(self, ep_id: str, stage: str, total: int, unit: str) -> Report:
        """Begin a stage of `total` units (0: unknown) and return what to call as they are done."""
        ...


class FileProgress:
    """Writes `manifests/{ep_id}/progress.json`, at most once a second, so that anyone can watch any run."""

    def __init__(self, store: ArtifactStore) -> None:
        self._store = store

    def start(self, ep_id: str, stage: str, total: int, unit: str) -> Report:
        document = _StageProgress(self._store, ep_id, stage, total, unit, began=time.monotonic())
        document.report(0)
        return document.report


@dataclass
class _StageProgress:
    store: ArtifactStore
    ep_id: str
    stage: str
    total: int
    unit: str
    began: float
    written: float = -_WRITE_EVERY_S

    def report(self, done: int) -> None:
        now = time.monotonic()
        finished = 0 < self.total <= done
        if now - self.written < _WRITE_EVERY_S and not finished:
            return
        self.written = now
        elapsed = now - self.began
        content = {
            "ep_id": self.ep_id,
            "stage": self.stage,
            "done": done,
            "total": self.total or None,
            "unit": self.unit,
            "elapsed_s": round(elapsed, 1),
            "eta_s": round(elapsed * (self.total - done) / done, 1) if done and self.total > done else None,
            "updated_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        write_atomic(
            self.store.manifest(self.ep_id, "progress.json"), json.dumps(content).encode() + b"\n", durable=False
        )
