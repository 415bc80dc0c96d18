"""Stored crops: reading one, and listing missing ones."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from screenalytics_assets.contract.crops import missing_crops, read_crop
from screenalytics_resources.artifact_store import ArtifactStore

EP = "demo-s01e01"


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    folder = tmp_path / "frames" / EP / "crops" / "track-00001"
    folder.mkdir(parents=True)
    image = np.full((10, 20, 3), 90, np.uint8)
    (folder / "good.jpg").write_bytes(cv2.imencode(".jpg", image)[1].tobytes())
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "words.jpg").write_bytes(b"not an image")
    return ArtifactStore(str(tmp_path))


@pytest.mark.parametrize("name", ["empty.jpg", "words.jpg", "gone.jpg"])
def test_a_missing_or_invalid_crop_reads_as_none(store: ArtifactStore, name: str) -> None:
    assert read_crop(store, EP, f"crops/track-00001/{name}") is None


def test_a_crop_is_read_with_its_shape_and_content(store: ArtifactStore) -> None:
    image = read_crop(store, EP, "crops/track-00001/good.jpg")
    assert image is not None
    assert image.shape == (10, 20, 3)
    assert abs(int(image.mean()) - 90) <= 1


def test_missing_and_empty_crops_are_listed_once(store: ArtifactStore) -> None:
    keys = ["good.jpg", "empty.jpg", "gone.jpg", "gone.jpg"]
    missing = missing_crops(store, EP, [f"crops/track-00001/{name}" for name in keys] + ["crops/track-00009/x.jpg"])
    assert missing == ["crops/track-00001/empty.jpg", "crops/track-00001/gone.jpg", "crops/track-00009/x.jpg"]
    assert missing_crops(store, EP, []) == []
