"""Layout of the artifacts below one data root, which is a folder or an `s3://bucket/prefix`.

This module knows the names of files. `sealed_files` knows their formats, and `storage` how they are written.
"""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.episode_id import is_ep_id, parse_ep_id, parse_partition
from screenalytics_resources.errors import UserError
from screenalytics_resources.project import dagster_home
from screenalytics_resources.storage.contained_place import ContainedPlace
from screenalytics_resources.storage.place import LOCAL_PROTOCOLS, Place, local_path
from screenalytics_resources.storage.places import episode_folder, place_of, root_path

if TYPE_CHECKING:
    from upath import UPath

ROOT_VARIABLE = "SCREENALYTICS_DATA_ROOT"
DEFAULT_ROOT = "data"
EPISODE_FILE = "episode.mp4"
REMOVED = "removed"
"""Folder of the tombstones of removed episodes."""


def data_root() -> str:
    """Return `SCREENALYTICS_DATA_ROOT`, or `./data` by default. A folder becomes an absolute path."""
    root = os.environ.get(ROOT_VARIABLE) or DEFAULT_ROOT
    return root.rstrip("/") if "://" in root else str(Path(root).resolve())


_EPISODE_ROOMS = ("videos", "manifests")


@dataclass(frozen=True)
class ArtifactStore:
    """Paths and atomic writes below one root."""

    root: str
    within: str | None = None
    """Data root that contains this one, for a store of staged or kept files; None for a data root."""

    @property
    def base(self) -> "UPath":
        """Root as a path."""
        return root_path(self.root)

    @property
    def place(self) -> Place:
        """Storage back end of the root, which refuses changes outside the data root; see `storage.containment`."""
        return ContainedPlace(place_of(self.base), root_path(self.within or self.root))

    @property
    def machine_folder(self) -> Path:
        """Folder for files that belong to this machine: the root, or the Dagster instance's folder for a root on S3."""
        return local_path(self.base) if self.base.protocol in LOCAL_PROTOCOLS else dagster_home().resolve()

    def check_root(self) -> None:
        """Raise `UserError` if the root is a file, or is below one, instead of a folder."""
        if self.base.protocol not in LOCAL_PROTOCOLS:
            return
        root = local_path(self.base)
        nearest = next(path for path in (root, *root.parents) if os.path.lexists(path))
        if not nearest.is_dir():
            raise UserError(f"The data root {root} is not a folder, because {nearest} is a file. Set {ROOT_VARIABLE}.")

    def nested(self, folder: "UPath") -> "ArtifactStore":
        """Return a store for a folder of this data root that is laid out as a data root, such as staged files."""
        return ArtifactStore(str(folder), self.within or self.root)

    def write(self, path: "UPath", content: bytes, durable: bool = True) -> None:
        """Replace the file at `path` below the data root with `content` in one atomic step; see `Place.write`."""
        self.place.write(path, content, durable)

    def path(self, room: str, ep_id: str, *names: str) -> "UPath":
        """Return the path `{root}/{room}/{ep_id}/{names...}`. Raises `UserError` if `ep_id` is not an episode id."""
        folder = episode_folder(self.root, room, parse_ep_id(ep_id).text)
        return folder.joinpath(*names) if names else folder

    def manifest(self, partition: str, name: str) -> "UPath":
        """Return the path of a manifest of an episode or a show."""
        return episode_folder(self.root, "manifests", parse_partition(partition)) / name

    def make_manifest_folder(self, partition: str) -> None:
        """Create the folder of manifests with the usual permissions: writing a private file creates private folders."""
        if self.base.protocol in LOCAL_PROTOCOLS:
            local_path(self.manifest(partition, "any file")).parent.mkdir(parents=True, exist_ok=True)

    def lock(self, partition: str) -> "UPath":
        """Return the path of the lock of an episode or a show."""
        return episode_folder(self.root, "locks", parse_partition(partition))

    def episodes(self) -> list[str]:
        """Return the ids of all episodes that have a video or an artifact, sorted.

        A removed episode counts only while it has artifacts, which a removal deletes last.
        """
        videos, manifests = ({entry.name for entry in self.place.entries(self.base / room)} for room in _EPISODE_ROOMS)
        return sorted(name for name in manifests | (videos - self.removed()) if is_ep_id(name))

    def has_episode(self, ep_id: str) -> bool:
        """Return whether the episode has a video or an artifact. Raises `UserError` for an invalid id."""
        name = parse_ep_id(ep_id).text
        return any(self.place.entries(self.base / room / name) for room in _EPISODE_ROOMS)

    def removed(self) -> set[str]:
        """Return the ids of all removed episodes; see `tombstones`."""
        names = (entry.name for entry in self.place.entries(self.base / REMOVED))
        return {stem for name in names if name.endswith(".json") and is_ep_id(stem := name.removesuffix(".json"))}

    def tombstone(self, ep_id: str) -> "UPath":
        return self.base / REMOVED / f"{parse_ep_id(ep_id).text}.json"

    def video(self, ep_id: str) -> "UPath":
        return self.path("videos", ep_id, EPISODE_FILE)

    def local_video(self, ep_id: str) -> AbstractContextManager[Path]:
        """Yield a local path of the episode's video; see `Place.local_file`."""
        return self.place.local_file(self.video(ep_id))

    def frames(self, ep_id: str, *names: str) -> "UPath":
        return self.path("frames", ep_id, *names)

    def relative(self, path: "UPath") -> str:
        """Return `path` relative to the root, with forward slashes, as messages show it."""
        return path.relative_to(self.base).as_posix()

    def remove_leftovers(self, partition: str) -> None:
        """Remove the partial files that killed writers left. The caller must hold the lock of the episode or show."""
        for room in ("videos", "manifests", "embeds", "frames"):
            self.place.remove_leftovers(episode_folder(self.root, room, parse_partition(partition)))

    def staged_folder(self, target: "UPath") -> AbstractContextManager[Path]:
        """Yield an empty local folder that replaces `target` when the block ends; see `Place.staged_folder`."""
        return self.place.staged_folder(target)


def write_atomic(path: "UPath", content: bytes, durable: bool = True) -> None:
    """Replace a file of the user, outside any data root, in one atomic step; see `Place.write`."""
    place_of(path).write(path, content, durable)
