"""Promotion: replaces a set of files of an episode all or none, and keeps the last replaced sets.

The new files are staged next to the old ones. Writing the journal is one atomic step and decides which set is valid. A
process that is killed before it leaves the old set, and the staged files are discarded. A process that is killed after
it leaves a journal that `recover` applies. Both can be repeated from any point. The caller of each function here must
hold the episode's lock. A process can lose a lock in object storage without noticing. Its journal has a token, by which
later holders recognise that it came too late, and discard it.

```
promotions/{ep_id}/journal.json        exists only during a promotion
promotions/{ep_id}/staged-{id}/...     the new files, laid out as below the data root
promotions/{ep_id}/backup-{id}/...     the last KEPT replaced sets; complete if it contains a journal
```

A set that decisions of people replace is not kept: its decision log takes them back, and it would push out a set that
only a restore brings back.
"""

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import printable
from screenalytics_resources.text_formats import parse_json
from screenalytics_resources.transient import is_transient

if TYPE_CHECKING:
    from upath import UPath

    from screenalytics_resources.storage.place import Fence

KEPT = 5
"""Number of replaced sets that can be restored."""
_JOURNAL = "journal.json"
_STAGED = "staged-"
_BACKUP = "backup-"
_ROOMS = ("manifests", "embeds", "frames")
"""Folders of the data root that hold the files of a set."""


PromotionKind = Literal["cleanup", "restore", "decisions"]


