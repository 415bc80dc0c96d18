"""Tests of table writers that are killed at any point, and of readers between their steps."""

import json
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import DamagedArtifactError, load_table
from screenalytics_resources.storage.local_disk import LocalDisk
from tests.killed import die_at
from tests.old_tables import to_old_format
from tests.small_table import (
    EP,
    OLD_FORMAT,
    ROWS,
    SIDE,
    THINGS,
    edit,
    loaded,
    named_seals,
    remove,
    save,
    two_seals,
)

if TYPE_CHECKING:
    from upath import UPath


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "data"))


def nothing(store: ArtifactStore) -> None:
    pass


def new_format(store: ArtifactStore) -> None:
    save(store, "ab")


def old_format(store: ArtifactStore) -> None:
    save(store, "ab")
    to_old_format(store, THINGS, EP)


def killed_before_the_table(store: ArtifactStore) -> None:
    save(store, "ab")
    two_seals("ab")(store)


def killed_after_the_table(store: ArtifactStore) -> None:
    save(store, "qr")
    side = json.loads((Path(store.root) / SIDE).read_bytes())
    save(store, "ab")
    seals = json.loads((Path(store.root) / SIDE).read_bytes()) | {"previous_seal": side["seal"]}
    (Path(store.root) / SIDE).write_text(json.dumps(seals), encoding="utf-8")


def old_format_next_to_a_new_seal(store: ArtifactStore) -> None:
    save(store, "xyz")
    (Path(store.root) / ROWS).write_bytes(OLD_FORMAT)


def edited_row(store: ArtifactStore) -> None:
    save(store, "ab")
    edit(ROWS, '"size":2', '"size":3')(store)


def without_a_seal(store: ArtifactStore) -> None:
    save(store, "ab")
    remove(SIDE)(store)


PREDECESSORS = [
    pytest.param(nothing, "missing", id="no table"),
    pytest.param(new_format, "ab", id="new format"),
    pytest.param(old_format, "ab", id="old format"),
    pytest.param(killed_before_the_table, "ab", id="a writer killed before the table"),
    pytest.param(killed_after_the_table, "ab", id="a writer killed after the table"),
    pytest.param(old_format_next_to_a_new_seal, "ab", id="old format next to a new seal"),
    pytest.param(edited_row, "damaged", id="an edited row"),
    pytest.param(without_a_seal, "damaged", id="no seal"),
]


@pytest.mark.parametrize(("prepare", "before"), PREDECESSORS)
def test_a_save_killed_at_every_call_leaves_the_old_table_or_the_new_one(
    tmp_path: Path, prepare: Callable[[ArtifactStore], None], before: str
) -> None:
    """The old table never returns after the new one, and the next save works from each point."""
    original = ArtifactStore(str(tmp_path / "original"))
    (tmp_path / "original" / "manifests" / EP).mkdir(parents=True)
    prepare(original)
    tables: list[str] = []
    finished = False
    while not finished:
        store = ArtifactStore(str(shutil.copytree(tmp_path / "original", tmp_path / f"killed-{len(tables)}")))
        finished = die_at(len(tables) + 1, partial(save, store, "new"))
        tables.append(loaded(store))
        save(store, "next")
        assert loaded(store) == "next"
        assert named_seals(store) == ["seal"]
    assert tables == sorted(tables, key=lambda letters: letters == "new")
    assert set(tables) == {before, "new"}
    assert len(tables) > 4


@pytest.mark.parametrize(("prepare", "before"), PREDECESSORS)
def test_a_reader_between_any_two_steps_sees_the_old_table_or_the_new_one(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[ArtifactStore], None], before: str
) -> None:
    prepare(store)
    tables: list[str] = []
    write = ArtifactStore.write

    def watched(self: ArtifactStore, path: "UPath", content: bytes) -> None:
        tables.append(loaded(store))
        write(self, path, content)
        tables.append(loaded(store))

    monkeypatch.setattr(ArtifactStore, "write", watched)
    save(store, "new")
    assert tables == sorted(tables, key=lambda letters: letters == "new")
    assert set(tables) == {before, "new"}


def states_of_a_save(store: ArtifactStore, names: str) -> list[list[bytes | None]]:
    """Return side file and table before a save and after each of its writes."""
    paths = [store.base / SIDE, store.base / ROWS]
    states = [store.place.read_all(paths)]
    write = ArtifactStore.write

    def recorded(self: ArtifactStore, path: "UPath", content: bytes) -> None:
        write(self, path, content)
        states.append(store.place.read_all(paths))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ArtifactStore, "write", recorded)
        save(store, names)
    return states


@pytest.mark.parametrize("prepare", [pytest.param(new_format, id="new format"), pytest.param(old_format, id="old")])
def test_a_reader_whose_two_files_are_from_different_moments(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[ArtifactStore], None]
) -> None:
    """Reads the side file of one moment and the table of another, for each pair of moments within two saves."""
    prepare(store)
    states = states_of_a_save(store, "xyz") + states_of_a_save(store, "new")
    for side_at in range(len(states)):
        for table_at in range(len(states)):
            answers = [[states[side_at][0], states[table_at][1]]]
            monkeypatch.setattr(
                LocalDisk, "read_all", lambda self, paths, left=answers: left.pop() if left else states[-1]
            )
            rows = "".join(row.name for row in load_table(store, THINGS, EP).rows)
            assert rows in ("ab", "xyz", "new"), (side_at, table_at)


def test_a_table_that_keeps_changing_counts_as_damaged(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    save(store, "ab")
    side = (Path(store.root) / SIDE).read_bytes()
    reads: list[int] = []

    def changing(self: LocalDisk, paths: Sequence["UPath"]) -> list[bytes | None]:
        reads.append(len(reads))
        return [side, b'{"name":"a","size":%d}\n' % len(reads)]

    monkeypatch.setattr(LocalDisk, "read_all", changing)
    with pytest.raises(DamagedArtifactError, match=r"things\.jsonl cannot be used: its row count is 1"):
        load_table(store, THINGS, EP)
    assert len(reads) == 5
