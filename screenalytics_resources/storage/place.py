"""What the artifact store asks of the place where its files lie, beyond reading them through a path."""

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
"""A staged folder's own list of what is in it: there only while the folder is whole."""


@dataclass(frozen=True)
class Entry:
    """A file, or a folder, whose `size` and `changed_ns` say nothing."""

    name: str
    is_folder: bool
    size: int
    """Bytes."""
    changed_ns: int
    """Time of the last change, ns since 1970."""


class Place(Protocol):
    """Changes of files such that a reader never sees half of one."""

    def write(self, path: "UPath", content: bytes, durable: bool = True, private: bool = False) -> None:
        """Write `content` so that a reader sees the old file or the new one, never a part.

        `durable` waits until the disk has it, so that a power cut cannot leave it empty. What is `private` only this
        user of the machine can read; for objects the bucket's policy says who can.
        """
        ...

    def read_all(self, paths: Sequence["UPath"]) -> list[bytes | None]:
        """The content of each file, None where there is none."""
        ...

    def read_ends(self, path: "UPath", head: int, tail: int) -> tuple[bytes, bytes] | None:
        """The first `head` bytes of a file and its last `tail`, as far as it has so many; None where there is none."""
        ...

    def bring(self, source: Path, target: "UPath") -> None:
        """Put a local file of any size at `target`, in one step; a second name for it where that can be."""
        ...

    def link(self, source: "UPath", target: "UPath") -> None:
        """Give a file a second name, or copy it: files are replaced, never written into, so both stay as they are."""
        ...

    def move(self, source: "UPath", target: "UPath") -> None:
        """Put a file in the place of another."""
        ...

    def remove(self, path: "UPath") -> None:
        """Remove a file, if it is there."""
        ...

    def remove_folder(self, folder: "UPath") -> None:
        """Remove a folder with all that is in it, as far as it is there."""
        ...

    def entries(self, folder: "UPath") -> list[Entry]:
        """What lies in a folder, in order of name; nothing where there is no folder."""
        ...

    def remove_empty_folders(self, folder: "UPath", root: "UPath") -> list["UPath"]:
        """Remove a folder, those in it, and those above it below `root`, as far as nothing is in them.

        Returns what was removed; object storage has no empty folders.
        """
        ...

    def files(self, folder: "UPath") -> list["UPath"]:
        """Every file below a folder, in order of name."""
        ...

    def settle(self, folders: Iterable["UPath"]) -> None:
        """Wait until the names in these folders would outlast a power cut."""
        ...

    def staged_folder(self, target: "UPath") -> AbstractContextManager[Path]:
        """Yield an empty local folder that replaces `target` when the block ends without an error.

        Until then the old folder stays as it is; a block that fails or is killed leaves it untouched.
        """
        ...

    def remove_leftovers(self, folder: "UPath") -> None:
        """Remove what killed writers left half-written in a folder."""
        ...

    def local_file(self, path: "UPath") -> AbstractContextManager[Path]:
        """Yield the file as one of this machine, for libraries that read nothing else.

        Where there is none, `UserError` says so, or the path that is yielded does not exist.
        """
        ...

    def lock(self, path: "UPath", name: str) -> AbstractContextManager[None]:
        """Hold the lock at `path`, or raise `UserError` at once where another process holds it; `name` is what of.

        It is free again when its holder dies, however it dies.
        """
        ...


def local_path(path: "UPath") -> Path:
    """`path` as a local path, or `UserError` where it is none of this machine."""
    if path.protocol not in LOCAL_PROTOCOLS:
        raise UserError(f"{path} is not on a local disk: give a folder of this machine.")
    return Path(str(path))
