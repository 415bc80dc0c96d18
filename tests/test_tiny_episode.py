"""The tiny episode that other tests damage must be valid before they do."""

import hashlib
from pathlib import Path

import pytest

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, TRACK_REPS
from screenalytics_assets.lineage.staleness import Current, stale_assets
from tests.tiny_episode import EP_ID, VIDEO, write_tiny_episode


def test_every_artifact_is_valid_and_up_to_date(tmp_path: Path) -> None:
    store = write_tiny_episode(tmp_path)
    assert stale_assets(store, EP_ID, Current(), hashlib.sha256(VIDEO).hexdigest()) == []


def test_it_has_two_people_and_one_unusable_track(tmp_path: Path) -> None:
    store = write_tiny_episode(tmp_path)
    content = load_artifact(store, IDENTITIES, EP_ID).content
    assert [identity.track_ids for identity in content.identities] == [
        ("track-00001", "track-00003"),
        ("track-00002", "track-00004"),
    ]
    assert content.unusable_tracks == ("track-00005",)
    assert content.metadata.largest_cluster_fraction == pytest.approx(0.5)
    assert [rep.track_id for rep in load_artifact(store, TRACK_REPS, EP_ID).rows] == [
        f"track-{n:05d}" for n in range(1, 6)
    ]
