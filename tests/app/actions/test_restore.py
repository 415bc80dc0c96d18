"""Restore of a kept set whose files are damaged: it is refused by name, and nothing changes."""

from pathlib import Path

import pytest

from screenalytics_app.actions.cleanup import restore
from screenalytics_assets.cleanup.write_back import promote_set, set_paths, stage_crop_index
from screenalytics_resources.artifact_store import ArtifactStore, local_path
from screenalytics_resources.errors import UserError
from screenalytics_resources.promotion import backups, staging
from tests.tiny_episode import EP_ID


@pytest.fixture
def kept(store: ArtifactStore) -> Path:
    """Replace the episode's set by an equal one. Returns the folder of the kept set."""
    with staging(store, EP_ID) as staged:
        stage_crop_index(staged)
        for path in set_paths(EP_ID):
            staged.take(path)
        promote_set(staged, "cleanup", ["identities"])
    return local_path(backups(store, EP_ID)[0].folder)


@pytest.mark.parametrize(
    ("file", "asset"),
    [
        pytest.param(f"manifests/{EP_ID}/identities.json", "identities", id="document"),
        pytest.param(f"manifests/{EP_ID}/faces.jsonl", "faces", id="table"),
        pytest.param(f"embeds/{EP_ID}/tracks.npy", "track_embeddings", id="array"),
    ],
)
def test_a_damaged_set_is_refused(store: ArtifactStore, kept: Path, file: str, asset: str) -> None:
    (kept / file).unlink()  # it is a link to the current file
    (kept / file).write_bytes(b"\xff")
    before = {path: path.read_bytes() for path in Path(store.root).rglob("*") if path.is_file()}
    with pytest.raises(UserError, match=f"Set 1 of {EP_ID} cannot be restored, because its {asset} are damaged"):
        restore(store, EP_ID, 1)
    after = {path: path.read_bytes() for path in Path(store.root).rglob("*") if path.is_file()}
    assert {path: text for path, text in after.items() if "locks" not in path.parts} == before


def test_a_good_set_is_restored(store: ArtifactStore, kept: Path) -> None:
    assert restore(store, EP_ID, 1).number == 1
