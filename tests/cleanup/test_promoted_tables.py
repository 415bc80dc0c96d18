"""Sets with tables in either format: promoted and restored over each other, with readers in between."""

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from screenalytics_assets.cleanup.write_back import CLEANED_SPECS, promote_set, stage_crop_index
from screenalytics_assets.contract.schemas import FACES
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.promotion import recover, stage_backup, staging
from screenalytics_resources.sealed_files import load_table, read_seal, save_table
from screenalytics_resources.storage.local_disk import LocalDisk
from tests.killed import die_at
from tests.old_tables import to_old_format
from tests.tiny_episode import EP_ID, write_tiny_episode

FORMATS = [
    pytest.param(kept, current, id=f"{'old' if kept else 'new'} format over {'old' if current else 'new'}")
    for kept in (False, True)
    for current in (False, True)
]


def faces_read(store: ArtifactStore) -> int:
    """Rows that a reader gets; the seal read alone agrees with them."""
    table, seal = load_table(store, FACES, EP_ID), read_seal(store, FACES, EP_ID)
    assert seal is not None
    assert (seal.digest, seal.rows) == (table.digest, len(table.rows))
    return len(table.rows)


def drop_a_face(store: ArtifactStore, old_format: bool) -> None:
    """Promote a set whose faces have one row less, with the same vectors, as a cleanup does."""
    faces = load_table(store, FACES, EP_ID)
    fewer = FACES.table(EP_ID, faces.rows[:-1], faces.provenance, faces.model_pack, arrays=faces.arrays)
    with staging(store, EP_ID) as staged:
        stage_crop_index(staged)
        for path in (path for spec in CLEANED_SPECS if spec is not FACES for path in spec.paths(EP_ID)):
            staged.take(path)
        save_table(staged.files, FACES, fewer)
        if old_format:
            to_old_format(staged.files, FACES, EP_ID)
        promote_set(staged, "cleanup", ["faces"])


def bring_back(store: ArtifactStore) -> None:
    with staging(store, EP_ID) as staged:
        stage_backup(staged, 1)
        promote_set(staged, "restore", ["faces"])


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_tiny_episode(home)


def watch(monkeypatch: pytest.MonkeyPatch, store: ArtifactStore) -> list[int]:
    """Read the faces before and after each file that is moved, removed or written."""
    seen: list[int] = []

    def watched(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        seen.append(faces_read(store))
        answer = call(*arguments, **named)
        seen.append(faces_read(store))
        return answer

    for name in ("move", "remove", "write"):
        call = getattr(LocalDisk, name)
        monkeypatch.setattr(LocalDisk, name, lambda *a, call=call, **n: watched(call, *a, **n))
    return seen


@pytest.mark.parametrize(("kept_is_old", "current_is_old"), FORMATS)
def test_a_reader_sees_either_table_at_each_step_of_a_promotion_and_of_a_restore(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, kept_is_old: bool, current_is_old: bool
) -> None:
    all_rows = faces_read(store)
    if kept_is_old:
        to_old_format(store, FACES, EP_ID)
    seen = watch(monkeypatch, store)
    drop_a_face(store, current_is_old)
    assert seen == sorted(seen, reverse=True)
    assert set(seen) == {all_rows, all_rows - 1}
    seen.clear()
    bring_back(store)
    assert seen == sorted(seen)
    assert set(seen) == {all_rows, all_rows - 1}
    side = Path(str(store.manifest(EP_ID, FACES.seal_file)))
    assert side.exists() != kept_is_old
    assert kept_is_old or list(json.loads(side.read_bytes())) == ["seal"]


@pytest.mark.parametrize(("kept_is_old", "current_is_old"), FORMATS)
def test_a_restore_killed_at_every_call_leaves_a_readable_table(
    home: Path, kept_is_old: bool, current_is_old: bool
) -> None:
    """Before the next writer has finished what the killed one began, and after."""
    whole = write_tiny_episode(home / "whole")
    all_rows = faces_read(whole)
    if kept_is_old:
        to_old_format(whole, FACES, EP_ID)
    drop_a_face(whole, current_is_old)
    finished, deaths = False, 0
    while not finished:
        store = ArtifactStore(str(shutil.copytree(home / "whole", home / f"killed-{deaths}")))
        finished = die_at(deaths + 1, partial(bring_back, store))
        assert faces_read(store) in (all_rows, all_rows - 1)
        recover(store, EP_ID)
        assert faces_read(store) in (all_rows, all_rows - 1)
        deaths += not finished
    assert faces_read(store) == all_rows
    assert deaths > 30
