"""Storage in S3. One request writes one complete object; several objects of one set are written in a safe order."""

import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.storage.lease import LeaseFence, lease
from screenalytics_resources.storage.local_copies import local_copy
from screenalytics_resources.storage.place import INDEX, Entry, Fence
from screenalytics_resources.storage.s3_access import condition_failed, error_code

if TYPE_CHECKING:
    from upath import UPath

_UPLOAD_BATCH = 500
"""Objects per upload call. Their contents are in memory at the same time (crops of about 5 kB each)."""


class ObjectStorage:
    """`Place` in object storage that speaks S3."""

    def write(self, path: "UPath", content: bytes, durable: bool = True, private: bool = False) -> None:
        path.fs.pipe_file(path.path, content)

    def write_new(self, path: "UPath", content: bytes) -> None:
        bucket, key, _ = path.fs.split_path(path.path)
        try:
            path.fs.call_s3("put_object", Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
        except OSError as error:
            if not condition_failed(error):
                raise
            if self.read_all([path]) != [content]:  # otherwise it is an earlier attempt whose answer got lost
                raise FileExistsError(f"{path} exists.") from error

    def read_all(self, paths: Sequence["UPath"]) -> list[bytes | None]:
        if not paths:
            return []
        results = paths[0].fs.cat([path.path for path in paths], on_error="return")
        return [_content(results[path.path]) for path in paths]

    def read_ends(self, path: "UPath", head: int, tail: int) -> tuple[bytes, bytes] | None:
        try:
            first: bytes = path.fs.cat_file(path.path, start=0, end=head)
            if tail == 0:
                return first, b""
            is_complete = len(first) < head
            return first, first[-tail:] if is_complete else path.fs.cat_file(path.path, start=-tail)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error_code(error) != "InvalidRange":
                raise
            return b"", b""  # an empty object has no first byte

    def import_file(self, source: Path, target: "UPath") -> None:
        target.fs.put_file(str(source), target.path)

    def link(self, source: "UPath", target: "UPath") -> None:
        target.fs.cp_file(source.path, target.path)

    def move(self, source: "UPath", target: "UPath") -> None:
        self.link(source, target)
        self.remove(source)

    def move_new(self, source: "UPath", target: "UPath") -> None:
        if target.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        self.move(source, target)

    def is_same_content(self, one: "UPath", other: "UPath") -> bool:
        if one.fs.info(one.path)["size"] != other.fs.info(other.path)["size"]:
            return False
        with self.local_file(one) as first, self.local_file(other) as second:
            return file_sha256(first) == file_sha256(second)

    def remove(self, path: "UPath") -> None:
        bucket, key, _ = path.fs.split_path(path.path)
        path.fs.call_s3("delete_object", Bucket=bucket, Key=key)

    def remove_folder(self, folder: "UPath") -> None:
        _remove_all(folder, [path.path for path in self.files(folder)])

    def entries(self, folder: "UPath") -> list[Entry]:
        try:
            listing = folder.fs.ls(folder.path, detail=True)
        except FileNotFoundError:
            return []
        entries = (_entry(facts) for facts in listing if facts["name"] != folder.path)
        return sorted(entries, key=lambda entry: entry.name)

    def remove_empty_folders(self, folder: "UPath", root: "UPath") -> list["UPath"]:
        return []

    def files(self, folder: "UPath") -> list["UPath"]:
        return [folder / name for name in sorted(_etags(folder))]

    def sync_names(self, folders: Iterable["UPath"]) -> None:
        """Do nothing: S3 answers a request only after it has stored the object."""

    @contextmanager
    def staged_folder(self, target: "UPath") -> Iterator[Path]:
        """See `Place`. The folder has no index while its objects are replaced, so readers see that it is incomplete."""
        with tempfile.TemporaryDirectory(prefix="screenalytics-") as staging:
            yield Path(staging)
            _replace_folder(Path(staging), target)

    def remove_leftovers(self, folder: "UPath") -> None:
        """Do nothing: an incomplete upload does not become an object."""

    def local_file(self, path: "UPath") -> AbstractContextManager[Path]:
        return local_copy(path)

    def lock(self, path: "UPath", name: str) -> AbstractContextManager[Any]:
        return lease(path, name)

    def fence(self, lock: "UPath") -> Fence:
        return LeaseFence(lock)


def _entry(facts: Mapping[str, Any]) -> Entry:
    name = str(facts["name"]).rpartition("/")[2]
    if facts["type"] == "directory":
        return Entry(name, True, 0, 0)
    return Entry(name, False, int(facts["size"]), int(facts["LastModified"].timestamp() * 1e9))


def _replace_folder(new: Path, target: "UPath") -> None:
    """Upload new and changed files, remove stale objects, and write the index last."""
    existing = _etags(target)
    wanted = {path.relative_to(new).as_posix(): path for path in sorted(new.rglob("*")) if path.is_file()}
    changed = [name for name, path in wanted.items() if existing.get(name) != _etag(path)]
    stale = [name for name in existing if name not in wanted]
    if not changed and not stale:
        return
    if INDEX in existing:
        _remove_all(target, [f"{target.path}/{INDEX}"])
    uploads = [name for name in changed if name != INDEX]
    for first in range(0, len(uploads), _UPLOAD_BATCH):
        names = uploads[first : first + _UPLOAD_BATCH]
        target.fs.pipe({f"{target.path}/{name}": wanted[name].read_bytes() for name in names})
    _remove_all(target, [f"{target.path}/{name}" for name in stale if name != INDEX])
    if INDEX in wanted:
        target.fs.pipe_file(f"{target.path}/{INDEX}", wanted[INDEX].read_bytes())


def _etags(folder: "UPath") -> dict[str, str]:
    """Return the ETag of each object below a folder, by its name relative to the folder."""
    objects: dict[str, dict[str, Any]] = folder.fs.find(folder.path, detail=True)
    return {name.removeprefix(f"{folder.path}/"): str(facts.get("ETag", "")) for name, facts in objects.items()}


def _etag(path: Path) -> str:
    """Return the ETag of a file uploaded in one request: its MD5. Never matches with SSE-KMS or SSE-C encryption."""
    return f'"{hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()}"'


def _remove_all(folder: "UPath", paths: list[str]) -> None:
    if paths:
        folder.fs.rm(paths)


def _content(result: bytes | Exception) -> bytes | None:
    if isinstance(result, FileNotFoundError):
        return None
    if isinstance(result, Exception):
        raise result
    return result
