"""Storage on a local disk: temporary names, renames, hard links and file locks."""

import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.errors import HeldLockError, UserError
from screenalytics_resources.plain_text import printable
from screenalytics_resources.storage.holder import described, this_process
from screenalytics_resources.storage.place import Entry, Fence, local_path

if TYPE_CHECKING:
    from upath import UPath

_TEMPORARY = ".partial-"


class LocalDisk:
    """`Place` on a disk of this machine."""

    def write(self, path: "UPath", content: bytes, durable: bool = True, private: bool = False) -> None:
        target = local_path(path)
        _make_folders(target.parent, 0o700 if private else 0o777)
        with _temporary(target) as temporary, os.fdopen(_create(temporary, private), "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())

    def write_new(self, path: "UPath", content: bytes) -> None:
        if local_path(path).exists():  # the lock excludes other writers
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        self.write(path, content)

    def read_all(self, paths: Sequence["UPath"]) -> list[bytes | None]:
        return [_read(local_path(path)) for path in paths]

    def read_ends(self, path: "UPath", head: int, tail: int) -> tuple[bytes, bytes] | None:
        try:
            descriptor = os.open(local_path(path), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            size = os.fstat(descriptor).st_size
            return os.pread(descriptor, head, 0), os.pread(descriptor, tail, max(0, size - tail))
        finally:
            os.close(descriptor)

    def import_file(self, source: Path, target: "UPath") -> None:
        with _temporary(local_path(target)) as temporary:
            try:
                os.link(source.resolve(), temporary)
            except OSError:  # on another disk, or the file system has no hard links
                shutil.copyfile(source, temporary)

    def link(self, source: "UPath", target: "UPath") -> None:
        new = local_path(target)
        new.parent.mkdir(parents=True, exist_ok=True)
        new.hardlink_to(local_path(source))

    def move(self, source: "UPath", target: "UPath") -> None:
        new = local_path(target)
        new.parent.mkdir(parents=True, exist_ok=True)
        local_path(source).replace(new)

    def move_new(self, source: "UPath", target: "UPath") -> None:
        old, new = local_path(source), local_path(target)
        new.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(old, new, follow_symlinks=False)  # fails if the name exists, which a rename does not
        except FileExistsError:
            raise
        except OSError:  # the file system has no hard links
            if os.path.lexists(new):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new)) from None
            old.rename(new)
        else:
            old.unlink()

    def is_same_content(self, one: "UPath", other: "UPath") -> bool:
        first, second = local_path(one), local_path(other)
        if first.stat().st_size != second.stat().st_size:
            return False
        return first.samefile(second) or file_sha256(first) == file_sha256(second)

    def remove(self, path: "UPath") -> None:
        local_path(path).unlink(missing_ok=True)

    def remove_folder(self, folder: "UPath") -> None:
        _remove_tree(local_path(folder))

    def entries(self, folder: "UPath") -> list[Entry]:
        local = local_path(folder)
        if not local.is_dir():
            return []
        with os.scandir(local) as items:
            entries = [entry for item in items if (entry := _entry(item)) is not None]
        return sorted(entries, key=lambda entry: entry.name)

    def remove_empty_folders(self, folder: "UPath", root: "UPath") -> list["UPath"]:
        local, base = local_path(folder), local_path(root)
        subfolders = sorted((path for path in local.rglob("*") if _is_folder(path)), reverse=True)
        parents = [path for path in local.parents if path != base and path.is_relative_to(base)]
        removed = []
        for path in (*subfolders, local, *parents):
            if _is_folder(path) and not any(path.iterdir()):
                path.rmdir()
                removed.append(root / path.relative_to(base).as_posix())
        return removed

    def files(self, folder: "UPath") -> list["UPath"]:
        base = local_path(folder)
        return [folder / path.relative_to(base).as_posix() for path in sorted(base.rglob("*")) if path.is_file()]

    def sync_names(self, folders: Iterable["UPath"]) -> None:
        for folder in folders:
            descriptor = os.open(local_path(folder), os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    @contextmanager
    def staged_folder(self, target: "UPath") -> Iterator[Path]:
        local = local_path(target)
        _remove_staged(local.parent, local.name)
        staging = local.parent / f"{_TEMPORARY}{local.name}-{secrets.token_hex(4)}"
        staging.mkdir(parents=True)
        try:
            yield staging
            _swap(staging, local)
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def remove_leftovers(self, folder: "UPath") -> None:
        for leftover in local_path(folder).glob(f"{_TEMPORARY}*"):
            if leftover.is_file():
                leftover.unlink()

    @contextmanager
    def local_file(self, path: "UPath") -> Iterator[Path]:
        yield local_path(path)

    @contextmanager
    def lock(self, path: "UPath", name: str) -> Iterator[None]:
        descriptor = _lock(local_path(path), name)
        try:
            yield
        finally:
            os.close(descriptor)

    def fence(self, lock: "UPath") -> Fence:
        return _NoFence()


class _NoFence:
    """`Fence` of a lock that the operating system guarantees until its holder ends."""

    token = None

    def is_stale(self, token: int | None) -> bool:
        return False

    def confirm(self) -> None:
        """Do nothing: the lock is held."""

    def settle(self) -> None:
        """Do nothing: no earlier holder writes any more."""


def _entry(item: os.DirEntry[str]) -> Entry | None:
    """Return an item of a folder as an entry. A link that leads nowhere is an empty file, so that it can be named.

    Returns None if the item is gone by now, such as a running writer's temporary file.
    """
    try:
        if item.is_dir():
            return Entry(item.name, True, 0, 0)
        state = item.stat()
    except OSError as error:
        if item.is_symlink():
            return Entry(item.name, False, 0, 0)
        if error.errno == errno.ENOENT:
            return None
        raise
    return Entry(item.name, False, state.st_size, state.st_mtime_ns)


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _create(path: Path, private: bool) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600 if private else 0o666)


def _make_folders(folder: Path, mode: int) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=mode, exist_ok=True)


@contextmanager
def _temporary(target: Path) -> Iterator[Path]:
    """Yield a temporary path next to `target` that is renamed to `target` when the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f"{_TEMPORARY}{target.name}-{secrets.token_hex(4)}"
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _swap(staging: Path, target: Path) -> None:
    """Replace `target` with `staging`. The old folder is removed only after the new one is in place."""
    old = target.parent / f"{_TEMPORARY}old-{target.name}-{secrets.token_hex(4)}"
    if target.exists():
        target.rename(old)
    try:
        staging.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    _remove_tree(old)


def _remove_tree(path: Path) -> None:
    """Remove a folder with its content, or a link to one without following it."""
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def _remove_staged(folder: Path, name: str) -> None:
    """Remove what killed writers of `name` left in `folder`. Renames an old folder back if no new one replaced it."""
    for old in folder.glob(f"{_TEMPORARY}old-{name}-*"):
        if (folder / name).exists():
            _remove_tree(old)
        else:
            old.rename(folder / name)
    for leftover in folder.glob(f"{_TEMPORARY}{name}-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _lock(path: Path, name: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise UserError(f"The lock {printable(str(path))} is a link, so it was not used: remove it.") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 300).decode(errors="replace").strip() or "pid unknown"
        os.close(descriptor)
        raise HeldLockError(
            f"{name} is being worked on by another process ({holder}): wait for it, or stop it first."
        ) from None
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"{described(this_process())}\n".encode())
    return descriptor
