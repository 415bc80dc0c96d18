"""Overviews of episodes and packs."""

from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from screenalytics_app.actions.status import packs_table, status_table
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from tests.tiny_episode import EP_ID, write_tiny_episode


def shown(table: Table) -> str:
    console = Console(width=250)
    with console.capture() as capture:
        console.print(table)
    return " ".join(capture.get().split())


def test_an_empty_root_has_no_episodes(tmp_path: Path) -> None:
    assert ArtifactStore(str(tmp_path / "nothing")).episodes() == []


def test_episodes_by_name_and_nothing_else(tmp_path: Path) -> None:
    for name in ("videos/b-s01e01", "manifests/a-s01e02", "manifests/notes", "videos/b-s01e02"):
        (tmp_path / name).mkdir(parents=True)
    assert ArtifactStore(str(tmp_path)).episodes() == ["a-s01e02", "b-s01e01", "b-s01e02"]


def test_what_is_there_what_is_not_and_what_is_damaged(tmp_path: Path) -> None:
    store = write_tiny_episode(tmp_path)
    assert f"{EP_ID} │ there │ 5 rows │" in shown(status_table(store, None))
    (tmp_path / "manifests" / EP_ID / "track_reps.jsonl").unlink()
    (tmp_path / "manifests" / EP_ID / "identities.json").write_text("{")
    assert "│ damaged │ there │ - │ there │ opencv_zoo │" in shown(status_table(store, EP_ID))


def test_a_name_that_is_no_episode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not an episode id"):
        status_table(ArtifactStore(str(tmp_path)), "../x")


def test_packs_say_what_they_may_be_used_for(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_MODEL_ROOT", str(tmp_path))
    text = shown(packs_table())
    assert "opencv_zoo │ OpenCV Zoo, YuNet and SFace │ YuNet is MIT, SFace is Apache-2.0 │ yes" in text
    assert "non-commercial research only │ no │ not calibrated │ no" in text
