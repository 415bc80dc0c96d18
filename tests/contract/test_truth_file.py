"""Truth files by shots and by tracks, and every kind of invalid file."""

import json
from pathlib import Path
from typing import Any

import pytest

from screenalytics_assets.contract.schemas import Tracks
from screenalytics_assets.contract.truth_file import (
    NO_TRUTH,
    ShotTruth,
    TrackTruth,
    load_truth,
    parse_truth,
    truth_path,
    truth_sha256,
)
from screenalytics_assets.identity_evaluation.check_truth import check_frames, check_tracks
from screenalytics_assets.moderation.cut_tracks import cut_tracks
from screenalytics_assets.moderation.mark_tracks import mark_tracks
from screenalytics_assets.moderation.state import Cut
from screenalytics_resources.artifact import sha256_of
from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.errors import UserError
from screenalytics_resources.sample_episode import sample_truth
from tests.tiny_episode import make_track, origin

EP = "demo-s01e01"
TRACKED = Tracks(EP, [make_track(1, (0, 30)), make_track(2, (5, 40))], origin("tracks", {}))


def shot(first: int, last: int, *people: str) -> dict[str, Any]:
    return {"first_frame": first, "last_frame": last, "people": list(people)}


def of_shots(*shots: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps({"ep_id": EP, "fps": 25, "shots": shots} | changes).encode()


def of_tracks(**changes: Any) -> bytes:
    return json.dumps({"ep_id": EP, "tracks": {"track-00001": "alice"}} | changes).encode()


def test_shots_and_people_are_read() -> None:
    content = of_shots(shot(0, 9, "bob", "ann"), shot(12, 20, "background"), shot(21, 22), notes="x", generator="y")
    truth = parse_truth(content, EP, "truth.json")
    assert isinstance(truth.content, ShotTruth)
    assert [(s.first_frame, s.last_frame) for s in truth.content.shots] == [(0, 9), (12, 20), (21, 22)]
    assert truth.content.people == ["ann", "bob"]
    assert truth.sha256 == sha256_of(content)


def test_people_of_tracks_are_read() -> None:
    truth = parse_truth(of_tracks(background=["extra-1"]), EP, "truth.json").content
    assert isinstance(truth, TrackTruth)
    assert truth.tracks == {"track-00001": "alice"}
    assert truth.background == ("extra-1",)


def test_the_sample_episode_has_a_valid_truth() -> None:
    truth = sample_truth()
    content = parse_truth(json.dumps(truth).encode(), truth["ep_id"], "truth.json")
    check_frames(content, truth["frames"], truth["fps"])


@pytest.mark.shared
@pytest.mark.parametrize("clip", ["bubble08", "hamilton"])
def test_the_truth_of_the_shared_clips_is_valid(shared: Path, clip: str) -> None:
    content = (shared / "data" / "clips" / f"{clip}.json").read_bytes()
    value = json.loads(content)
    check_frames(parse_truth(content, value["ep_id"], clip), value["frames"], value["fps"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "truth.json is not valid JSON", id="empty"),
        pytest.param(b"\xff\xfe", "truth.json is not valid JSON", id="binary"),
        pytest.param(b"[]", "needs one of `shots`, `tracks` and `boxes`, but has none", id="list"),
        pytest.param(b"{}", "needs one of `shots`, `tracks` and `boxes`, but has none", id="neither-format"),
        pytest.param(of_tracks(shots=[]), "but has shots and tracks", id="both-formats"),
        pytest.param(of_tracks(ep_id="other-s01e01"), f"of episode 'other-s01e01', not of '{EP}'", id="other-episode"),
        pytest.param(of_shots(), "is invalid at shots", id="no-shots"),
        pytest.param(of_shots(shot(0, 9), fps=0), "is invalid at fps", id="fps"),
        pytest.param(of_shots(shot(-1, 9)), r"is invalid at shots\.0\.first_frame .*got -1", id="negative-frame"),
        pytest.param(of_shots({"first_frame": 0, "last_frame": 1}), r"invalid at shots\.0\.people", id="no-people"),
        pytest.param(of_shots(shot(0, 9, "")), r"is invalid at shots\.0\.people\.0", id="nameless"),
        pytest.param(of_shots(shot(9, 8)), "a shot from frame 9 to 8, which ends before it begins", id="inverted"),
        pytest.param(
            of_shots(shot(0, 9), shot(9, 20)), "a shot from frame 9 but the previous shot reaches frame 9", id="overlap"
        ),
        pytest.param(of_tracks(tracks={"1": "ann"}), r"is invalid at tracks\.1", id="no-track-id"),
        pytest.param(
            of_tracks(tracks={"Zoe": "track-00001"}), r"invalid at tracks\.\(another key\).*got a text", id="swapped"
        ),
        pytest.param(
            of_tracks(tracks={"track-00001": 3}), r"is invalid at tracks\.track-00001", id="person-is-a-number"
        ),
    ],
)
def test_an_invalid_file_is_refused_on_one_line(content: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words) as refused:
        parse_truth(content, EP, "truth.json")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("frames", "fps", "words"),
    [
        pytest.param(20, 25.0, "frames 12 to 20, beyond the video's last frame 19", id="beyond-the-video"),
        pytest.param(21, 24.0, "states 25 frames per second and the video has 24", id="another-rate"),
        pytest.param(0, 0.0, "and the video has 0", id="nothing-decoded"),
    ],
)
def test_shots_that_do_not_match_the_video_are_refused(frames: int, fps: float, words: str) -> None:
    truth = parse_truth(of_shots(shot(0, 9), shot(12, 20)), EP, "truth.json")
    check_frames(truth, 21, 25.02)
    with pytest.raises(UserError, match=words):
        check_frames(truth, frames, fps)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param(
            {"tracks": {"track-00001": "ann", "track-00009": "bob"}},
            r"names track-00009, and the episode has no such track \(1 of its 2 tracks",
            id="unknown-track",
        ),
        pytest.param(
            {"tracks_digest": "abc"},
            "made for tracks with the digest abc, and they now have [0-9a-f]{64}: label",
            id="other",
        ),
    ],
)
def test_tracks_that_do_not_match_the_episode_are_refused(changes: dict[str, Any], words: str) -> None:
    check_tracks(parse_truth(of_tracks(tracks_digest=TRACKED.digest), EP, "t"), TRACKED)
    with pytest.raises(UserError, match=words):
        check_tracks(parse_truth(of_tracks(**changes), EP, "t"), TRACKED)


def test_a_truth_holds_after_people_have_deleted_and_cut_its_tracks() -> None:
    """They change the digest of the tracks, but the tracks are the same."""
    cut = cut_tracks(TRACKED.rows, [Cut("track-00001", 3.0, 1)]).rows
    decided = TRACKED.with_rows(mark_tracks(cut, {"track-00002"}))
    assert decided.digest != TRACKED.digest
    check_tracks(parse_truth(of_tracks(tracks_digest=TRACKED.digest), EP, "t"), decided)


def test_the_truth_of_an_episode_is_loaded_from_its_folder(tmp_path: Path) -> None:
    store = ArtifactStore(str(tmp_path))
    assert load_truth(store, EP) is None
    assert truth_sha256(store, EP) == NO_TRUTH
    write_atomic(truth_path(store, EP), of_tracks())
    loaded = load_truth(store, EP)
    assert loaded is not None
    assert loaded.name == f"videos/{EP}/truth.json"
    assert truth_sha256(store, EP) == loaded.sha256 == sha256_of(of_tracks())
