"""Files where folders are expected, partitions that vanish, and broken YAML: one sentence and exit code 2."""

import shutil
from pathlib import Path

import pytest
from dagster import DagsterInstance

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.project import PROJECT_ROOT
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID

COMMANDS = {
    "status": ("status",),
    "backfill": ("backfill",),
    "run": ("run", "--ep-id", EP_ID),
    "show": ("show", "--ep-id", EP_ID),
    "season": ("season", "--show", "tiny"),
    "cast": ("cast", "list", "--show", "tiny"),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("below", ["", "below"], ids=["the root", "a folder below a file"])
def test_a_data_root_that_is_a_file(
    screen: Screen, home: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], below: str
) -> None:
    home.write_bytes(b"")
    monkeypatch.setenv("SCREENALYTICS_DATA_ROOT", str(home / below))
    assert f"is not a folder, because {home} is a file" in screen.refused(*command)


@pytest.mark.parametrize("folder", ["locks", "manifests"])
def test_a_file_instead_of_a_folder_of_the_data_root(screen: Screen, store: ArtifactStore, folder: str) -> None:
    path = Path(store.root) / folder
    shutil.rmtree(path, ignore_errors=True)
    path.write_bytes(b"")
    assert f"{path}" in screen.refused("run", "--ep-id", EP_ID)


def test_a_partition_that_vanishes_while_a_command_runs(
    screen: Screen, store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DagsterInstance, "add_dynamic_partitions", lambda *_: None)
    assert "was removed from Dagster's partitions" in screen.refused("run", "--ep-id", EP_ID)


BROKEN = {
    "not UTF-8": b"\xff",
    "deep nesting": b"a: " + b"[" * 5000,
    "a list": b"- 1",
    "a number as key": b"1: 2",
    "a value that does not fit its tag": b"stride: !!int ''",
    "a syntax error": b"stride: [",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("file", ["pipeline/detection.yaml", "pipeline/backfill.yaml", "packs/opencv_zoo.yaml"])
def test_a_broken_file_of_the_configuration(
    screen: Screen, store: ArtifactStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, content: bytes
) -> None:
    config = Path(shutil.copytree(PROJECT_ROOT / "config", tmp_path / "config"))
    (config / file).write_bytes(content)
    monkeypatch.setenv("SCREENALYTICS_CONFIG_DIR", str(config))
    command = ("packs",) if file.startswith("packs") else ("config",)
    assert str(config / file) in screen.refused(*command)


@pytest.mark.parametrize("value", ["true", "1:30", "off"])
def test_a_number_that_is_none(screen: Screen, store: ArtifactStore, value: str) -> None:
    sentence = screen.refused("run", "--ep-id", EP_ID, "--set", f"stride={value}")
    assert "Setting stride = " in sentence


@pytest.mark.parametrize("content", [b"spans: " + b"[" * 5000, b"\xff", b"spans: !!int ''"])
def test_a_broken_file_of_an_episode(screen: Screen, store: ArtifactStore, content: bytes) -> None:
    (Path(store.root) / "videos" / EP_ID / "same_person_in_frame.yaml").write_bytes(content)
    sentence = screen.refused("run", "--ep-id", EP_ID, "--from", "identities")
    assert "same_person_in_frame.yaml is not a valid list of spans (not valid YAML)" in sentence
