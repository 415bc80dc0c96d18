"""Pictures of reference faces: `facebank/{show}/{person_id}/{seed_id}_{d,e,orig}.*`, closed to other users."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.artifact_store import ArtifactStore, local_path, write_atomic
from screenalytics_resources.episode_id import parse_show
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.records import parse_person_id

if TYPE_CHECKING:
    from upath import UPath

ROOM = "facebank"


def write_images(
    store: ArtifactStore, show: str, person_id: str, seed_id: str, images: Mapping[str, bytes]
) -> tuple[str, ...]:
    """Write the pictures by the end of their name, such as `d.png`; returns their keys below the data root."""
    folder = _folder(store, show, person_id)
    for closed in (folder.parent.parent, folder.parent, folder):
        closed.mkdir(mode=0o700, exist_ok=True, parents=True)
    names = {end: f"{seed_id}_{end}" for end in images}
    for end, content in images.items():
        path = folder / names[end]
        write_atomic(_upath(path), content)
        path.chmod(0o600)
    return tuple(f"{ROOM}/{show}/{person_id}/{name}" for name in names.values())


def read_image(store: ArtifactStore, key: str) -> bytes:
    """The picture with this key; raises `UserError` where it is gone."""
    path = _root(store) / key
    if not path.is_file():
        raise UserError(
            f"{key} is gone: remove its reference face with `screenalytics facebank remove`, and add it again."
        )
    return path.read_bytes()


def remove_images(store: ArtifactStore, keys: Iterable[str]) -> list[str]:
    """Remove the pictures with these keys, and folders that they leave empty; returns those that were there."""
    removed = []
    for key in keys:
        path = _root(store) / key
        if path.is_file():
            path.unlink()
            removed.append(key)
        for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()
    return removed


def remove_empty_folders(store: ArtifactStore, show: str, person_id: str) -> list[str]:
    """Remove a person's folder as far as nothing is in it, as a killed command leaves it; returns what was removed."""
    folder = _folder(store, show, person_id)
    inside = sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True)
    empty = []
    for path in (*inside, folder, folder.parent, folder.parent.parent) if folder.is_dir() else ():
        if not any(path.iterdir()):
            path.rmdir()
            empty.append(path.relative_to(_root(store)).as_posix())
    return empty


def images_of(store: ArtifactStore, show: str, person_id: str) -> list[str]:
    """Keys of every picture in a person's folder, also of those that the database does not know."""
    folder = _folder(store, show, person_id)
    found = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return [path.relative_to(_root(store)).as_posix() for path in found]


def _folder(store: ArtifactStore, show: str, person_id: str) -> Path:
    return _root(store) / ROOM / parse_show(show) / parse_person_id(person_id)


def _root(store: ArtifactStore) -> Path:
    from upath import UPath

    return local_path(UPath(store.root))


def _upath(path: Path) -> "UPath":
    from upath import UPath

    return UPath(path)
