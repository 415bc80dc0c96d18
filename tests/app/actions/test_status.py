"""The status of episodes, and the model packs."""

from pathlib import Path

import pytest

from screenalytics_app.actions.episode_status import episode_statuses
from screenalytics_app.actions.packs import PackSummary, model_packs
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from tests.tiny_episode import EP_ID, write_tiny_episode


def test_an_empty_root_has_no_episodes(tmp_path: Path) -> None:
    assert ArtifactStore(str(tmp_path / "nothing")).episodes() == []


def test_only_folders_with_an_episode_id_are_episodes(tmp_path: Path) -> None:
    for name in ("videos/b-s01e01", "manifests/a-s01e02", "manifests/notes", "videos/b-s01e02"):
        (tmp_path / name).mkdir(parents=True)
    assert ArtifactStore(str(tmp_path)).episodes() == ["a-s01e02", "b-s01e01", "b-s01e02"]


def test_present_missing_and_damaged_artifacts(tmp_path: Path) -> None:
    store = write_tiny_episode(tmp_path)
    (episode,) = episode_statuses(store)
    assert (episode.ep_id, episode.pack) == (EP_ID, "opencv_zoo")
    assert {(artifact.asset, artifact.state, artifact.rows) for artifact in episode.artifacts} >= {
        ("episode_video", "present", None),
        ("tracks", "present", 5),
    }
    (tmp_path / "manifests" / EP_ID / "track_reps.jsonl").unlink()
    (tmp_path / "manifests" / EP_ID / "identities.json").write_text("{")
    (episode,) = episode_statuses(store, EP_ID)
    states = {artifact.asset: artifact.state for artifact in episode.artifacts}
    assert {asset for asset, state in states.items() if state == "damaged"} == {"identities"}
    assert {asset for asset, state in states.items() if state == "missing"} == {"track_reps"}


def test_an_invalid_episode_id_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not an episode id"):
        episode_statuses(ArtifactStore(str(tmp_path)), "../x")


def test_packs_state_what_they_may_be_used_for(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_MODEL_ROOT", str(tmp_path))
    packs = {pack.name: pack for pack in model_packs().packs}
    assert packs["opencv_zoo"] == PackSummary(
        name="opencv_zoo",
        title="OpenCV Zoo, YuNet and SFace",
        licence="YuNet is MIT, SFace is Apache-2.0",
        commercial_use=True,
        calibrated=True,
        installed=True,
    )
    other = packs["buffalo_l"]
    assert (other.commercial_use, other.calibrated, other.installed) == (False, False, False)
    assert "non-commercial research only" in other.licence
