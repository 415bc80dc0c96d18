"""Images of reference faces: where they are stored, who may read them, and what remains after removal."""

from pathlib import Path

import pytest

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.images import (
    images_of,
    read_image,
    remove_empty_folders,
    remove_images,
    write_images,
)

SEED = "seed-0123456789ab"
IMAGES = {"d.png": b"display", "e.png": b"aligned", "orig.jpg": b"the photo itself"}
KEYS = tuple(f"facebank/demo/ann/{SEED}_{end}" for end in IMAGES)


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path))


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_keys_and_content(store: ArtifactStore) -> None:
    assert write_images(store, "demo", "ann", SEED, IMAGES) == KEYS
    assert [read_image(store, key) for key in KEYS] == list(IMAGES.values())
    assert images_of(store, "demo", "ann") == sorted(KEYS)


def test_other_users_cannot_read_images(store: ArtifactStore, tmp_path: Path) -> None:
    write_images(store, "demo", "ann", SEED, IMAGES)
    folders = [tmp_path / folder for folder in ("facebank", "facebank/demo", "facebank/demo/ann")]
    assert [mode(folder) for folder in folders] == [0o700] * 3
    assert [mode(tmp_path / key) for key in KEYS] == [0o600] * 3


def test_writing_again_replaces_the_image(store: ArtifactStore, tmp_path: Path) -> None:
    write_images(store, "demo", "ann", SEED, {"d.png": b"first"})
    write_images(store, "demo", "ann", SEED, {"d.png": b"second"})
    assert read_image(store, KEYS[0]) == b"second"
    assert mode(tmp_path / KEYS[0]) == 0o600


@pytest.mark.parametrize(
    ("show", "person", "message"),
    [
        pytest.param("../demo", "ann", r"'\.\./demo' is not a show", id="show"),
        pytest.param("demo", "../ann", r"'\.\./ann' is not a person id", id="person"),
        pytest.param("demo", "", "'' is not a person id", id="empty"),
    ],
)
def test_paths_outside_the_folder_are_refused(
    store: ArtifactStore, tmp_path: Path, show: str, person: str, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        write_images(store, show, person, SEED, IMAGES)
    with pytest.raises(UserError, match=message):
        images_of(store, show, person)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_image_is_an_error(store: ArtifactStore) -> None:
    with pytest.raises(UserError, match=rf"^{KEYS[1].rpartition('/')[2]} is gone: remove its reference face"):
        read_image(store, KEYS[1])


def test_removing_leaves_no_empty_folders_and_keeps_other_people(store: ArtifactStore, tmp_path: Path) -> None:
    write_images(store, "demo", "ann", SEED, IMAGES)
    others = write_images(store, "demo", "ben", "seed-2", {"d.png": b"ben"})
    assert remove_images(store, [KEYS[0]]) == [KEYS[0]]
    assert (tmp_path / "facebank/demo/ann").is_dir()
    assert remove_images(store, KEYS) == list(KEYS[1:])
    assert not (tmp_path / "facebank/demo/ann").exists()
    assert read_image(store, others[0]) == b"ben"
    assert remove_images(store, others) == list(others)
    assert not (tmp_path / "facebank/demo").exists()


def test_removing_is_idempotent(store: ArtifactStore) -> None:
    write_images(store, "demo", "ann", SEED, IMAGES)
    remove_images(store, KEYS)
    assert remove_images(store, KEYS) == []
    assert images_of(store, "demo", "ann") == []


def test_files_unknown_to_the_database_are_listed_too(store: ArtifactStore, tmp_path: Path) -> None:
    """A killed command can leave a partial image, and a user can add any file."""
    write_images(store, "demo", "ann", SEED, {"d.png": b""})
    folder = tmp_path / "facebank/demo/ann"
    (folder / f".partial-{SEED}_e.png-1a2b3c4d").write_bytes(b"half")
    (folder / "more").mkdir()
    (folder / "more" / "note.txt").write_text("hers")
    write_images(store, "demo", "ann-lee", SEED, {"d.png": b"another person"})
    names = [f".partial-{SEED}_e.png-1a2b3c4d", "more/note.txt", f"{SEED}_d.png"]
    assert images_of(store, "demo", "ann") == [f"facebank/demo/ann/{name}" for name in names]
    remove_images(store, images_of(store, "demo", "ann"))
    assert not folder.exists()
    assert len(images_of(store, "demo", "ann-lee")) == 1


def test_empty_folders_of_a_person_are_removed(store: ArtifactStore, tmp_path: Path) -> None:
    demo = tmp_path / "facebank" / "demo"
    (demo / "ann" / "one" / "two").mkdir(parents=True)
    (demo / "ben").mkdir()
    (demo / "ben" / "note.txt").write_text("not empty")
    folders = ["facebank/demo/ann/one/two", "facebank/demo/ann/one", "facebank/demo/ann"]
    assert remove_empty_folders(store, "demo", "ann") == folders
    assert remove_empty_folders(store, "demo", "ann") == []
    assert remove_empty_folders(store, "demo", "ben") == []
    (demo / "ben" / "note.txt").unlink()
    assert remove_empty_folders(store, "demo", "ben") == ["facebank/demo/ben", "facebank/demo", "facebank"]
    assert list(tmp_path.iterdir()) == []
