"""The command `export` as a user meets it."""

import errno
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from screenalytics_assets.export_tables.files import TableFiles
from screenalytics_resources.artifact_store import ArtifactStore
from tests.app.screen import Screen
from tests.export_tables.two_episodes import SECOND, write_two_episodes
from tests.tiny_episode import EP_ID

FILES = ["assignments.parquet", "faces.parquet", "identities.parquet", "tracks.parquet"]


@pytest.fixture
def two(home: Path) -> ArtifactStore:
    return write_two_episodes(home)


def damage(store: ArtifactStore, ep_id: str, file: str) -> None:
    path = Path(store.root) / "manifests" / ep_id / file
    path.write_bytes(path.read_bytes()[:-20])


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_one_episode_into_a_new_folder(screen: Screen, two: ArtifactStore, tmp_path: Path) -> None:
    out = tmp_path / "new" / "tables"
    assert screen.call("export", "--ep-id", EP_ID, "--out", str(out)) == 0
    assert listed(out) == FILES
    assert f"10 rows  {out / 'faces.parquet'}" in screen.out
    assert "episodes exported: 1, left out: 0" in screen.out
    assert set(pd.read_parquet(out / "tracks.parquet")["ep_id"]) == {EP_ID}


def test_a_show_as_csv(screen: Screen, two: ArtifactStore, tmp_path: Path) -> None:
    assert screen.call("export", "--show", "tiny", "--format", "csv", "--out", str(tmp_path / "out")) == 0
    tracks = pd.read_csv(tmp_path / "out" / "tracks.csv")
    assert tracks["ep_id"].tolist() == [EP_ID] * 5 + [SECOND] * 5


@pytest.mark.parametrize("file", ["tracks.jsonl", "faces.jsonl", "identities.json", "cast_assignments.json"])
def test_a_damaged_episode_is_left_out_and_named(screen: Screen, two: ArtifactStore, tmp_path: Path, file: str) -> None:
    damage(two, EP_ID, file)
    assert screen.call("export", "--show", "tiny", "--out", str(tmp_path / "out")) == 1
    assert f"left out {EP_ID}: manifests/{EP_ID}/{file} cannot be used" in screen.out
    assert "episodes exported: 1, left out: 1" in screen.out
    for name in FILES:
        assert set(pd.read_parquet(tmp_path / "out" / name)["ep_id"]) == {SECOND}


def test_an_episode_that_was_never_run_is_left_out(screen: Screen, two: ArtifactStore, tmp_path: Path) -> None:
    (Path(two.root) / "videos" / "tiny-s01e03").mkdir()
    assert screen.call("export", "--show", "tiny", "--out", str(tmp_path / "out")) == 1
    assert "left out tiny-s01e03: manifests/tiny-s01e03/video.json does not exist" in screen.out


def test_an_episode_whose_files_cannot_be_read_is_left_out(screen: Screen, two: ArtifactStore, tmp_path: Path) -> None:
    path = Path(two.root) / "manifests" / EP_ID / "faces.jsonl"
    path.unlink()
    path.mkdir()
    assert screen.call("export", "--show", "tiny", "--out", str(tmp_path / "out")) == 1
    assert f"left out {EP_ID}: Its files cannot be read ([Errno 21] Is a directory: " in screen.out
    assert listed(tmp_path / "out") == FILES


def test_without_a_usable_episode_the_old_files_stay(screen: Screen, two: ArtifactStore, tmp_path: Path) -> None:
    assert screen.call("export", "--ep-id", EP_ID, "--out", str(tmp_path / "out")) == 0
    before = {name: (tmp_path / "out" / name).read_bytes() for name in FILES}
    damage(two, EP_ID, "faces.jsonl")
    assert screen.call("export", "--ep-id", EP_ID, "--out", str(tmp_path / "out")) == 1
    assert "episodes exported: 0, left out: 1" in screen.out
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_a_full_disk_leaves_the_old_files(
    screen: Screen, two: ArtifactStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert screen.call("export", "--ep-id", EP_ID, "--out", str(tmp_path / "out")) == 0
    before = {name: (tmp_path / "out" / name).read_bytes() for name in FILES}
    append = TableFiles.append

    def fail_on_the_second(files: TableFiles, frames: Mapping[str, pd.DataFrame]) -> None:
        if files.episodes:
            raise OSError(errno.ENOSPC, "No space left on device")
        append(files, frames)

    monkeypatch.setattr(TableFiles, "append", fail_on_the_second)
    sentence = screen.refused("export", "--show", "tiny", "--out", str(tmp_path / "out"))
    assert "out cannot be written to (No space left on device). Choose another folder or free some space." in sentence
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--ep-id", "other-s01e01"], "There is no episode 'other-s01e01' in", id="no such episode"),
        pytest.param(["--ep-id", "../x"], "'../x' is not an episode id", id="no episode id"),
        pytest.param(["--show", "other"], "The show 'other' has no episodes in", id="no such show"),
        pytest.param(["--show", "Bad Show"], "'Bad Show' is not a show", id="no show name"),
        pytest.param(["--show", ""], "'' is not a show", id="empty show"),
        pytest.param([], "Give either --ep-id for one episode or --show", id="neither"),
        pytest.param(["--ep-id", EP_ID, "--show", "tiny"], "Give either --ep-id for one episode or --show", id="both"),
        pytest.param(
            ["--ep-id", EP_ID, "--format", "xlsx"],
            "'xlsx' is not an export format: choose parquet or csv.",
            id="unknown format",
        ),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(
    screen: Screen, two: ArtifactStore, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    assert sentence in screen.refused("export", *arguments, "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_bad_folder_is_refused(screen: Screen, two: ArtifactStore, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    (tmp_path / "out" / "faces.parquet").mkdir(parents=True)
    for out, sentence in (
        (str(file), f"--out {file} is a file: give a folder."),
        (str(file / "below"), f"{file / 'below'} cannot be written to (Not a directory)."),
        (str(tmp_path / "out"), "faces.parquet is a folder where a file would be written"),
        ("s3://bucket/tables", "--out s3://bucket/tables is not a folder on this machine"),
    ):
        assert sentence in screen.refused("export", "--ep-id", EP_ID, "--out", out)
    assert file.read_text() == "mine"
    assert listed(tmp_path / "out") == ["faces.parquet"]


def test_pandas_and_pyarrow_are_loaded_only_by_an_export() -> None:
    program = (
        "import sys, screenalytics_app.cli.main, screenalytics_app.actions.export\n"
        "print(sorted({'pandas', 'pyarrow'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
