"""Tests of sets of files that are replaced all or none: backups, full disks, and SIGKILL at each point."""

import errno
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, NoReturn

import pytest

from screenalytics_resources.artifact_store import ArtifactStore, local_path
from screenalytics_resources.errors import UserError
from screenalytics_resources.promotion import (
    KEPT,
    Journal,
    backups,
    is_under_way,
    recover,
    stage_backup,
    staging,
)
from screenalytics_resources.storage.local_disk import LocalDisk
from tests.killed import die_at

EP = "demo-s01e01"
REPLACED = f"manifests/{EP}/tracks.jsonl"
DROPPED = f"manifests/{EP}/identities.json"
ADDED = f"embeds/{EP}/faces.npy"
SAME = f"manifests/{EP}/faces.jsonl"
SET_PATHS = (REPLACED, DROPPED, ADDED, SAME)
OLD = {REPLACED: "old tracks", DROPPED: "old identities", SAME: "same faces"}
NEW = {REPLACED: "new tracks", ADDED: "new vectors", SAME: "same faces"}
BYSTANDER = f"manifests/{EP}/track_reps.jsonl"
"""File of the episode that does not belong to the set."""


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    """Data root with the old set and one other file."""
    return old_set(tmp_path / "data")


def old_set(root: Path) -> ArtifactStore:
    write_files(root, OLD | {BYSTANDER: "representatives"})
    return ArtifactStore(str(root))


