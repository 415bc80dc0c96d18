"""Objects in S3: one request puts a whole object, so nothing is ever half there; what belongs together needs order."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screenalytics_resources.storage.lease import lease
from screenalytics_resources.storage.local_copies import local_copy
from screenalytics_resources.storage.place import INDEX, Entry
from screenalytics_resources.storage.s3_access import error_code

if TYPE_CHECKING:
    from upath import UPath

_AT_ONCE = 500
"""Objects that one call uploads: their contents are in memory together (crops of some 5 kB each)."""


class ObjectStorage:
    """See `Place`."""

    def write(self, path: "UPath", content: bytes, durable: bool = True, private: bool = False) -> None:
        path.fs.pipe_file(path.path, content)

    def read_all(self, paths: Sequence["UPath"]) -> list[bytes | None]:
        if not paths:
            return []
        found = paths[0].fs.cat([path.path for path in paths], on_error="return")
        return [_content(found[path.path]) for path in paths]

    def read_ends(self, path: "UPath", head: int, tail: int) -> tuple[bytes, bytes] | None:
        try:
            first: bytes = path.fs.cat_file(path.path, start=0, end=head)
            if tail == 0:
                return first, b""
            whole = len(first) < head
            return first, first[-tail:] if whole else path.fs.cat_file(path.path, start=-tail)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error_code(error) != "InvalidRange":
                raise
            return b"", b""  # an empty object has no first byte

    def bring(self, source: Path, target: "UPath") -> None:
        target.fs.put_file(str(source), target.path)

    def link(self, source: "UPath", target: "UPath") -> None:
        target.fs.cp_file(source.path, target.path)

    def move(self, source: "UPath", target: "UPath") -> None:
        self.link(source, target)
        self.remove(source)

    def remove(self, path: "UPath") -> None:
        bucket, key, _ = path.fs.split_path(path.path)
        path.fs.call_s3("delete_object", Bucket=bucket, Key=key)

    def remove_folder(self, folder: "UPath") -> None:
        _remove_all(folder, [path.path for path in self.files(folder)])

    def entries(self, folder: "UPath") -> list[Entry]:
        try:
            found = folder.fs.ls(folder.path, detail=True)
        except FileNotFoundError:
            return []
        return sorted((_entry(facts) for facts in found if facts["name"] != folder.path), key=lambda entry: entry.name)

    def remove_empty_folders(self, folder: "UPath", root: "UPath") -> list["UPath"]:
        return []

    def files(self, folder: "UPath") -> list["UPath"]:
        return [folder / name for name in sorted(_listed(folder))]

    def settle(self, folders: Iterable["UPath"]) -> None:
        """Nothing to wait for: a request that was answered has been kept."""

    @contextmanager
    def staged_folder(self, target: "UPath") -> Iterator[Path]:
        """See `Place`. While objects are being exchanged the folder has no index, so no reader takes it for whole."""
        with tempfile.TemporaryDirectory(prefix="screenalytics-") as staging:
            yield Path(staging)
            _replace_folder(Path(staging), target)

    def remove_leftovers(self, folder: "UPath") -> None:
        """A killed writer leaves nothing: an upload that was not completed is no object."""

    def local_file(self, path: "UPath") -> AbstractContextManager[Path]:
        return local_copy(path)

    def lock(self, path: "UPath", name: str) -> AbstractContextManager[None]:
        return lease(path, name)


def _entry(facts: Mapping[str, Any]) -> Entry:
    name = str(facts["name"]).rpartition("/")[2]
    if facts["type"] == "directory":
        return Entry(name, True, 0, 0)
    return Entry(name, False, int(facts["size"]), int(facts["LastModified"].timestamp() * 1e9))


def _replace_folder(new: Path, target: "UPath") -> None:
    """Upload what is new or different, remove what is no longer there, and the index last."""
    there = _listed(target)
    wanted = {path.relative_to(new).as_posix(): path for path in sorted(new.rglob("*")) if path.is_file()}
    changed = [name for name, path in wanted.items() if there.get(name) != _etag(path)]
    stale = [name for name in there if name not in wanted]
    if not changed and not stale:
        return
    if INDEX in there:
        _remove_all(target, [f"{target.path}/{INDEX}"])
    uploads = [name for name in changed if name != INDEX]
    for first in range(0, len(uploads), _AT_ONCE):
        names = uploads[first : first + _AT_ONCE]
        target.fs.pipe({f"{target.path}/{name}": wanted[name].read_bytes() for name in names})
    _remove_all(target, [f"{target.path}/{name}" for name in stale if name != INDEX])
    if INDEX in wanted:
        target.fs.pipe_file(f"{target.path}/{INDEX}", wanted[INDEX].read_bytes())


def _listed(folder: "UPath") -> dict[str, str]:
    """ETag of every object below a folder, by its name from there."""
    found: dict[str, dict[str, Any]] = folder.fs.find(folder.path, detail=True)
    return {name.removeprefix(f"{folder.path}/"): str(facts.get("ETag", "")) for name, facts in found.items()}


def _etag(path: Path) -> str:
    """The ETag of a file that was put in one request: its MD5; with a bucket's own keys it never matches."""
    return f'"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}"'


def _remove_all(folder: "UPath", paths: list[str]) -> None:
    if paths:
        folder.fs.rm(paths)


def _content(found: bytes | Exception) -> bytes | None:
    if isinstance(found, FileNotFoundError):
        return None
    if isinstance(found, Exception):
        raise found
    return found
