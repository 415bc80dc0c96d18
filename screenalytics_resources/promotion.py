"""Promotion: a set of files of an episode is replaced all or none, and the last sets are kept.

The new files are staged beside the old ones. One journal, written in one atomic step, is the moment at which the
new set counts: a process that is killed before it leaves the old set, and whatever was staged is thrown away; one
that is killed after it leaves a journal that `recover` carries out. Both are done again from any point as often as
needed. Call everything here with the episode's lock held.

```
promotions/{ep_id}/journal.json        only while a promotion is under way
promotions/{ep_id}/staged-{id}/...     the new files, laid out as below the data root
promotions/{ep_id}/backup-{id}/...     the sets that were replaced, the last KEPT of them; whole with a journal
```
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from upath import UPath

KEPT = 5
"""Sets that were replaced and can be brought back."""
_JOURNAL = "journal.json"
_STAGED = "staged-"
_BACKUP = "backup-"


class Journal(BaseModel):
    """A promotion that counts: what it puts in place, and what it was."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    promotion_id: str
    kind: Literal["cleanup", "restore"]
    files: tuple[str, ...]
    """Paths below the data root that the new set has."""
    removed: tuple[str, ...]
    """Those that only the old set has."""
    artifacts: tuple[str, ...]
    """Assets whose files change."""
    promoted_at: datetime


@dataclass(frozen=True)
class Backup:
    """A set that was replaced; number 1 is the last one."""

    number: int
    folder: "UPath"
    replaced_by: Journal


@contextmanager
def staging(store: ArtifactStore, ep_id: str) -> Iterator["Staged"]:
    """Yield a store of its own for the new files; what is not promoted when the block ends is thrown away.

    One promotion at a time: what an earlier one left unfinished is finished or undone first.
    """
    recover(store, ep_id)
    promotion_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
    folder = _folder(store, ep_id)
    try:
        yield Staged(store, ep_id, promotion_id, ArtifactStore(str(folder / f"{_STAGED}{promotion_id}")))
    finally:
        if not (folder / _JOURNAL).exists():
            for left in (f"{_STAGED}{promotion_id}", f"{_BACKUP}{promotion_id}"):
                if not (folder / left / _JOURNAL).exists():
                    store.place.remove_folder(folder / left)


@dataclass(frozen=True)
class Staged:
    """New files of one episode, not yet in place."""

    target: ArtifactStore
    ep_id: str
    promotion_id: str
    files: ArtifactStore
    """Store that the new files are written to."""

    def take(self, path: str) -> None:
        """Stage what stands at `path` below the data root, if anything does: it stays as it is."""
        if (self.target.base / path).exists():
            self.target.place.link(self.target.base / path, self.files.base / path)

    def promote(
        self, kind: Literal["cleanup", "restore"], artifacts: Sequence[str], together: Sequence[str]
    ) -> Journal:
        """Put the staged files in the place of the old ones, all or none, and keep the old ones.

        `together` are the paths below the data root that make up the set: each becomes what is staged for it, or is
        removed where nothing is.

        Raises:
            OSError: nothing has changed if the disk is full before the journal stands; after that the next
                `recover` goes on, which needs no room.
        """
        new, old, place = self.files.base, self.target.base, self.target.place
        folder = _folder(self.target, self.ep_id)
        backup = folder / f"{_BACKUP}{self.promotion_id}"
        staged = {path for path in together if (new / path).exists()}
        replaced = {path for path in together if (old / path).exists()}
        for path in sorted(replaced):
            place.link(old / path, backup / path)
        journal = Journal(
            promotion_id=self.promotion_id,
            kind=kind,
            files=tuple(path for path in together if path in staged),
            removed=tuple(path for path in together if path in replaced - staged),
            artifacts=tuple(artifacts),
            promoted_at=datetime.now(UTC),
        )
        _settle(self.target, [*(new / path for path in staged), *(backup / path for path in replaced)])
        place.write(folder / _JOURNAL, journal.model_dump_json(indent=1).encode())
        _settle(self.target, [folder / _JOURNAL])
        _carry_out(self.target, folder, journal)
        return journal


