"""When a live platform counts as quiet."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from benchmarks.live.platform import LivePlatform
from benchmarks.live.runs import is_quiet
from screenalytics_assets.alerting.ledger import AlertLedger


@dataclass
class Answers:
    """Replacement for a platform with one run, which ended, and whose sensors ticked, this many seconds ago."""

    root: Path
    status: str
    ended: float | None
    ticked: float = 0.0

    def query(self, query: str) -> dict[str, Any]:
        end = None if self.ended is None else time.time() - self.ended
        run = {"runId": "one", "status": self.status, "startTime": 1.0, "endTime": end, "tags": []}
        return {"runsOrError": {"results": [run]}}

    def ticks(self, sensor: str) -> list[dict[str, Any]]:
        return [{"timestamp": time.time() - self.ticked}]


@pytest.mark.parametrize(
    ("status", "ended", "ticked", "quiet"),
    [
        pytest.param("STARTED", None, 0.0, False, id="a run is in progress"),
        pytest.param("SUCCESS", 2.0, 1.0, True, id="the sensors have ticked after a successful run"),
        pytest.param("SUCCESS", 2.0, 3.0, False, id="the sensors have not ticked since"),
        pytest.param("FAILURE", 2.0, 1.0, False, id="a failed run may be retried"),
        pytest.param("FAILURE", 60.0, 1.0, True, id="a failed run was not retried"),
    ],
)
def test_quiet(tmp_path: Path, status: str, ended: float | None, ticked: float, quiet: bool) -> None:
    AlertLedger(tmp_path / "alerts").record("one", status, [], [], time.time())
    assert is_quiet(cast(LivePlatform, Answers(tmp_path, status, ended, ticked))) is quiet