class Journal(BaseModel):
    """Promotion that has been decided: the files it replaces, its kind and its time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    promotion_id: str = Field(pattern=r"^[0-9A-Za-z-]+$", description="part of folder names")
    kind: PromotionKind
    files: tuple[str, ...]
    """Paths below the data root of the files in the new set."""
    removed: tuple[str, ...]
    """Paths of the files that only the old set has."""
    artifacts: tuple[str, ...]
    """Assets whose files change."""
    promoted_at: datetime
    token: int | None = None
    """Token of the lock under which it was decided; see `Fence`. Absent on a disk."""

    @property
    def keeps_replaced(self) -> bool:
        """Whether the replaced set becomes a backup."""
        return self.kind != "decisions"


@dataclass(frozen=True)
class Backup:
    """Replaced set. Number 1 is the newest."""

    number: int
    files: ArtifactStore
    """Store of the replaced files."""
    replaced_by: Journal

    @property
    def folder(self) -> "UPath":
        return self.files.base


@contextmanager
def staging(store: ArtifactStore, ep_id: str) -> Iterator["Staged"]:
    """Yield a separate store for the new files. Discards them if they are not promoted when the block ends.

    Finishes or undoes an earlier unfinished promotion first.
    """
    recover(store, ep_id)
    promotion_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
    folder = _promotions_folder(store, ep_id)
    try:
        yield Staged(store, ep_id, promotion_id, store.nested(folder / f"{_STAGED}{promotion_id}"))
    finally:
        if not (folder / _JOURNAL).exists():
            for leftover in (f"{_STAGED}{promotion_id}", f"{_BACKUP}{promotion_id}"):
                if not (folder / leftover / _JOURNAL).exists():
                    store.place.remove_folder(folder / leftover)


@dataclass(frozen=True)
class Staged:
    """New files of one episode before their promotion."""

    target: ArtifactStore
    ep_id: str
    promotion_id: str
    files: ArtifactStore
    """Store that the new files are written to."""

    def take(self, path: str) -> None:
        """Stage the current file at `path` below the data root, if it exists, so that the promotion keeps it."""
        if (self.target.base / path).exists():
            self.target.place.link(self.target.base / path, self.files.base / path)

    def promote(self, kind: PromotionKind, artifacts: Sequence[str], set_paths: Sequence[str]) -> Journal:
        """Replace the old files with the staged ones, all or none, and keep the old ones as a backup, if `kind` does.

        `set_paths` are the paths below the data root that make up the set. A staged file replaces the file
        at its path; a path without a staged file is removed.

        Raises:
            OSError: if the disk is full before the journal is written, nothing has changed. After that the next
                `recover` continues, which needs no space.
            UserError: the lock is lost or cannot be confirmed. The next `recover` decides as after a kill.
        """
        fence = _fence(self.target, self.ep_id)
        new, old, place = self.files.base, self.target.base, self.target.place
        folder = _promotions_folder(self.target, self.ep_id)
        backup = folder / f"{_BACKUP}{self.promotion_id}"
        staged = {path for path in set_paths if (new / path).exists()}
        replaced = {path for path in set_paths if (old / path).exists()}
        journal = Journal(
            promotion_id=self.promotion_id,
            kind=kind,
            files=tuple(path for path in set_paths if path in staged),
            removed=tuple(path for path in set_paths if path in replaced - staged),
            artifacts=tuple(artifacts),
            promoted_at=datetime.now(UTC),
            token=fence.token,
        )
        kept = sorted(replaced) if journal.keeps_replaced else []
        for path in kept:
            place.link(old / path, backup / path)
        _sync_parents(self.target, [*(new / path for path in staged), *(backup / path for path in kept)])
        fence.confirm()
        try:
            place.write_new(folder / _JOURNAL, journal.model_dump_json(indent=1, exclude_none=True).encode())
        except FileExistsError:
            raise UserError(
                f"A process that had lost the lock of {self.ep_id} wrote to it at the same time, and nothing has "
                f"changed: run the command again, which discards what that process wrote."
            ) from None
        fence.confirm()  # otherwise the next holder decides by the token what becomes of the journal
        _sync_parents(self.target, [folder / _JOURNAL])
        _apply(self.target, folder, journal)
        return journal


def recover(store: ArtifactStore, ep_id: str) -> Journal | None:
    """Finish or undo the promotion of a killed process. Returns the journal that was applied, or None."""
    folder, fence = _promotions_folder(store, ep_id), _fence(store, ep_id)
    names = [entry.name for entry in store.place.entries(folder)]
    journal = _valid_journal(store, folder) if _JOURNAL in names else None
    if journal is not None and fence.is_stale(journal.token):
        store.place.remove(folder / _JOURNAL)
        journal = None
    if journal is not None:
        _apply(store, folder, journal)
    unfinished = [name for name in names if name.startswith(_BACKUP) and not (folder / name / _JOURNAL).exists()]
    for leftover in (*unfinished, *(name for name in names if name.startswith(_STAGED))):
        store.place.remove_folder(folder / leftover)
    store.place.remove_leftovers(folder)
    fence.settle()
    return journal


def is_under_way(store: ArtifactStore, ep_id: str) -> bool:
    """Return whether a promotion is decided but not applied, so that the episode has files of two sets."""
    path = _promotions_folder(store, ep_id) / _JOURNAL
    if not path.exists():
        return False
    journal = _read_journal(path)
    return journal is None or not _fence(store, ep_id).is_stale(journal.token)


def backups(store: ArtifactStore, ep_id: str) -> list[Backup]:
    """Return the sets that can be restored, newest first. A set with a damaged journal keeps its number."""
    numbered = _numbered_journals(store, ep_id)
    return [
        Backup(number, store.nested(folder), journal) for number, folder, journal in numbered if journal is not None
    ]


def stage_backup(staged: Staged, number: int) -> Backup:
    """Stage the replaced set with this number. Raises `UserError` if it does not exist."""
    numbered = _numbered_journals(staged.target, staged.ep_id)
    if not 1 <= number <= len(numbered):
        choice = f"choose 1 (the newest) to {len(numbered)}" if numbered else "no set has been replaced yet"
        raise UserError(f"{staged.ep_id} has no replaced set number {number} to restore: {choice}.")
    _, folder, journal = numbered[number - 1]
    if journal is None:
        raise UserError(
            f"Set {number} of {staged.ep_id} cannot be restored: {staged.target.relative(folder / _JOURNAL)} is "
            f"damaged. Choose another number, or copy the folder's files over the data root by hand."
        )
    backup = Backup(number, staged.target.nested(folder), journal)
    place = staged.target.place
    for path in place.files(backup.folder):
        if path.name != _JOURNAL:
            place.link(path, staged.files.base / path.relative_to(backup.folder).as_posix())
    return backup


def _numbered_journals(store: ArtifactStore, ep_id: str) -> list[tuple[int, "UPath", Journal | None]]:
    """Return number, folder and journal of each complete set, newest first. The journal is None if it is damaged."""
    folders = _backup_folders(store, _promotions_folder(store, ep_id))
    complete = [folder for folder in folders if (folder / _JOURNAL).exists()]
    return [(number, folder, _read_journal(folder / _JOURNAL)) for number, folder in enumerate(complete, start=1)]


def _apply(store: ArtifactStore, folder: "UPath", journal: Journal) -> None:
    """Move the files of the journal into place. Can be repeated after being killed at any point."""
    root, place = store.base, store.place
    staged = folder / f"{_STAGED}{journal.promotion_id}"
    for path in journal.files:
        if (staged / path).exists():
            place.move(staged / path, root / path)
    for path in journal.removed:
        place.remove(root / path)
    place.sync_names({(root / path).parent for path in (*journal.files, *journal.removed)})
    backup_journal = folder / f"{_BACKUP}{journal.promotion_id}" / _JOURNAL
    if journal.keeps_replaced and not backup_journal.exists():
        place.link(folder / _JOURNAL, backup_journal)
    place.remove_folder(staged)
    for old in _backup_folders(store, folder)[KEPT:]:
        place.remove_folder(old)
    place.remove(folder / _JOURNAL)


def _sync_parents(store: ArtifactStore, files: Sequence["UPath"]) -> None:
    """Wait until the names of these files are on the disk, because a power failure can undo a rename."""
    folders = {parent for file in files for parent in file.parents if parent.is_relative_to(store.base)}
    store.place.sync_names(sorted(folders, key=str))


def _backup_folders(store: ArtifactStore, folder: "UPath") -> list["UPath"]:
    names = [entry.name for entry in store.place.entries(folder) if entry.name.startswith(_BACKUP)]
    return [folder / name for name in sorted(names, reverse=True)]


def _valid_journal(store: ArtifactStore, folder: "UPath") -> Journal:
    journal = _read_journal(folder / _JOURNAL)
    if journal is not None and (stray := _stray_path(journal, folder.name)) is not None:
        raise UserError(
            f"{store.relative(folder / _JOURNAL)} names {printable(stray)!r}, which is not a file of "
            f"{folder.name}, so nothing was changed: restore the journal from a backup, or remove it."
        )
    if journal is None:
        raise UserError(
            f"{store.relative(folder / _JOURNAL)} is damaged, so it is unknown which set of artifacts is valid: copy "
            f"the newest complete folder {_STAGED}* or {_BACKUP}* next to it over the data root, and remove the file."
        )
    return journal


def _stray_path(journal: Journal, ep_id: str) -> str | None:
    """Return the first path in the journal that does not name a file of the episode's artifacts, or None."""
    allowed = re.compile(rf"({'|'.join(_ROOMS)})/{re.escape(ep_id)}(/[^/\0]+)+")
    for path in (*journal.files, *journal.removed):
        if not allowed.fullmatch(path) or {".", ".."} & set(path.split("/")):
            return path
    return None


def _read_journal(path: "UPath") -> Journal | None:
    """Return the journal, or None if it is missing or damaged."""
    try:
        return Journal.model_validate(parse_json(path.read_bytes()))
    except ValueError:  # not UTF-8, no JSON, or not a journal
        return None
    except OSError as error:
        if is_transient(error):
            raise
        return None


def _fence(store: ArtifactStore, ep_id: str) -> "Fence":
    return store.place.fence(store.lock(ep_id))


def _promotions_folder(store: ArtifactStore, ep_id: str) -> "UPath":
    return store.path("promotions", ep_id)
