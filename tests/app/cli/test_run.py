"""The command `run`: its output, its files and its exit codes."""

import errno
import json
import os
from pathlib import Path

import av
import numpy as np
import pytest

from screenalytics_resources.artifact_store import ArtifactStore
from tests.app.screen import Screen

EP = "demo-s01e01"


@pytest.fixture(scope="module")
def faceless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write two seconds of noise, a real video without faces."""
    path = tmp_path_factory.mktemp("video") / "faceless.mp4"
    generator = np.random.default_rng(0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for _ in range(50):
            frame = av.VideoFrame.from_ndarray(generator.integers(0, 255, (120, 160, 3), np.uint8), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_an_episode_without_faces_gets_valid_empty_artifacts(screen: Screen, home: Path, faceless: Path) -> None:
    assert screen.call("run", "--ep-id", EP, "--video", str(faceless)) == 0
    assert "0 identities" in screen.out
    assert screen.call("show", "--ep-id", EP, "--json") == 0
    assert json.loads(screen.out)["identities"] == []
    assert screen.call("status") == 0
    assert f"{EP}" in screen.out
    assert "opencv_zoo" in screen.out
    assert np.load(ArtifactStore(str(home)).path("embeds", EP, "faces.npy")).shape == (0, 128)


def test_a_second_run_makes_nothing_again(screen: Screen, faceless: Path) -> None:
    assert screen.call("run", "--ep-id", EP, "--video", str(faceless)) == 0
    assert screen.call("run", "--ep-id", EP, "--wide") == 0
    assert "every artifact is up to date" in screen.out
    assert "identities_are_whole" in screen.out
    assert screen.call("run", "--ep-id", EP, "--from", "identities") == 0
    assert "every artifact is up to date" not in screen.out


def test_a_stream_is_chosen(screen: Screen, home: Path, faceless: Path) -> None:
    assert screen.call("run", "--ep-id", EP, "--video", str(faceless), "--stream", "7") == 2
    assert "has no video stream 7" in screen.err
    assert not (home / "videos").exists()
    assert screen.call("run", "--ep-id", EP, "--video", str(faceless)) == 0
    assert screen.call("run", "--ep-id", EP, "--stream", "0") == 0
    assert "every artifact is up to date" not in screen.out
    assert screen.call("run", "--ep-id", EP) == 0
    assert "every artifact is up to date" in screen.out


def test_from_keeps_what_is_upstream_with_its_settings(screen: Screen, home: Path, faceless: Path) -> None:
    assert screen.call("run", "--ep-id", EP, "--video", str(faceless), "--stride", "7") == 0
    tracks = (home / "manifests" / EP / "tracks.jsonl").read_bytes()
    assert screen.call("run", "--ep-id", EP, "--from", "identities", "--cluster-thresh", "0.6") == 0
    assert (home / "manifests" / EP / "tracks.jsonl").read_bytes() == tracks
    assert screen.call("run", "--ep-id", EP, "--from", "identities", "--stride", "5") == 2
    assert "stride is a setting of tracks, which --from identities leaves as it is" in screen.err
    assert '"cluster_thresh": 0.6' in (home / "manifests" / EP / "identities.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--ep-id", "../x"], "'../x' is not an episode id", id="path-as-ep-id"),
        pytest.param(["--ep-id", "RHOBH s5"], "'RHOBH s5' is not an episode id", id="words-as-ep-id"),
        pytest.param(["--ep-id", ""], "'' is not an episode id", id="empty-ep-id"),
        pytest.param(["--ep-id", EP], "has no video yet: give one with --video", id="no-video"),
        pytest.param(["--ep-id", EP, "--video", "/nowhere/x.mp4"], "There is no video at /nowhere/x.mp4", id="no-file"),
        pytest.param(["--ep-id", EP, "--pack", "opencv_zo"], "did you mean 'opencv_zoo'?", id="unknown-pack"),
        pytest.param(["--ep-id", EP, "--stride", "0"], "Setting stride = 0", id="stride"),
        pytest.param(["--ep-id", EP, "--cluster-thresh", "2"], "Setting cluster_thresh = 2.0", id="threshold"),
        pytest.param(["--ep-id", EP, "--min-cluster-size", "0"], "Setting min_cluster_size = 0", id="cluster-size"),
        pytest.param(["--ep-id", EP, "--min-identity-sim", "-2"], "Setting min_identity_sim = -2.0", id="similarity"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(
    screen: Screen, home: Path, arguments: list[str], sentence: str
) -> None:
    assert screen.call("run", *arguments) == 2
    assert sentence in screen.err
    assert screen.err.count("error:") == 1
    assert "Traceback" not in screen.err + screen.out
    assert [path for path in home.rglob("*") if path.is_file() and path.parent.name != "locks"] == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(b"hello world\n" * 100, "cannot be read as a video", id="text"),
        pytest.param(b"", "is empty (0 bytes)", id="empty"),
    ],
)
def test_an_invalid_video_is_refused(screen: Screen, home: Path, tmp_path: Path, content: bytes, sentence: str) -> None:
    video = tmp_path / "fake.mp4"
    video.write_bytes(content)
    assert screen.call("run", "--ep-id", EP, "--video", str(video)) == 2
    assert sentence in screen.err
    assert not (home / "videos").exists()


def test_an_unknown_or_premature_start_is_refused(screen: Screen, faceless: Path) -> None:
    assert screen.call("run", "--ep-id", EP, "--video", str(faceless), "--from", "trakcs") == 2
    assert "There is no asset 'trakcs'" in screen.err
    assert screen.call("run", "--ep-id", EP, "--from", "identities") == 2
    assert "Cannot start from identities: episode_video is missing" in screen.err


def test_a_missing_pack_is_reported_with_its_folder(
    screen: Screen, tmp_path: Path, faceless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENALYTICS_MODEL_ROOT", str(tmp_path / "models"))
    assert screen.call("run", "--ep-id", EP, "--video", str(faceless), "--pack", "buffalo_l") == 2
    assert f"{tmp_path}/models/buffalo_l" in screen.err


@pytest.mark.parametrize("damage", ["truncate", "edit", "swap"])
def test_a_damaged_artifact_is_named_with_its_cause(screen: Screen, home: Path, faceless: Path, damage: str) -> None:
    assert screen.call("run", "--ep-id", EP, "--video", str(faceless)) == 0
    if damage == "truncate":
        path = home / "manifests" / EP / "tracks.seal.json"
        path.write_bytes(path.read_bytes()[:-40])
        cause = "manifests/demo-s01e01/tracks.seal.json cannot be used: it is not valid JSON"
    elif damage == "edit":
        path = home / "manifests" / EP / "identities.json"
        path.write_text(path.read_text().replace('"num_tracks": 0', '"num_tracks": 5'))
        cause = "manifests/demo-s01e01/identities.json cannot be used: its content does not match its own checksum"
    else:
        np.save(home / "embeds" / EP / "faces.npy", np.ones((3, 128), np.float32))
        cause = "embeds/demo-s01e01/faces.npy cannot be used: it is not the file that faces was written with"
    screen.call("run", "--ep-id", EP, "--from", "track_reps")
    assert cause in " ".join((screen.out + screen.err).split())


def test_a_failed_blocking_check_exits_with_one_and_holds_back_downstream(
    screen: Screen, home: Path, short_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENALYTICS_GUARDRAIL_MIN_TRACKS", "1")
    monkeypatch.setenv("SCREENALYTICS_CANNOT_LINK", "false")
    arguments = ["--ep-id", EP, "--stride", "12", "--cluster-thresh", "-1", "--min-identity-sim", "-1"]
    assert screen.call("run", *arguments, "--video", str(short_sample)) == 1
    assert "A blocking check failed" in screen.out
    printed = " ".join(screen.out.split())
    assert "largest_cluster_fraction is 1; target 0.4, limit 0.6." in printed
    assert "4 of 7 tracks of the largest identity differ from its others. One identity may contain several" in printed
    assert not (home / "manifests" / EP / "track_reps.jsonl").exists()

    # Only what was held back is stale, and the check that held it back is evaluated again.
    assert screen.call("run", *arguments) == 1
    assert not (home / "manifests" / EP / "track_reps.jsonl").exists()

    monkeypatch.delenv("SCREENALYTICS_GUARDRAIL_MIN_TRACKS")
    monkeypatch.delenv("SCREENALYTICS_CANNOT_LINK")
    unset = ["--unset", "cluster_thresh", "--unset", "min_identity_sim"]
    assert screen.call("config", "--ep-id", EP, *unset) == 0
    assert screen.call("run", "--ep-id", EP) == 0
    assert (home / "manifests" / EP / "track_reps.jsonl").exists()


def test_a_full_disk_is_one_sentence_and_loses_nothing(
    screen: Screen, home: Path, faceless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failing fsync replaces a full disk, which a test cannot create."""
    assert screen.call("run", "--ep-id", EP, "--video", str(faceless)) == 0
    before = {path: path.read_bytes() for path in (home / "manifests" / EP).glob("*.json*")}

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    assert screen.call("run", "--ep-id", EP, "--from", "track_embeddings") == 2
    assert "No space left on device; make room" in screen.err
    monkeypatch.undo()
    assert {path: path.read_bytes() for path in before} == before
    assert list(home.rglob(".partial-*")) == []


