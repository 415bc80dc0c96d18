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


def write_images(
    store: ArtifactStore, show: str, person_id: str, seed_id: str, images: Mapping[str, bytes]
) -> tuple[str, ...]:
    """Write images keyed by file name suffix, such as `d.png`. Returns their keys relative to the data root."""
    paths = {suffix: _folder(store, show, person_id) / f"{seed_id}_{suffix}" for suffix in images}
    for suffix, content in images.items():
        store.place.write(paths[suffix], content, private=True)
    return tuple(store.relative(path) for path in paths.values())


def read_image(store: ArtifactStore, key: str) -> bytes:
    """Return the image with this key. Raises `UserError` if it is missing."""
    (content,) = store.place.read_all([store.base / key])
    if content is None:
        raise UserError(
            f"{key} is gone: remove its reference face with `screenalytics facebank remove`, and add it again."
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


def _folder(store: ArtifactStore, show: str, person_id: str) -> "UPath":
    return store.base / FOLDER / parse_show(show) / parse_person_id(person_id)
