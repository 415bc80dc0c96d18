"""Tests of tables and their side files: content, the old format, and each kind of damage."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from screenalytics_resources.artifact import Table
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import DamagedArtifactError, load_table, read_seal, save_table
from screenalytics_resources.storage.local_disk import LocalDisk
from tests.old_tables import to_old_format
from tests.small_table import (
    EP,
    OLD_FORMAT,
    ORIGIN,
    ROWS,
    SIDE,
    THINGS,
    Thing,
    cut,
    edit,
    loaded,
    named_seals,
    old_format_then,
    remove,
    save,
    table,
    table_of_another_episode,
    table_of_another_run,
    two_seals,
)

if TYPE_CHECKING:
    from upath import UPath


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "data"))


# Content of the files.


def test_the_table_contains_only_rows_and_the_side_file_their_seal(store: ArtifactStore) -> None:
    save(store, "ab")
    assert (Path(store.root) / ROWS).read_bytes() == OLD_FORMAT.partition(b"\n")[2]
    seal = json.loads(OLD_FORMAT.partition(b"\n")[0])["seal"]
    assert json.loads((Path(store.root) / SIDE).read_bytes()) == {"seal": seal}
    assert THINGS.paths(EP) == (SIDE, ROWS)


def test_a_table_without_rows_is_an_empty_file(store: ArtifactStore) -> None:
    save(store, "")
    assert (Path(store.root) / ROWS).read_bytes() == b""
    assert loaded(store) == ""


def test_a_table_in_the_old_format_is_read_as_before(store: ArtifactStore) -> None:
    path = Path(store.root) / ROWS
    path.parent.mkdir(parents=True)
    path.write_bytes(OLD_FORMAT)
    actual, expected = load_table(store, THINGS, EP), table("ab")
    assert (actual.rows, actual.provenance, actual.model_pack) == (expected.rows, ORIGIN, "some_pack")
    assert actual.digest == expected.digest
    seal = read_seal(store, THINGS, EP)
    assert seal is not None
    assert (seal.digest, seal.provenance, seal.rows) == (expected.digest, ORIGIN, 2)
    assert path.read_bytes() == OLD_FORMAT
    save(store, "ab")
    assert path.read_bytes() == OLD_FORMAT.partition(b"\n")[2]
    assert read_seal(store, THINGS, EP) == seal


def test_a_long_seal_of_an_old_table_is_read_completely(store: ArtifactStore) -> None:
    origin = ORIGIN.model_copy(update={"inputs": {"before": "d" * 20_000}})
    save_table(store, THINGS, Table(EP, [Thing(name="a", size=1)], origin))
    to_old_format(store, THINGS, EP)
    seal = read_seal(store, THINGS, EP)
    assert seal is not None
    assert seal.provenance == origin


# Damage.


REMEDY = f"; rebuild it with `screenalytics run --ep-id {EP} --from things`."
MISSING = f" does not exist: make it with `screenalytics run --ep-id {EP}`, with --video PATH the first time."


@pytest.mark.parametrize(
    ("damage", "file", "sentence"),
    [
        pytest.param(
            cut(ROWS, -22),
            ROWS,
            f" cannot be used: its row count is 1, but things.seal.json records 2 (truncated or replaced?){REMEDY}",
            id="truncated after a row",
        ),
        pytest.param(
            cut(ROWS, -5),
            ROWS,
            f" cannot be used: its rows do not match the checksum in things.seal.json (edited or replaced?){REMEDY}",
            id="truncated within a row",
        ),
        pytest.param(
            edit(ROWS, '"size":2', '"size":3'),
            ROWS,
            f" cannot be used: its rows do not match the checksum in things.seal.json (edited or replaced?){REMEDY}",
            id="edited row",
        ),
        pytest.param(
            edit(SIDE, '"before": "d"', '"before": "e"'),
            ROWS,
            f" cannot be used: its rows do not match the checksum in things.seal.json (edited or replaced?){REMEDY}",
            id="edited seal",
        ),
        pytest.param(
            edit(SIDE, '"rows": 2', '"rows": "two"'),
            SIDE,
            f" cannot be used: its seal is missing or unreadable (written by another program?){REMEDY}",
            id="seal of another shape",
        ),
        pytest.param(
            table_of_another_episode,
            ROWS,
            f" cannot be used: its rows do not match the checksum in things.seal.json (edited or replaced?){REMEDY}",
            id="table of another episode",
        ),
        pytest.param(
            table_of_another_run("abc"),
            ROWS,
            f" cannot be used: its row count is 3, but things.seal.json records 2 (truncated or replaced?){REMEDY}",
            id="table of another run",
        ),
        pytest.param(
            remove(SIDE),
            ROWS,
            " cannot be used: its seal is missing (things.seal.json does not exist; written by another program?)"
            f"{REMEDY}",
            id="side file missing",
        ),
        pytest.param(
            cut(SIDE, 0),
            SIDE,
            " cannot be used: it is not valid JSON (Expecting value: line 1 column 1 (char 0)) "
            f"(truncated or edited?){REMEDY}",
            id="side file is not JSON",
        ),
        pytest.param(
            two_seals("qr"),
            ROWS,
            " cannot be used: its rows match neither of the two seals in things.seal.json (edited or replaced?)"
            f"{REMEDY}",
            id="two seals and a table of neither",
        ),
        pytest.param(
            two_seals("q"),
            ROWS,
            " cannot be used: its row count is 1, but things.seal.json records 3 or 2 (truncated or replaced?)"
            f"{REMEDY}",
            id="two seals and a truncated table",
        ),
        pytest.param(remove(ROWS), ROWS, MISSING, id="side file without table"),
        pytest.param(
            old_format_then(cut(ROWS, -22)),
            ROWS,
            f" cannot be used: its row count is 1, but its first line records 2 (truncated or replaced?){REMEDY}",
            id="old format truncated after a row",
        ),
        pytest.param(
            old_format_then(edit(ROWS, '"size":2', '"size":3')),
            ROWS,
            f" cannot be used: its rows do not match the checksum in its first line (edited or replaced?){REMEDY}",
            id="old format with an edited row",
        ),
        pytest.param(
            old_format_then(edit(ROWS, '"before":"d"', '"before":"e"')),
            ROWS,
            f" cannot be used: its rows do not match the checksum in its first line (edited or replaced?){REMEDY}",
            id="old format with an edited seal",
        ),
        pytest.param(
            old_format_then(edit(ROWS, '"version":1', '"version":9')),
            ROWS,
            " cannot be used: a newer release wrote it (its seal has version 9, but this release reads versions up to "
            "1); update Screenalytics.",
            id="old format of a newer version",
        ),
        pytest.param(
            old_format_then(cut(ROWS, 40)),
            ROWS,
            " cannot be used: it is not valid JSON (Unterminated string starting at: line 1 column 31 (char 30)) "
            f"(truncated or edited?){REMEDY}",
            id="old format truncated within the seal",
        ),
    ],
)
def test_damage_is_named_and_repaired_by_the_next_save(
    store: ArtifactStore, damage: Callable[[ArtifactStore], None], file: str, sentence: str
) -> None:
    save(store, "ab")
    damage(store)
    with pytest.raises(DamagedArtifactError) as error:
        load_table(store, THINGS, EP)
    assert str(error.value) == file + sentence
    save(store, "new")
    assert loaded(store) == "new"
    assert named_seals(store) == ["seal"]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(remove(SIDE), id="side file missing"),
        pytest.param(cut(SIDE, 40), id="side file is not JSON"),
        pytest.param(two_seals("qr"), id="two seals and a table of neither"),
        pytest.param(old_format_then(cut(ROWS, 40)), id="old format truncated within the seal"),
    ],
)
def test_a_seal_that_cannot_be_read_is_an_error(store: ArtifactStore, damage: Callable[[ArtifactStore], None]) -> None:
    save(store, "ab")
    damage(store)
    with pytest.raises(DamagedArtifactError, match="cannot be used"):
        read_seal(store, THINGS, EP)


def test_a_side_file_without_its_table_is_a_missing_artifact(store: ArtifactStore) -> None:
    save(store, "ab")
    remove(ROWS)(store)
    assert read_seal(store, THINGS, EP) is None


@pytest.mark.parametrize(
    ("in_place", "expected"), [pytest.param("ab", "ab", id="old table"), pytest.param("xyz", "xyz", id="new table")]
)
def test_the_one_of_two_seals_that_matches_the_table_is_used(
    store: ArtifactStore, in_place: str, expected: str
) -> None:
    save(store, "ab")
    two_seals(in_place)(store)
    assert loaded(store) == expected


def test_the_first_line_of_an_old_table_overrides_the_side_file(store: ArtifactStore) -> None:
    """This state exists in the middle of a restore of a set in the old format."""
    save(store, "xyz")
    (Path(store.root) / ROWS).write_bytes(OLD_FORMAT)
    assert loaded(store) == "ab"


def test_reading_one_seal_does_not_read_the_rows(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    save(store, "ab")
    read = LocalDisk.read_all

    def side_files_only(self: LocalDisk, paths: Sequence["UPath"]) -> list[bytes | None]:
        assert [path.name for path in paths] == ["things.seal.json"]
        return read(self, paths)

    monkeypatch.setattr(LocalDisk, "read_all", side_files_only)
    assert read_seal(store, THINGS, EP) is not None
