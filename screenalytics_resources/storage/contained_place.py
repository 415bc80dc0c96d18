"""`Place` that changes nothing outside one data root. Reading is not restricted."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.storage.containment import OutsideRootError, contained
from screenalytics_resources.storage.place import Entry, Fence, Place

if TYPE_CHECKING:
    from upath import UPath


@dataclass(frozen=True)
class ContainedPlace:
    """`place`, restricted to changes below `root`. Every method that changes something raises `OutsideRootError`."""

    place: Place
    root: "UPath"

    def write(self, path: "UPath", content: bytes, durable: bool = True, private: bool = False) -> None:
        self.place.write(contained(self.root, path), content, durable, private)

    def write_new(self, path: "UPath", content: bytes) -> None:
        self.place.write_new(contained(self.root, path), content)

    def read_all(self, paths: Sequence["UPath"]) -> list[bytes | None]:
        return self.place.read_all(paths)

    def read_ends(self, path: "UPath", head: int, tail: int) -> tuple[bytes, bytes] | None:
        return self.place.read_ends(path, head, tail)

    def import_file(self, source: Path, target: "UPath") -> None:
        self.place.import_file(source, contained(self.root, target))

    def link(self, source: "UPath", target: "UPath") -> None:
        self.place.link(contained(self.root, source), contained(self.root, target))

    def move(self, source: "UPath", target: "UPath") -> None:
        self.place.move(contained(self.root, source), contained(self.root, target))

    def move_new(self, source: "UPath", target: "UPath") -> None:
        self.place.move_new(contained(self.root, source), contained(self.root, target))

    def is_same_content(self, one: "UPath", other: "UPath") -> bool:
        return self.place.is_same_content(one, other)

    def remove(self, path: "UPath") -> None:
        self.place.remove(contained(self.root, path))

    def remove_folder(self, folder: "UPath") -> None:
        self.place.remove_folder(contained(self.root, folder))

    def entries(self, folder: "UPath") -> list[Entry]:
        return self.place.entries(folder)

    def remove_empty_folders(self, folder: "UPath", root: "UPath") -> list["UPath"]:
        return self.place.remove_empty_folders(contained(self.root, folder), root)

    def files(self, folder: "UPath") -> list["UPath"]:
        return self.place.files(folder)

    def sync_names(self, folders: Iterable["UPath"]) -> None:
        self.place.sync_names(folders)

    def staged_folder(self, target: "UPath") -> AbstractContextManager[Path]:
        return self.place.staged_folder(contained(self.root, target))

    def remove_leftovers(self, folder: "UPath") -> None:
        """See `Place`. Partial files behind a link belong to the link's owner and stay."""
        try:
            contained(self.root, folder / "any file")
        except OutsideRootError:
            return
        self.place.remove_leftovers(folder)

    def local_file(self, path: "UPath") -> AbstractContextManager[Path]:
        return self.place.local_file(path)

    def lock(self, path: "UPath", name: str) -> AbstractContextManager[None]:
        return self.place.lock(contained(self.root, path), name)

    def fence(self, lock: "UPath") -> Fence:
        return self.place.fence(contained(self.root, lock))