def write_files(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


def content(root: Path) -> dict[str, str]:
    """Return the text of each file below `root`, by path."""
    return {
        str(p.relative_to(root)): p.read_text(encoding="utf-8", errors="replace")
        for p in root.rglob("*")
        if p.is_file()
    }


def current(store: ArtifactStore) -> dict[str, str]:
    """Return the files of the set that are in the data root."""
    return {path: text for path, text in content(Path(store.root)).items() if path in SET_PATHS}


def kept(store: ArtifactStore) -> list[dict[str, str]]:
    """Return the sets that can be restored, newest first."""
    sets = [content(backup.folder) for backup in backups(store, EP)]
    return [{path: text for path, text in files.items() if path != "journal.json"} for files in sets]


def room(store: ArtifactStore) -> Path:
    return Path(store.root) / "promotions" / EP


def unfinished(store: ArtifactStore) -> list[str]:
    """Return the names that exist only during a promotion."""
    return sorted(path.name for path in room(store).glob("*") if not (path / "journal.json").exists())


def promote(store: ArtifactStore, files: Mapping[str, str]) -> Journal:
    """Promote `files`. Unchanged files are hard-linked, as a cleanup does."""
    with staging(store, EP) as staged:
        stage(store, Path(staged.files.root), files)
        return staged.promote("cleanup", ["tracks"], SET_PATHS)


def stage(store: ArtifactStore, base: Path, files: Mapping[str, str]) -> None:
    existing = current(store)
    write_files(base, {path: text for path, text in files.items() if existing.get(path) != text})
    for path in (path for path, text in files.items() if existing.get(path) == text):
        (base / path).parent.mkdir(parents=True, exist_ok=True)
        os.link(Path(store.root) / path, base / path)


def restore(store: ArtifactStore, number: int) -> Journal:
    with staging(store, EP) as staged:
        stage_backup(staged, number)
        return staged.promote("restore", ["tracks"], SET_PATHS)


def leave_journal(store: ArtifactStore) -> None:
    """Leave `store` in the state after a process was killed directly after it wrote its journal."""
    replace = os.replace

    def dying(source: Any, target: Any, **parameters: Any) -> None:
        replace(source, target, **parameters)
        if Path(target).name == "journal.json":
            os.kill(os.getpid(), signal.SIGKILL)

    def work() -> None:
        setattr(os, "replace", dying)  # noqa: B010 - in a separate child that dies with it
        promote(store, NEW)

    assert not die_at(0, work)
    assert is_under_way(store, EP)


def test_only_the_set_is_replaced(store: ArtifactStore) -> None:
    journal = promote(store, NEW)
    assert current(store) == NEW
    assert (Path(store.root) / BYSTANDER).read_text() == "representatives"
    assert kept(store) == [OLD]
    assert unfinished(store) == []
    assert set(journal.files) == NEW.keys()
    assert journal.removed == (DROPPED,)
    assert journal.artifacts == ("tracks",)


def test_staged_files_without_a_promotion_are_discarded(store: ArtifactStore) -> None:
    before = content(Path(store.root))
    with pytest.raises(RuntimeError, match="changed its mind"), staging(store, EP) as staged:
        stage(store, Path(staged.files.root), NEW)
        raise RuntimeError("changed its mind")
    assert content(Path(store.root)) == before
    assert unfinished(store) == []


def test_the_last_sets_are_kept_newest_first(store: ArtifactStore) -> None:
    """Several promotions happen within one second, so a clock of whole seconds could not order them."""
    sets = [OLD, *({REPLACED: f"tracks {n}"} for n in range(KEPT + 4))]
    for files in sets[1:]:
        promote(store, files)
    assert current(store) == sets[-1]
    assert kept(store) == sets[-2 : -2 - KEPT : -1]
    available = backups(store, EP)
    assert [backup.number for backup in available] == [1, 2, 3, 4, 5]
    times = [backup.replaced_by.promoted_at for backup in available]
    assert times == sorted(times, reverse=True)
    assert len(list(room(store).iterdir())) == KEPT


@pytest.mark.parametrize("number", [pytest.param(1, id="the newest"), pytest.param(3, id="an older one")])
def test_a_set_is_restored_and_the_restore_is_undone(store: ArtifactStore, number: int) -> None:
    sets = [OLD, {REPLACED: "tracks 1"}, {ADDED: "vectors 2"}, NEW]
    for files in sets[1:]:
        promote(store, files)
    assert restore(store, number).kind == "restore"
    assert current(store) == sets[-1 - number]
    assert kept(store) == sets[::-1]
    restore(store, 1)
    assert current(store) == NEW
    assert kept(store) == [sets[-1 - number], *sets[::-1]]
    assert unfinished(store) == []


def test_the_oldest_kept_set_can_be_restored(store: ArtifactStore) -> None:
    """The restore drops it from the kept sets, but only after it is in place."""
    for n in range(KEPT):
        promote(store, {REPLACED: f"tracks {n}"})
    restore(store, KEPT)
    assert current(store) == OLD
    assert kept(store) == [{REPLACED: f"tracks {n}"} for n in reversed(range(KEPT))]


@pytest.mark.parametrize(
    ("promotions", "number", "words"),
    [
        pytest.param(0, 1, "number 1 to restore: no set has been replaced yet", id="none yet"),
        pytest.param(2, 3, r"number 3 to restore: choose 1 \(the newest\) to 2", id="beyond the oldest"),
        pytest.param(2, 0, "number 0 to restore", id="zero"),
        pytest.param(2, -1, "number -1 to restore", id="negative"),
    ],
)
def test_a_missing_set(store: ArtifactStore, promotions: int, number: int, words: str) -> None:
    for n in range(promotions):
        promote(store, {REPLACED: f"tracks {n}"})
    before = content(Path(store.root))
    with pytest.raises(UserError, match=words):
        restore(store, number)
    assert content(Path(store.root)) == before


def nothing(store: ArtifactStore) -> None:
    pass


def empty_folder(store: ArtifactStore) -> None:
    room(store).mkdir(parents=True)


def staged_leftovers(store: ArtifactStore) -> None:
    write_files(room(store) / "staged-20260101T000000-aaaa", NEW)


def partial_backup(store: ArtifactStore) -> None:
    write_files(room(store) / "backup-20260101T000000-aaaa", OLD)


def half_written_journal(store: ArtifactStore) -> None:
    staged_leftovers(store)
    partial_backup(store)
    write_files(room(store), {".partial-journal.json-bbbb": '{"promotion_id'})


@pytest.mark.parametrize("prepare", [nothing, empty_folder, staged_leftovers, partial_backup, half_written_journal])
def test_without_a_journal_the_old_set_stays(store: ArtifactStore, prepare: Callable[[ArtifactStore], None]) -> None:
    prepare(store)
    assert recover(store, EP) is None
    assert current(store) == OLD
    assert kept(store) == []
    assert unfinished(store) == []


@pytest.mark.parametrize(
    ("moved", "removed"),
    [
        pytest.param([], False, id="nothing moved yet"),
        pytest.param([REPLACED], False, id="some moved"),
        pytest.param([ADDED, REPLACED, SAME], False, id="all moved"),
        pytest.param([ADDED, REPLACED, SAME], True, id="all moved and the old file removed"),
    ],
)
def test_with_a_journal_the_new_set_is_finished(store: ArtifactStore, moved: list[str], removed: bool) -> None:
    leave_journal(store)
    (staged,) = room(store).glob("staged-*")
    for path in moved:
        (Path(store.root) / path).parent.mkdir(parents=True, exist_ok=True)
        (staged / path).replace(Path(store.root) / path)
    if removed:
        (Path(store.root) / DROPPED).unlink()
    journal = recover(store, EP)
    assert journal is not None
    assert journal.kind == "cleanup"
    assert current(store) == NEW
    assert kept(store) == [OLD]
    assert unfinished(store) == []
    assert not is_under_way(store, EP)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"promotion_id": "x", "fil', id="truncated"),
        pytest.param("[]", id="not an object"),
        pytest.param('{"promotion_id": "x", "kind": "cleanup"}', id="fields missing"),
    ],
)
def test_a_damaged_journal_is_reported_and_no_file_is_removed(store: ArtifactStore, text: str) -> None:
    leave_journal(store)
    (room(store) / "journal.json").write_text(text)
    before = content(Path(store.root))
    with pytest.raises(UserError, match=rf"promotions/{EP}/journal.json is damaged, so it is unknown which set"):
        recover(store, EP)
    assert content(Path(store.root)) == before