def recover(store: ArtifactStore, ep_id: str) -> Journal | None:
    """Finish or undo what a killed process left of a promotion; the journal that was carried out, if any."""
    folder = _folder(store, ep_id)
    found = [entry.name for entry in store.place.entries(folder)]
    journal = _journal(store, folder) if _JOURNAL in found else None
    if journal is not None:
        _carry_out(store, folder, journal)
    unfinished = [name for name in found if name.startswith(_BACKUP) and not (folder / name / _JOURNAL).exists()]
    for leftover in (*unfinished, *(name for name in found if name.startswith(_STAGED))):
        store.place.remove_folder(folder / leftover)
    store.place.remove_leftovers(folder)
    return journal


def is_under_way(store: ArtifactStore, ep_id: str) -> bool:
    """Whether a promotion counts that is not yet carried out: the episode's files are of two sets."""
    return (_folder(store, ep_id) / _JOURNAL).exists()


def backups(store: ArtifactStore, ep_id: str) -> list[Backup]:
    """The sets that can be brought back, the last replaced one first."""
    folders = _backup_folders(store, _folder(store, ep_id))
    found = [(folder, _read_journal(folder / _JOURNAL)) for folder in folders]
    whole = [(folder, journal) for folder, journal in found if journal is not None]
    return [Backup(number, folder, journal) for number, (folder, journal) in enumerate(whole, start=1)]


def stage_backup(staged: Staged, number: int) -> Backup:
    """Stage the set with this number; raises `UserError` where there is none."""
    found = backups(staged.target, staged.ep_id)
    if not 1 <= number <= len(found):
        there = f"there are {len(found)}, and 1 is the last" if found else "there is none"
        raise UserError(f"{staged.ep_id} has no replaced set number {number} to bring back: {there}.")
    backup = found[number - 1]
    place = staged.target.place
    for path in place.files(backup.folder):
        if path.name != _JOURNAL:
            place.link(path, staged.files.base / path.relative_to(backup.folder).as_posix())
    return backup


def _carry_out(store: ArtifactStore, folder: "UPath", journal: Journal) -> None:
    """Put what the journal says in place; may be called again after it was killed at any point."""
    root, place = store.base, store.place
    staged = folder / f"{_STAGED}{journal.promotion_id}"
    for path in journal.files:
        if (staged / path).exists():
            place.move(staged / path, root / path)
    for path in journal.removed:
        place.remove(root / path)
    place.settle({(root / path).parent for path in (*journal.files, *journal.removed)})
    kept = folder / f"{_BACKUP}{journal.promotion_id}" / _JOURNAL
    if not kept.exists():
        place.link(folder / _JOURNAL, kept)
    place.remove_folder(staged)
    for old in _backup_folders(store, folder)[KEPT:]:
        place.remove_folder(old)
    place.remove(folder / _JOURNAL)


def _settle(store: ArtifactStore, files: Sequence["UPath"]) -> None:
    """Wait until the disk has these names: a rename that a power cut undoes is no promise."""
    folders = {parent for file in files for parent in file.parents if parent.is_relative_to(store.base)}
    store.place.settle(sorted(folders, key=str))


def _backup_folders(store: ArtifactStore, folder: "UPath") -> list["UPath"]:
    names = [entry.name for entry in store.place.entries(folder) if entry.name.startswith(_BACKUP)]
    return [folder / name for name in sorted(names, reverse=True)]


def _journal(store: ArtifactStore, folder: "UPath") -> Journal:
    journal = _read_journal(folder / _JOURNAL)
    if journal is None:
        raise UserError(
            f"{store.relative(folder / _JOURNAL)} is damaged, so it cannot be told which set of artifacts counts: "
            f"take the newest whole folder {_STAGED}* or {_BACKUP}* beside it, copy it over the data root, and "
            f"remove the file."
        )
    return journal


def _read_journal(path: "UPath") -> Journal | None:
    try:
        return Journal.model_validate(json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError, ValidationError):
        return None


def _folder(store: ArtifactStore, ep_id: str) -> "UPath":
    return store.path("promotions", ep_id)
