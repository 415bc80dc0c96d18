"""Progress of a stage. The caller chooses the destination; the content is the same for all of them."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from screenalytics_resources.artifact_store import ArtifactStore

Report = Callable[[int], None]
"""Called with the number of units done so far."""

FILE = "progress.json"
_WRITE_EVERY_S = 1.0


@dataclass(frozen=True)
class PhaseOf:
    """One phase of a stage with several phases. `began` is when the stage began, in seconds of `time.monotonic`."""

    name: str
    index: int
    """Number of the phase, starting at 1."""
    total: int
    began: float


class Progress(Protocol):
    """Destination for progress."""

    def start(self, ep_id: str, stage: str, total: int, unit: str, phase: PhaseOf | None = None) -> Report:
        """Begin a stage or phase of `total` units (0: unknown) and return the function that reports completed units."""
        ...


class Unrecorded:
    """Discards progress, for work that belongs to no episode or whose progress is shown elsewhere."""

    def start(self, ep_id: str, stage: str, total: int, unit: str, phase: PhaseOf | None = None) -> Report:
        return lambda done: None


class FileProgress:
    """Writes `manifests/{ep_id}/progress.json` at most once per second. Any reader can follow a run there.

    `run_id` is the Dagster run that does the work, if the caller knows it.
    """

    def __init__(self, store: ArtifactStore, run_id: str | None = None) -> None:
        self._store, self._run_id = store, run_id

    def start(self, ep_id: str, stage: str, total: int, unit: str, phase: PhaseOf | None = None) -> Report:
        document = _StageProgress(self._store, ep_id, stage, total, unit, time.monotonic(), phase, self._run_id)
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
    phase: PhaseOf | None = None
    run_id: str | None = None
    written: float = -_WRITE_EVERY_S
    most: int = 0

    def report(self, done: int) -> None:
        now = time.monotonic()
        done = self.most = max(done, self.most)
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
        if self.run_id is not None:
            content["run_id"] = self.run_id
        if self.phase is not None:
            content |= {
                "phase": self.phase.name,
                "phase_index": self.phase.index,
                "phase_total": self.phase.total,
                "phase_progress": round(min(1.0, done / self.total), 4) if self.total else 0.0,
                "total_elapsed_seconds": round(now - self.phase.began, 1),
            }
        self.store.write(self.store.manifest(self.ep_id, FILE), json.dumps(content).encode() + b"\n", durable=False)
