"""Protocol of a storage back end: what the artifact store needs besides reading files through a path."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from upath import UPath

LOCAL_PROTOCOLS = ("", "file", "local")
INDEX = "index.json"
"""List of the files of a staged folder, stored in the folder. It exists only while the folder is complete."""


@dataclass(frozen=True)
class Entry:
    """File or folder in a listing. `size` and `changed_ns` of a folder are 0."""

    name: str
    is_folder: bool
    size: int
    """Bytes."""
    changed_ns: int
    """Time of the last change, ns since 1970."""


class Fence(Protocol):
    """Protection of decisions that are made under a lock which its holder can lose, as in object storage."""

    @property
    def token(self) -> int | None:
        """Number of this hold of the lock, which grows with each; None on a disk, or if this process holds no lock."""
        ...

    def is_stale(self, token: int | None) -> bool:
        """Return whether a decision with this token was stored after its maker had lost the lock."""
        ...

    def confirm(self) -> None:
        """Raise `UserError` unless the lock is still held. Asks the server."""
        ...

    def settle(self) -> None:
        """Record that all decisions of earlier holders are executed: those that appear from now on are stale."""
        ...


class Place(Protocol):
    """Storage back end whose writes are atomic: a reader never sees a partial file."""

    def write(self, path: "UPath", content: bytes, durable: bool = True, private: bool = False) -> None:
        """Replace the file at `path` with `content` in one atomic step.

        With `durable` the call returns when the content is on the disk, so a power failure cannot leave an empty file.
        Only the current user of the machine can read a `private` file; the bucket's policy decides this for objects.
        """
        ...

    def write_new(self, path: "UPath", content: bytes) -> None:
        """Create the file at `path` durably in one atomic step. Raises `FileExistsError` if it exists.

        On a disk the caller must hold the lock of the episode.
        """
        ...

    def read_all(self, paths: Sequence["UPath"]) -> list[bytes | None]:
        """Return the content of each file, in order; None if a file does not exist."""
        ...

    def read_ends(self, path: "UPath", head: int, tail: int) -> tuple[bytes, bytes] | None:
        """Return at most the first `head` and the last `tail` bytes of a file; None if it does not exist."""
        ...

    def import_file(self, source: Path, target: "UPath") -> None:
        """Store a local file of any size at `target` in one atomic step. Hard-links it where possible."""
        ...

    def link(self, source: "UPath", target: "UPath") -> None:
        """Give the file at `source` the additional name `target`: a hard link on a disk, a copy in object storage.

        Files are replaced and never modified in place, so a change under one name leaves the other as it is.
        """
        ...

    def move(self, source: "UPath", target: "UPath") -> None:
        """Move a file to `target`, replacing an existing file: a rename on a disk, a copy and a delete in S3."""
        ...

    def move_new(self, source: "UPath", target: "UPath") -> None:
        """Move a file to `target`. Raises `FileExistsError` if `target` exists; nothing is overwritten.

        A process that is killed meanwhile can leave the file under both names.
        """
        ...

    def is_same_content(self, one: "UPath", other: "UPath") -> bool:
        """Return whether two files have the same content. Reads both if their sizes are equal."""
        ...

    def remove(self, path: "UPath") -> None:
        """Remove a file if it exists."""
        ...

    def remove_folder(self, folder: "UPath") -> None:
        """Remove a folder and its content if it exists."""
        ...

    def entries(self, folder: "UPath") -> list[Entry]:
        """Return the files and folders directly in a folder, sorted by name; empty if the folder does not exist."""
        ...

    def remove_empty_folders(self, folder: "UPath", root: "UPath") -> list["UPath"]:
        """Remove the empty ones of a folder, its subfolders, and its parents below `root`.

        Returns the removed folders. Object storage has no empty folders, so it returns an empty list.
        """
        ...

    def files(self, folder: "UPath") -> list["UPath"]:
        """Return all files below a folder at any depth, sorted by name."""
        ...

    def sync_names(self, folders: Iterable["UPath"]) -> None:
        """Wait until the file names in these folders are on the disk, so that they survive a power failure."""
        ...

    def staged_folder(self, target: "UPath") -> AbstractContextManager[Path]:
        """Yield an empty local folder that replaces `target` when the block ends without an error.

        The old folder stays unchanged until then, and also if the block fails or is killed.
        """
        ...

    def remove_leftovers(self, folder: "UPath") -> None:
        """Remove the partial files that killed writers left in a folder."""
        ...

    def local_file(self, path: "UPath") -> AbstractContextManager[Path]:
        """Yield a local path of the file, for libraries that read only local files.

        If the file is missing, object storage raises `UserError`, and a disk yields a path that does not exist.
        """
        ...

    def lock(self, path: "UPath", name: str) -> AbstractContextManager[None]:
        """Hold the lock at `path`. `name` is the thing that is locked, for the message.

        The lock becomes free when its holder dies, by any cause; see `lease` for the delay in object storage. Writes
        to what it protects raise `UserError` when the lock is lost, which is possible in object storage.

        Raises:
            UserError: another process holds the lock. The call does not wait for it.
        """
        ...

    def fence(self, lock: "UPath") -> Fence:
        """Return the fence of the lock at this path."""
        ...


def local_path(path: "UPath") -> Path:
    """Return `path` as a local path. Raises `UserError` if it is not on a disk of this machine."""
    if path.protocol not in LOCAL_PROTOCOLS:
        raise UserError(f"{path} is not on a local disk: use a folder of this machine.")
    return Path(str(path))
