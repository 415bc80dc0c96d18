"""Where artifacts live: one root, a folder or an `s3://bucket/prefix`, laid out by episode.

Knows names and atomic writes, not formats: those are in `sealed_files`.
"""

import functools
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.episode_id import is_ep_id, parse_ep_id, parse_partition
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from upath import UPath

ROOT_VARIABLE = "SCREENALYTICS_DATA_ROOT"
DEFAULT_ROOT = "data"
_TEMPORARY = ".partial-"


def data_root() -> str:
    """The root that `SCREENALYTICS_DATA_ROOT` names, else `./data`; a folder as an absolute path."""
    root = os.environ.get(ROOT_VARIABLE) or DEFAULT_ROOT
    return root if "://" in root else str(Path(root).resolve())


@functools.cache
def _root_path(root: str) -> "UPath":
    """The root as a path: to find out its protocol takes longer than all that is done with it for one artifact."""
    from upath import UPath

    return UPath(root)


@functools.lru_cache(maxsize=4096)
def _below(root: str, names: tuple[str, ...]) -> "UPath":
    """A path below the root; one artifact's is asked for several times in a row, and joining it takes long."""
    return _root_path(root).joinpath(*names)


@dataclass(frozen=True)
class ArtifactStore:
    """Paths and atomic writes below one root."""

    root: str

    def path(self, room: str, ep_id: str, *names: str) -> "UPath":
        """Path of `{root}/{room}/{ep_id}/{names...}`; raises `UserError` for anything but an episode id."""
        return self._folder(room, parse_ep_id(ep_id).text, *names)

    def manifest(self, partition: str, name: str) -> "UPath":
        """Path of a document of an episode or of a show."""
        return self._folder("manifests", parse_partition(partition), name)

    def lock(self, partition: str) -> "UPath":
        """Path of the lock of an episode or of a show."""
        return self._folder("locks", parse_partition(partition))

    def _folder(self, *names: str) -> "UPath":
        return _below(self.root, names)

    def episodes(self) -> list[str]:
        """Every episode that has a video or an artifact, in order of name."""
        from upath import UPath

        folders = [local_path(UPath(self.root) / room) for room in ("videos", "manifests")]
        names = {entry.name for folder in folders if folder.is_dir() for entry in folder.iterdir()}
        return sorted(name for name in names if is_ep_id(name))

    def video(self, ep_id: str) -> "UPath":
        return self.path("videos", ep_id, "episode.mp4")

    def frames(self, ep_id: str, *names: str) -> "UPath":
        return self.path("frames", ep_id, *names)

    def relative(self, path: "UPath") -> str:
        """`path` as the user knows it: from the root, with forward slashes."""
        from upath import UPath

        return path.relative_to(UPath(self.root)).as_posix()

    def remove_leftovers(self, partition: str) -> None:
        """Remove files that killed writers of this episode or show left half-written; call it with its lock held."""
        for room in ("videos", "manifests", "embeds", "frames"):
            folder = local_path(self._folder(room, parse_partition(partition)))
            for leftover in folder.glob(f"{_TEMPORARY}*"):
                if leftover.is_file():
                    leftover.unlink()

    @contextmanager
    def staged_folder(self, target: "UPath") -> Iterator[Path]:
        """Yield an empty local folder that replaces `target` when the block ends without an error.

        Until then the old folder stays as it is; a block that fails or is killed leaves it untouched.
        """
        local = local_path(target)
        _remove_leftovers(local.parent, local.name)
        staging = local.parent / f"{_TEMPORARY}{local.name}-{secrets.token_hex(4)}"
        staging.mkdir(parents=True)
        try:
            yield staging
            _swap(staging, local)
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def local_path(path: "UPath") -> Path:
    """`path` as a local path, or `UserError` where the root is no folder of this machine."""
    if path.protocol not in ("", "file", "local"):
        raise UserError(
            f"{path} is not on a local disk: set {ROOT_VARIABLE} to a folder; object storage is not supported yet."
        )
    return Path(str(path))


def write_atomic(path: "UPath", content: bytes, durable: bool = True) -> None:
    """Write `content` so that a reader sees the old file or the new one, never a part.

    `durable` waits until the disk has it, so that a power cut cannot leave it empty; for what is worth the wait.
    """
    target = local_path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f"{_TEMPORARY}{target.name}-{secrets.token_hex(4)}"
    try:
        with temporary.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _swap(staging: Path, target: Path) -> None:
    """Put `staging` in the place of `target`; the old folder goes only once the new one stands."""
    old = target.parent / f"{_TEMPORARY}old-{target.name}-{secrets.token_hex(4)}"
    if target.exists():
        target.rename(old)
    try:
        staging.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _remove_leftovers(folder: Path, name: str) -> None:
    """Remove what killed writers of `name` left in `folder`; an old folder without successor is put back."""
    for old in folder.glob(f"{_TEMPORARY}old-{name}-*"):
        if (folder / name).exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(folder / name)
    for leftover in folder.glob(f"{_TEMPORARY}{name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