@pytest.mark.parametrize("call", ["hardlink_to", "write"])
def test_a_full_disk_before_the_journal_changes_nothing(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = content(Path(store.root))
    monkeypatch.setattr(Path if call == "hardlink_to" else LocalDisk, call, full)
    with pytest.raises(OSError, match="No space left"):
        promote(store, NEW)
    assert content(Path(store.root)) == before
    assert unfinished(store) == []


@pytest.fixture(params=["size=256k", "size=1m,nr_inodes=40"], ids=["bytes run out", "inodes run out"])
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Real file system with little space. Only root may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", request.param, "tmpfs", str(disk)]
    if shutil.which("mount") is None:
        pytest.skip("needs the command mount")
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        pytest.skip(f"mounting a tmpfs is not permitted: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def fill(disk: Path) -> None:
    """Use up all bytes or all inodes, whichever run out first."""
    try:
        for n in range(1000):
            (disk / f"filler-{n}").write_bytes(b"x" * 4096)
    except OSError as error:
        assert error.errno == errno.ENOSPC
        return
    raise AssertionError("the disk did not fill up")


def test_a_real_full_disk_before_the_journal(small_disk: Path) -> None:
    store = old_set(small_disk / "data")
    with pytest.raises(OSError, match="No space left"), staging(store, EP) as staged:
        stage(store, Path(staged.files.root), NEW)
        fill(small_disk)
        staged.promote("cleanup", ["tracks"], SET_PATHS)
    assert current(store) == OLD
    assert kept(store) == []
    assert unfinished(store) == []
    for filler in small_disk.glob("filler-*"):
        filler.unlink()
    promote(store, NEW)
    assert current(store) == NEW


@pytest.mark.parametrize("small_disk", ["size=256k"], indirect=True, ids=["bytes run out"])
def test_a_written_journal_is_finished_on_a_full_disk(small_disk: Path) -> None:
    store = old_set(small_disk / "data")
    leave_journal(store)
    fill(small_disk)
    recover(store, EP)
    assert current(store) == NEW
    assert kept(store) == [OLD]
    assert unfinished(store) == []


def break_second_replace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the disk fail at the second file that is moved into place."""
    replace, moved = os.replace, []

    def failing(source: Any, target: Any) -> None:
        moved.append(target)
        if len(moved) == 3:  # the journal was the first
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)


@pytest.mark.parametrize("then", ["recover", "promote"])
def test_a_promotion_that_fails_after_its_journal_is_finished_first(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, then: Literal["recover", "promote"]
) -> None:
    """Also if the same process, which still holds the lock, promotes the next set without calling `recover`."""
    with monkeypatch.context() as patch:
        break_second_replace(patch)
        with pytest.raises(OSError, match="Input/output error"):
            promote(store, NEW)
    assert is_under_way(store, EP)
    if then == "recover":
        recover(store, EP)
        assert current(store) == NEW
        assert kept(store) == [OLD]
    else:
        promote(store, {REPLACED: "newer tracks"})
        assert current(store) == {REPLACED: "newer tracks"}
        assert kept(store) == [NEW, OLD]
    assert unfinished(store) == []


def all_sets_kept(store: ArtifactStore) -> None:
    """Keep `KEPT` sets and put the old set in place again."""
    for files in [*({REPLACED: f"tracks {n}"} for n in range(KEPT)), OLD]:
        promote(store, files)


def one_kept(store: ArtifactStore) -> None:
    """Replace the new set with the old one, so that it can be restored."""
    promote(store, NEW)
    promote(store, OLD)


Work = Callable[[ArtifactStore], object]


@pytest.mark.parametrize(
    ("prepare", "work"),
    [
        pytest.param(nothing, partial(promote, files=NEW), id="the first promotion"),
        pytest.param(all_sets_kept, partial(promote, files=NEW), id="a promotion that drops a kept set"),
        pytest.param(one_kept, partial(restore, number=1), id="a restore"),
    ],
)
def test_a_promotion_killed_at_each_point(tmp_path: Path, prepare: Work, work: Work) -> None:
    """The set is completely old or completely new with matching backups, and the old set never returns."""
    prepare(old_set(tmp_path / "original"))
    before = kept(ArtifactStore(str(tmp_path / "original")))
    decisions: list[bool] = []
    finished = False
    while not finished:
        store = ArtifactStore(str(shutil.copytree(tmp_path / "original", tmp_path / f"killed-{len(decisions)}")))
        finished = die_at(len(decisions) + 1, partial(work, store))
        is_decided = is_under_way(store, EP) or current(store) == NEW
        recover(store, EP)
        assert current(store) == (NEW if is_decided else OLD)
        assert kept(store) == ([OLD, *before][:KEPT] if is_decided else before)
        assert unfinished(store) == []
        recovered = content(Path(store.root))
        assert recover(store, EP) is None
        assert content(Path(store.root)) == recovered
        assert recovered[BYSTANDER] == "representatives"
        decisions.append(is_decided)
    assert decisions == sorted(decisions)
    assert min(decisions.count(True), decisions.count(False)) > 10


def test_a_recovery_killed_at_each_point(tmp_path: Path) -> None:
    all_sets_kept(old_set(tmp_path / "original"))
    leave_journal(ArtifactStore(str(tmp_path / "original")))
    finished, deaths = False, 0
    while not finished:
        store = ArtifactStore(str(shutil.copytree(tmp_path / "original", tmp_path / f"killed-{deaths}")))
        finished = die_at(deaths + 1, partial(recover, store, EP))
        deaths += not finished
        recover(store, EP)
        assert current(store) == NEW
        assert kept(store)[0] == OLD
        assert len(kept(store)) == KEPT
        assert unfinished(store) == []
    assert deaths > 10


def test_files_of_the_journal_are_on_the_disk_before_it(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders reach the disk in an order that leaves either set complete after a power failure at any moment."""
    log: list[tuple[str, Path]] = []

    def logged(name: str, call: Callable[..., None], *arguments: Any, **parameters: Any) -> None:
        call(*arguments, **parameters)
        place = arguments[-1]
        log.append((name, Path(f"/proc/self/fd/{place}").readlink() if name == "fsync" else Path(place)))

    for name in ("fsync", "replace", "unlink"):
        monkeypatch.setattr(os, name, partial(logged, name, getattr(os, name)))
    journal = promote(store, NEW)
    monkeypatch.undo()
    root, folder = Path(store.root), room(store)
    staged, backup = (folder / f"{prefix}{journal.promotion_id}" for prefix in ("staged-", "backup-"))
    written, removed = log.index(("replace", folder / "journal.json")), log.index(("unlink", folder / "journal.json"))
    first = min(log.index(("replace", root / path)) for path in NEW)
    moved = max(log.index(("replace", root / path)) for path in NEW)
    before, between, after = (
        {place for name, place in part if name == "fsync"}
        for part in (log[:written], log[written:first], log[moved:removed])
    )
    required = {base / Path(path).parent for base, files in ((staged, NEW), (backup, OLD)) for path in files}
    assert required | {folder, folder.parent, root} <= before
    assert folder in between
    assert {(root / path).parent for path in (*NEW, DROPPED)} <= after


DAMAGE: dict[str, Callable[[Path], object]] = {
    "not UTF-8": lambda journal: journal.write_bytes(b"\xff"),
    "truncated": lambda journal: journal.write_bytes(journal.read_bytes()[:20]),
    "nested deeply": lambda journal: journal.write_bytes(b"[" * 100_000),
    "a folder": lambda journal: (journal.unlink(), journal.mkdir()),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_kept_set_is_named_and_the_others_keep_their_numbers(
    store: ArtifactStore, damage: Callable[[Path], object]
) -> None:
    for n in range(3):
        promote(store, {REPLACED: f"tracks {n}"})
    damage(local_path(backups(store, EP)[1].folder) / "journal.json")
    assert [backup.number for backup in backups(store, EP)] == [1, 3]
    with pytest.raises(
        UserError, match=rf"Set 2 of {EP} cannot be restored: promotions/{EP}/.*journal.json is damaged"
    ):
        restore(store, 2)
    restore(store, 3)
    assert current(store) == OLD
