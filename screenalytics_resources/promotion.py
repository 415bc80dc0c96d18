"""Promotion: a set of files of an episode is replaced all or none, and the last sets are kept.

The new files are staged beside the old ones. One journal, written in one atomic step, is the moment at which the
new set counts: a process that is killed before it leaves the old set, and whatever was staged is thrown away; one
that is killed after it leaves a journal that `recover` carries out. Both are done again from any point as often as
needed. Call everything here with the episode's lock held.

```
promotions/{ep_id}/journal.json        only while a promotion is under way
promotions/{ep_id}/staged-{id}/...     the new files, laid out as below the data root
promotions/{ep_id}/backup-{id}/...     the sets that were replaced, the last KEPT of them
```
"""

import json
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from screenalytics_resources.artifact_store import ArtifactStore, local_path, write_atomic
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from upath import UPath

KEPT = 5
"""Sets that were replaced and can be brought back."""
_JOURNAL = "journal.json"
_STAGED = "staged-"
_BACKUP = "backup-"
_UNFINISHED = ".partial-"


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
    folder: Path
    replaced_by: Journal


@contextmanager
def staging(store: ArtifactStore, ep_id: str) -> Iterator["Staged"]:
    """Yield a store of its own for the new files; what is not promoted when the block ends is thrown away.

    One promotion at a time: what an earlier one left unfinished is finished or undone first.
    """
    recover(store, ep_id)
    promotion_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}"
    folder = _folder(store, ep_id) / f"{_STAGED}{promotion_id}"
    folder.mkdir(parents=True)
    try:
        yield Staged(store, ep_id, promotion_id, ArtifactStore(str(folder)))
    finally:
        if not (folder.parent / _JOURNAL).exists():
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(_unfinished_backup(folder.parent, promotion_id), ignore_errors=True)


@dataclass(frozen=True)
class Staged:
    """New files of one episode, not yet in place."""

    target: ArtifactStore
    ep_id: str
    promotion_id: str
    files: ArtifactStore
    """Store that the new files are written to."""

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
        base, root = Path(self.files.root), local_path_of(self.target)
        folder = base.parent
        backup = _unfinished_backup(folder, self.promotion_id)
        _back_up(root, backup, together)
        journal = Journal(
            promotion_id=self.promotion_id,
            kind=kind,
            files=tuple(path for path in together if (base / path).exists()),
            removed=tuple(path for path in together if not (base / path).exists() and (root / path).exists()),
            artifacts=tuple(artifacts),
            promoted_at=datetime.now(UTC),
        )
        for made in (base, backup):
            _sync_folders(made)
        for above in (folder, folder.parent, root):
            _sync(above)
        write_atomic(_upath(folder / _JOURNAL), journal.model_dump_json(indent=1).encode())
        _sync(folder)
        _carry_out(folder, root, journal)
        return journal


def recover(store: ArtifactStore, ep_id: str) -> Journal | None:
    """Finish or undo what a killed process left of a promotion; the journal that was carried out, if any."""
    folder = _folder(store, ep_id)
    if not folder.is_dir():
        return None
    journal = _journal(store, folder)
    if journal is not None:
        _carry_out(folder, local_path_of(store), journal)
    for leftover in (*folder.glob(f"{_STAGED}*"), *folder.glob(f"{_UNFINISHED}*")):
        shutil.rmtree(leftover, ignore_errors=True) if leftover.is_dir() else leftover.unlink(missing_ok=True)
    return journal


def is_under_way(store: ArtifactStore, ep_id: str) -> bool:
    """Whether a promotion counts that is not yet carried out: the episode's files are of two sets."""
    return (_folder(store, ep_id) / _JOURNAL).exists()


def backups(store: ArtifactStore, ep_id: str) -> list[Backup]:
    """The sets that can be brought back, the last replaced one first."""
    folders = sorted(_folder(store, ep_id).glob(f"{_BACKUP}*"), reverse=True)
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
    for path in backup.folder.rglob("*"):
        if path.is_file() and path != backup.folder / _JOURNAL:
            _link(path, Path(staged.files.root) / path.relative_to(backup.folder))
    return backup


def _carry_out(folder: Path, root: Path, journal: Journal) -> None:
    """Put what the journal says in place; may be called again after it was killed at any point."""
    staged = folder / f"{_STAGED}{journal.promotion_id}"
    for path in journal.files:
        if (staged / path).exists():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (staged / path).replace(root / path)
    for path in journal.removed:
        (root / path).unlink(missing_ok=True)
    for parent in {(root / path).parent for path in (*journal.files, *journal.removed)}:
        _sync(parent)
    kept = folder / f"{_BACKUP}{journal.promotion_id}"
    unfinished = _unfinished_backup(folder, journal.promotion_id)
    if unfinished.exists():
        if not (unfinished / _JOURNAL).exists():
            os.link(folder / _JOURNAL, unfinished / _JOURNAL)
        unfinished.rename(kept)
    shutil.rmtree(staged, ignore_errors=True)
    for old in sorted(folder.glob(f"{_BACKUP}*"), reverse=True)[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    (folder / _JOURNAL).unlink(missing_ok=True)


def _unfinished_backup(folder: Path, promotion_id: str) -> Path:
    """The set to be kept, until the new one is in place."""
    return folder / f"{_UNFINISHED}{_BACKUP}{promotion_id}"


def _back_up(root: Path, backup: Path, together: Sequence[str]) -> None:
    backup.mkdir(parents=True)
    for path in together:
        if (root / path).exists():
            _link(root / path, backup / path)


def _link(source: Path, target: Path) -> None:
    """A second name for a file: artifacts are replaced, never written into, so the old content stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.hardlink_to(source)


def _sync_folders(base: Path) -> None:
    for folder in (base, *(path for path in base.rglob("*") if path.is_dir())):
        _sync(folder)


def _sync(folder: Path) -> None:
    """Wait until the disk has the names in a folder: a rename that a power cut undoes is no promise."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _journal(store: ArtifactStore, folder: Path) -> Journal | None:
    path = folder / _JOURNAL
    if not path.exists():
        return None
    journal = _read_journal(path)
    if journal is None:
        raise UserError(
            f"{path.relative_to(local_path_of(store))} is damaged, so it cannot be told which set of artifacts counts: "
            f"take the newest whole folder {_STAGED}* or {_BACKUP}* beside it, copy it over the data root, and "
            f"remove the file."
        )
    return journal


def _read_journal(path: Path) -> Journal | None:
    try:
        return Journal.model_validate(json.loads(path.read_bytes()))
    except (OSError, ValueError, ValidationError):
        return None


def _folder(store: ArtifactStore, ep_id: str) -> Path:
    return local_path(store.path("promotions", ep_id))


def local_path_of(store: ArtifactStore) -> Path:
    """The data root as a local folder."""
    from upath import UPath

    return local_path(UPath(store.root))


def _upath(path: Path) -> "UPath":
    from upath import UPath

    return UPath(path)