def test_config_of_an_episode_lists_what_a_run_would_make_again(screen: Screen, home: Path, faceless: Path) -> None:
    assert screen.call("run", "--ep-id", EP, "--video", str(faceless)) == 0
    assert screen.call("config", "--ep-id", EP) == 0
    assert "makes them again" not in screen.out
    assert screen.call("config", "--ep-id", EP, "--profile", "fast_cpu") == 0
    assert "so a run makes them again: tracks, faces, identities" in screen.out


def test_the_link_to_the_web_ui_is_that_of_the_environment(
    screen: Screen, home: Path, faceless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert screen.call("run", "--ep-id", EP, "--video", str(faceless)) == 0
    assert f"http://127.0.0.1:3000/assets/identities?view=partitions&partition={EP}" in screen.out
    monkeypatch.setenv("SCREENALYTICS_UI_URL", "https://ui.example.org/dagster/")
    assert screen.call("run", "--ep-id", EP) == 0
    assert f"https://ui.example.org/dagster/assets/identities?view=partitions&partition={EP}" in screen.out
    assert "127.0.0.1" not in screen.out
    monkeypatch.setenv("SCREENALYTICS_UI_URL", "ui.example.org")
    assert "SCREENALYTICS_UI_URL = 'ui.example.org'" in screen.refused("run", "--ep-id", EP)
