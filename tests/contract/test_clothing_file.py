"""Stored clothing descriptors: reading them, every kind of damage, and erasing rows."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.contract.clothing_file import (
    CLOTHING_DIM,
    CLOTHING_FILE,
    ERASED_FILE,
    ErasedClothing,
    clothing_content,
    erase_clothing_rows,
    load_clothing,
)
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACKS, Tracks
from screenalytics_resources.artifact import sha256_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import DamagedArtifactError
from tests.killed import die_at
from tests.tiny_episode import CLOTHING, EP_ID, write_tiny_episode


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return write_tiny_episode(tmp_path)


def clothing_path(store: ArtifactStore) -> Path:
    return Path(str(store.frames(EP_ID, CLOTHING_FILE)))


def tracks_of(store: ArtifactStore, content: bytes | None = None, **changes: Any) -> Tracks:
    """Return the tracks, with `content` as their recorded clothing file or with other changed metrics."""
    tracks = load_artifact(store, TRACKS, EP_ID)
    if content is not None:
        changes["clothing_sha256"] = sha256_of(content)
    metrics = tracks.metrics.model_copy(update=changes)
    return tracks.with_rows(tracks.rows, {**tracks.documents, "track_metrics.json": metrics})


def loaded(store: ArtifactStore) -> NDArray[np.uint8]:
    found = load_clothing(store, tracks_of(store))
    assert found is not None
    return found


def test_the_descriptors_are_loaded_as_stored(store: ArtifactStore) -> None:
    np.testing.assert_array_equal(loaded(store), CLOTHING)


def test_tracks_of_an_earlier_release_have_none(store: ArtifactStore) -> None:
    assert load_clothing(store, tracks_of(store, clothing_sha256=None)) is None


def test_added_fields_of_earlier_tracks_are_not_written(store: ArtifactStore) -> None:
    tracks = tracks_of(store, clothing_sha256=None)
    assert "clothing_sha256" not in tracks.metrics.model_dump(mode="json")
    assert "clothing_row" not in tracks.rows[4].model_dump(mode="json")["crops"][0]


def test_other_descriptors_change_the_digest_of_the_tracks(store: ArtifactStore) -> None:
    assert tracks_of(store, clothing_content(CLOTHING)).digest == tracks_of(store).digest
    assert tracks_of(store, clothing_content(CLOTHING // 2)).digest != tracks_of(store).digest


def pickled() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"an": "object"}], object), allow_pickle=True)
    return buffer.getvalue()


def saved(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        pytest.param(b"", "it is not a NumPy array", id="empty"),
        pytest.param(clothing_content(CLOTHING)[:-1], "it is not a NumPy array", id="truncated"),
        pytest.param(pickled(), "it is not a NumPy array", id="pickle"),
        pytest.param(saved(CLOTHING.astype(np.float32)), r"it is float32 \(8, 600\) instead of uint8", id="dtype"),
        pytest.param(saved(CLOTHING[:, :599]), r"it is uint8 \(8, 599\) instead of uint8 \(C, 600\)", id="width"),
        pytest.param(saved(CLOTHING[0]), r"it is uint8 \(600,\) instead of uint8", id="one-dimension"),
        pytest.param(saved(CLOTHING[:7]), "it has 7 rows, but a crop refers to row 7", id="too-few-rows"),
    ],
)
def test_a_recorded_file_of_the_wrong_kind_is_refused(store: ArtifactStore, content: bytes, cause: str) -> None:
    clothing_path(store).write_bytes(content)
    with pytest.raises(DamagedArtifactError, match=f"clothing.npy cannot be used: {cause}.* --from tracks`"):
        load_clothing(store, tracks_of(store, content))


def test_a_missing_or_replaced_file_is_refused(store: ArtifactStore) -> None:
    clothing_path(store).write_bytes(clothing_content(CLOTHING // 2))
    with pytest.raises(DamagedArtifactError, match="it is not the file that tracks was written with"):
        loaded(store)
    clothing_path(store).unlink()
    with pytest.raises(DamagedArtifactError, match="it does not exist"):
        loaded(store)


def test_erased_rows_are_zero_and_the_rest_stays_readable(store: ArtifactStore) -> None:
    digest = load_artifact(store, TRACKS, EP_ID).digest
    assert erase_clothing_rows(store, EP_ID, {0, 1, 4}) == 3
    expected = CLOTHING.copy()
    expected[[0, 1, 4]] = 0
    np.testing.assert_array_equal(loaded(store), expected)
    assert load_artifact(store, TRACKS, EP_ID).digest == digest, "nothing has to be built again"
    assert erase_clothing_rows(store, EP_ID, {0, 1, 4}) == 0
    assert erase_clothing_rows(store, EP_ID, {1, 7}) == 1
    expected[7] = 0
    np.testing.assert_array_equal(loaded(store), expected)


@pytest.mark.parametrize("earlier", [set(), {2}], ids=["first-erasure", "second-erasure"])
def test_a_killed_erasure_leaves_a_readable_file_and_can_be_repeated(store: ArtifactStore, earlier: set[int]) -> None:
    erase_clothing_rows(store, EP_ID, earlier)
    kills = 0
    while not die_at(1 + kills, lambda: erase_clothing_rows(store, EP_ID, {0, 5})):
        kills += 1
        assert loaded(store).shape == CLOTHING.shape
    assert kills > 1
    assert not loaded(store)[[0, 5, *earlier]].any()


def test_on_object_storage(store: ArtifactStore, bucket: str) -> None:
    """The folder is staged, and rows are erased, as on a disk."""
    tracks, there = tracks_of(store), ArtifactStore(bucket)
    with there.staged_folder(there.frames(EP_ID, "crops")) as folder:
        (folder / "clothing.npy").write_bytes(clothing_content(CLOTHING))
        (folder / "index.json").write_text("{}")
    np.testing.assert_array_equal(load_clothing(there, tracks), CLOTHING)
    assert erase_clothing_rows(there, EP_ID, {1}) == 1
    found = load_clothing(there, tracks)
    assert found is not None and not found[1].any() and found[0].any()
    with there.staged_folder(there.frames(EP_ID, "crops")) as folder:
        (folder / "clothing.npy").write_bytes(clothing_content(CLOTHING))
        (folder / "index.json").write_text("{}")
    assert not there.frames(EP_ID, ERASED_FILE).exists(), "new crops have no record of an erasure"


def test_the_record_of_another_file_does_not_count(store: ArtifactStore) -> None:
    other = clothing_content(CLOTHING // 2)
    record = ErasedClothing(made_sha256="0" * 64, erased_sha256=(sha256_of(other),))
    Path(str(store.frames(EP_ID, ERASED_FILE))).write_text(record.model_dump_json())
    clothing_path(store).write_bytes(other)
    with pytest.raises(DamagedArtifactError, match="it is not the file"):
        loaded(store)


def test_a_damaged_record_is_replaced(store: ArtifactStore) -> None:
    Path(str(store.frames(EP_ID, ERASED_FILE))).write_text("{")
    assert erase_clothing_rows(store, EP_ID, {3}) == 1
    assert not loaded(store)[3].any()


def test_erasing_a_row_that_does_not_exist_is_an_error(store: ArtifactStore) -> None:
    with pytest.raises(ValueError, match="lacks row 8"):
        erase_clothing_rows(store, EP_ID, {8})


def test_nothing_is_erased_without_a_file(store: ArtifactStore) -> None:
    clothing_path(store).unlink()
    assert erase_clothing_rows(store, EP_ID, {0}) == 0
    assert clothing_path(store).parent.joinpath("index.json").exists()
    assert CLOTHING.shape[1] == CLOTHING_DIM
