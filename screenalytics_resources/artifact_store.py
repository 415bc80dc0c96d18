"""Where artifacts live: one root, a folder or an `s3://bucket/prefix`, laid out by episode.

Knows names, not formats: those are in `sealed_files`. How files are written is up to the place; see `storage`.
"""

import os
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.episode_id import is_ep_id, parse_ep_id, parse_partition
from screenalytics_resources.project import dagster_home
from screenalytics_resources.storage.place import LOCAL_PROTOCOLS, Place, local_path
from screenalytics_resources.storage.places import episode_folder, place_of, root_path

if TYPE_CHECKING:
    from upath import UPath

ROOT_VARIABLE = "SCREENALYTICS_DATA_ROOT"
DEFAULT_ROOT = "data"
EPISODE_FILE = "episode.mp4"


def data_root() -> str:
    """The root that `SCREENALYTICS_DATA_ROOT` names, else `./data`; a folder as an absolute path."""
    root = os.environ.get(ROOT_VARIABLE) or DEFAULT_ROOT
    return root.rstrip("/") if "://" in root else str(Path(root).resolve())


@dataclass(frozen=True)
class ArtifactStore:
    """Paths and atomic writes below one root."""

    root: str

    @property
    def base(self) -> "UPath":
        """The root as a path."""
        return root_path(self.root)

    @property
    def place(self) -> Place:
        """Where the files lie."""
        return place_of(self.base)

    @property
    def machine_folder(self) -> Path:
        """Folder for what belongs to this machine and not to an episode: the root, or the instance's folder for S3."""
        return local_path(self.base) if self.base.protocol in LOCAL_PROTOCOLS else dagster_home().resolve()

    def path(self, room: str, ep_id: str, *names: str) -> "UPath":
        """Path of `{root}/{room}/{ep_id}/{names...}`; raises `UserError` for anything but an episode id."""
        folder = episode_folder(self.root, room, parse_ep_id(ep_id).text)
        return folder.joinpath(*names) if names else folder

    def manifest(self, partition: str, name: str) -> "UPath":
        """Path of a document of an episode or of a show."""
        return episode_folder(self.root, "manifests", parse_partition(partition)) / name

    def lock(self, partition: str) -> "UPath":
        """Path of the lock of an episode or of a show."""
        return episode_folder(self.root, "locks", parse_partition(partition))

    def episodes(self) -> list[str]:
        """Every episode that has a video or an artifact, in order of name."""
        rooms = (self.base / room for room in ("videos", "manifests"))
        names = {entry.name for room in rooms for entry in self.place.entries(room)}
        return sorted(name for name in names if is_ep_id(name))

    def video(self, ep_id: str) -> "UPath":
        return self.path("videos", ep_id, EPISODE_FILE)

    def local_video(self, ep_id: str) -> AbstractContextManager[Path]:
        """Yield the episode's video as a file of this machine; see `Place.local_file`."""
        return self.place.local_file(self.video(ep_id))

    def frames(self, ep_id: str, *names: str) -> "UPath":
        return self.path("frames", ep_id, *names)

    def relative(self, path: "UPath") -> str:
        """`path` as the user knows it: from the root, with forward slashes."""
        return path.relative_to(self.base).as_posix()

    def remove_leftovers(self, partition: str) -> None:
        """Remove files that killed writers of this episode or show left half-written; call it with its lock held."""
        for room in ("videos", "manifests", "embeds", "frames"):
            self.place.remove_leftovers(episode_folder(self.root, room, parse_partition(partition)))

    def staged_folder(self, target: "UPath") -> AbstractContextManager[Path]:
        """Yield an empty local folder that replaces `target` when the block ends; see `Place.staged_folder`."""
        return self.place.staged_folder(target)


def write_atomic(path: "UPath", content: bytes, durable: bool = True) -> None:
    """Write `content` so that a reader sees the old file or the new one, never a part; see `Place.write`."""
    place_of(path).write(path, content, durable)
