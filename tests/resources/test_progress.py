"""Progress written to a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from screenalytics_resources import progress
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.progress import FileProgress

EP = "demo-s01e01"


class Clock:
    """Replaces the clock, which avoids waiting in tests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(progress.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def written(root: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((root / "manifests" / EP / "progress.json").read_text())
    return content


def test_content_and_frequency_of_writes(tmp_path: Path, clock: Clock) -> None:
    report = FileProgress(ArtifactStore(str(tmp_path))).start(EP, "tracks", 200, "frames")
    assert (written(tmp_path)["stage"], written(tmp_path)["done"], written(tmp_path)["eta_s"]) == ("tracks", 0, None)
    clock.now += 0.9
    report(40)
    assert written(tmp_path)["done"] == 0
    clock.now += 3.1
    report(50)
    content = written(tmp_path)
    assert [content[key] for key in ("done", "total", "unit", "elapsed_s", "eta_s")] == [50, 200, "frames", 4.0, 12.0]
    report(200)
    assert (written(tmp_path)["done"], written(tmp_path)["eta_s"]) == (200, None)


def test_the_run_that_writes_is_named(tmp_path: Path) -> None:
    FileProgress(ArtifactStore(str(tmp_path))).start(EP, "tracks", 0, "frames")
    assert "run_id" not in written(tmp_path)
    FileProgress(ArtifactStore(str(tmp_path)), "run-1").start(EP, "tracks", 0, "frames")
    assert written(tmp_path)["run_id"] == "run-1"


def test_an_unknown_total_has_no_eta(tmp_path: Path, clock: Clock) -> None:
    report = FileProgress(ArtifactStore(str(tmp_path))).start(EP, "tracks", 0, "frames")
    clock.now += 0.5
    report(5)
    assert written(tmp_path)["done"] == 0
    clock.now += 2
    report(10)
    assert (written(tmp_path)["done"], written(tmp_path)["total"], written(tmp_path)["eta_s"]) == (10, None, None)
