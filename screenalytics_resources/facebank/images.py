"""Images of reference faces: `facebank/{show}/{person_id}/{seed_id}_{d,e,orig}.*`, readable by their owner only."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_show
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.records import parse_person_id
from screenalytics_resources.storage.containment import contained

if TYPE_CHECKING:
    from upath import UPath

FOLDER = "facebank"


def image_keys(
    store: ArtifactStore, show: str, person_id: str, seed_id: str, suffixes: Iterable[str]
) -> tuple[str, ...]:
    """Return the keys, relative to the data root, of images with these file name suffixes, such as `d.png`."""
    folder = _folder(store, show, person_id)
    return tuple(store.relative(folder / f"{seed_id}_{suffix}") for suffix in suffixes)


def write_images(
    store: ArtifactStore, show: str, person_id: str, seed_id: str, images: Mapping[str, bytes]
) -> tuple[str, ...]:
    """Write images keyed by file name suffix. Returns their keys; see `image_keys`."""
    keys = image_keys(store, show, person_id, seed_id, images)
    for key, content in zip(keys, images.values(), strict=True):
        store.place.write(store.base / key, content, private=True)
    return keys


def read_image(store: ArtifactStore, key: str) -> bytes:
    """Return the image with this key. Errors show the name of the file alone: its folder is a person's id.

    Raises:
        UserError: the image is missing.
        OSError: it cannot be read.
    """
    path = store.base / key
    try:
        (content,) = store.place.read_all([path])
    except OSError as error:
        raise OSError(error.errno, error.strerror, path.name) from None
    if content is None:
        raise UserError(
            f"{path.name} is gone: remove its reference face with `screenalytics facebank remove`, and add it again."
        )
    return content


def refuse_links(store: ArtifactStore, show: str, person_id: str) -> None:
    """Raise `OutsideRootError` if a person's pictures are behind a link, so that removing them would be refused."""
    contained(store.base, _folder(store, show, person_id) / "picture")


def remove_images(store: ArtifactStore, keys: Iterable[str]) -> list[str]:
    """Remove the images with these keys, and folders that become empty. Returns the keys that existed."""
    removed = []
    for key in keys:
        path = store.base / key
        if path.exists():
            store.place.remove(path)
            removed.append(key)
        store.place.remove_empty_folders(path.parent, store.base)
    return removed


def remove_empty_folders(store: ArtifactStore, show: str, person_id: str) -> list[str]:
    """Remove the empty folders of a person, which a killed command can leave behind. Returns the removed folders."""
    removed = store.place.remove_empty_folders(_folder(store, show, person_id), store.base)
    return [store.relative(folder) for folder in removed]


def images_of(store: ArtifactStore, show: str, person_id: str) -> list[str]:
    """Return the keys of all files in a person's folder, including files that the database does not know."""
    return [store.relative(path) for path in store.place.files(_folder(store, show, person_id))]


def is_image_key(show: str, key: str) -> bool:
    """Return whether `key` is one that `image_keys` can return for a person of the show."""
    parts = key.split("/")
    return parts[:2] == [FOLDER, show] and len(parts) == 4 and not {"", ".", ".."} & set(parts)


def _folder(store: ArtifactStore, show: str, person_id: str) -> "UPath":
    return store.base / FOLDER / parse_show(show) / parse_person_id(person_id)
