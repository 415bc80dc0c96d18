"""Tables and their side files: what is damaged, what the old format gives, and killed or concurrent writers."""

import json
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel, ConfigDict

from screenalytics_resources import sealed_tables
from screenalytics_resources.artifact import Provenance, Table, TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import DamagedArtifactError, load_table, read_seal, save_table
from screenalytics_resources.storage.local_disk import LocalDisk
from tests.killed import die_at
from tests.old_tables import to_old_format

if TYPE_CHECKING:
    from upath import UPath

EP, OTHER = "demo-s01e01", "demo-s01e02"
ORIGIN = Provenance(asset="things", code_version="1", settings_sha256="s", inputs={"before": "d"})


class Thing(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    size: int


THINGS = TableSpec("things", "things.jsonl", Thing, Table)
ROWS, SIDE = f"manifests/{EP}/things.jsonl", f"manifests/{EP}/things.seal.json"
OLD_FORMAT = (
    b'{"seal":{"version":1,"sha256":"4daacdd310c2abcdcbd0f6f7628af3f26ca26f308abead368fd9199850d3c21d",'
    b'"digest":"deca8f67cbd1d8bbc43262caf33443dd8c72ca336eb9c1c60f650ad1c59c1a9b","rows":2,"model_pack":"some_pack",'
    b'"companions":{},"provenance":{"asset":"things","code_version":"1","settings_sha256":"s",'
    b'"inputs":{"before":"d"}},"cleanup":null}}\n'
    b'{"name":"a","size":1}\n{"name":"b","size":2}\n'
)
"""What the release before side files wrote for `table("ab")`."""


def table(names: str, ep_id: str = EP) -> Table[Thing]:
    """One row per letter."""
    return Table(ep_id, [Thing(name=name, size=size) for size, name in enumerate(names, 1)], ORIGIN, "some_pack")


def save(store: ArtifactStore, names: str) -> None:
    save_table(store, THINGS, table(names))


def loaded(store: ArtifactStore) -> str:
    """The letters of the table that a reader gets, or what it is told; reading the seal alone must not contradict."""
    try:
        letters = "".join(row.name for row in load_table(store, THINGS, EP).rows)
    except DamagedArtifactError as error:
        return "missing" if "does not exist: make it" in str(error) else "damaged"
    seal = read_seal(store, THINGS, EP)
    assert seal is not None
    assert seal.digest == table(letters).digest
    return letters


def named_seals(store: ArtifactStore) -> list[str]:
    return list(json.loads((Path(store.root) / SIDE).read_bytes()))


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(str(tmp_path / "data"))


# What is in the files.


def test_the_table_holds_rows_alone_and_the_side_file_their_seal(store: ArtifactStore) -> None:
    save(store, "ab")
    assert (Path(store.root) / ROWS).read_bytes() == OLD_FORMAT.partition(b"\n")[2]
    seal = json.loads(OLD_FORMAT.partition(b"\n")[0])["seal"]
    assert json.loads((Path(store.root) / SIDE).read_bytes()) == {"seal": seal}
    assert THINGS.paths(EP) == (SIDE, ROWS)


def test_a_table_without_rows_is_an_empty_file(store: ArtifactStore) -> None:
    save(store, "")
    assert (Path(store.root) / ROWS).read_bytes() == b""
    assert loaded(store) == ""


def test_a_table_in_the_old_format_is_what_it_was(store: ArtifactStore) -> None:
    path = Path(store.root) / ROWS
    path.parent.mkdir(parents=True)
    path.write_bytes(OLD_FORMAT)
    found, expected = load_table(store, THINGS, EP), table("ab")
    assert (found.rows, found.provenance, found.model_pack) == (expected.rows, ORIGIN, "some_pack")
    assert found.digest == expected.digest
    seal = read_seal(store, THINGS, EP)
    assert seal is not None
    assert (seal.digest, seal.provenance, seal.rows) == (expected.digest, ORIGIN, 2)
    assert path.read_bytes() == OLD_FORMAT
    save(store, "ab")
    assert path.read_bytes() == OLD_FORMAT.partition(b"\n")[2]
    assert read_seal(store, THINGS, EP) == seal


def test_the_seal_of_an_old_table_is_read_however_long_it_is(store: ArtifactStore) -> None:
    origin = ORIGIN.model_copy(update={"inputs": {"before": "d" * 20_000}})
    save_table(store, THINGS, Table(EP, [Thing(name="a", size=1)], origin))
    to_old_format(store, THINGS, EP)
    seal = read_seal(store, THINGS, EP)
    assert seal is not None
    assert seal.provenance == origin


# Damage.


def edit(path: str, old: str, new: str) -> Callable[[ArtifactStore], None]:
    def damage(store: ArtifactStore) -> None:
        file = Path(store.root) / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    return damage


def cut(path: str, end: int) -> Callable[[ArtifactStore], None]:
    def damage(store: ArtifactStore) -> None:
        file = Path(store.root) / path
        file.write_bytes(file.read_bytes()[:end])

    return damage


def remove(path: str) -> Callable[[ArtifactStore], None]:
    return lambda store: (Path(store.root) / path).unlink()


def table_of_another_run(names: str) -> Callable[[ArtifactStore], None]:
    def damage(store: ArtifactStore) -> None:
        side = (Path(store.root) / SIDE).read_bytes()
        save(store, names)
        (Path(store.root) / SIDE).write_bytes(side)

    return damage


def table_of_another_episode(store: ArtifactStore) -> None:
    save_table(store, THINGS, table("cd", OTHER))
    shutil.copy(Path(store.root) / "manifests" / OTHER / "things.jsonl", Path(store.root) / ROWS)


def two_seals(in_place: str) -> Callable[[ArtifactStore], None]:
    """Leave a side file that names the seals of "ab" (previous) and "xyz" (new), with the table `in_place`."""

    def damage(store: ArtifactStore) -> None:
        path = Path(store.root) / SIDE
        old = json.loads(path.read_bytes())["seal"]
        save(store, "xyz")
        seals = {"seal": json.loads(path.read_bytes())["seal"], "previous_seal": old}
        save(store, in_place)
        path.write_text(json.dumps(seals), encoding="utf-8")

    return damage


def old_format_then(*damages: Callable[[ArtifactStore], None]) -> Callable[[ArtifactStore], None]:
    def damage(store: ArtifactStore) -> None:
        to_old_format(store, THINGS, EP)
        for each in damages:
            each(store)

    return damage


AGAIN = f"; make it again with `screenalytics run --ep-id {EP} --from things`."
MISSING = f" does not exist: make it with `screenalytics run --ep-id {EP}`, with --video PATH the first time."


@pytest.mark.parametrize(
    ("damage", "file", "sentence"),
    [
        pytest.param(
            cut(ROWS, -22),
            ROWS,
            f" cannot be used: it holds 1 rows where things.seal.json promises 2 (truncated or swapped?){AGAIN}",
            id="truncated after a row",
        ),
        pytest.param(
            cut(ROWS, -5),
            ROWS,
            f" cannot be used: its rows do not match the checksum in things.seal.json (edited or swapped?){AGAIN}",
            id="truncated within a row",
        ),
        pytest.param(
            edit(ROWS, '"size":2', '"size":3'),
            ROWS,
            f" cannot be used: its rows do not match the checksum in things.seal.json (edited or swapped?){AGAIN}",
            id="edited row",
        ),
        pytest.param(
            edit(SIDE, '"before": "d"', '"before": "e"'),
            ROWS,
            f" cannot be used: its rows do not match the checksum in things.seal.json (edited or swapped?){AGAIN}",
            id="edited seal",
        ),
        pytest.param(
            edit(SIDE, '"rows": 2', '"rows": "two"'),
            SIDE,
            f" cannot be used: its seal is missing or unreadable (written by something else?){AGAIN}",
            id="seal of another shape",
        ),
        pytest.param(
            table_of_another_episode,
            ROWS,
            f" cannot be used: its rows do not match the checksum in things.seal.json (edited or swapped?){AGAIN}",
            id="table of another episode",
        ),
        pytest.param(
            table_of_another_run("abc"),
            ROWS,
            f" cannot be used: it holds 3 rows where things.seal.json promises 2 (truncated or swapped?){AGAIN}",
            id="table of another run",
        ),
        pytest.param(
            remove(SIDE),
            ROWS,
            " cannot be used: its seal is missing (things.seal.json does not exist; written by something else?)"
            f"{AGAIN}",
            id="side file missing",
        ),
        pytest.param(
            cut(SIDE, 0),
            SIDE,
            " cannot be used: it is not valid JSON (Expecting value: line 1 column 1 (char 0)) "
            f"(truncated or edited?){AGAIN}",
            id="side file is no JSON",
        ),
        pytest.param(
            two_seals("qr"),
            ROWS,
            f" cannot be used: its rows match neither of the two seals in things.seal.json (edited or swapped?){AGAIN}",
            id="two seals and a table of neither",
        ),
        pytest.param(
            two_seals("q"),
            ROWS,
            f" cannot be used: it holds 1 rows where things.seal.json promises 3 or 2 (truncated or swapped?){AGAIN}",
            id="two seals and a truncated table",
        ),
        pytest.param(remove(ROWS), ROWS, MISSING, id="side file without table"),
        pytest.param(
            old_format_then(cut(ROWS, -22)),
            ROWS,
            f" cannot be used: it holds 1 rows where its first line promises 2 (truncated or swapped?){AGAIN}",
            id="old format truncated after a row",
        ),
        pytest.param(
            old_format_then(edit(ROWS, '"size":2', '"size":3')),
            ROWS,
            f" cannot be used: its rows do not match the checksum in its first line (edited or swapped?){AGAIN}",
            id="old format with an edited row",
        ),
        pytest.param(
            old_format_then(edit(ROWS, '"before":"d"', '"before":"e"')),
            ROWS,
            f" cannot be used: its rows do not match the checksum in its first line (edited or swapped?){AGAIN}",
            id="old format with an edited seal",
        ),
        pytest.param(
            old_format_then(edit(ROWS, '"version":1', '"version":9')),
            ROWS,
            f" cannot be used: its seal has version 9 and this release reads 1{AGAIN}",
            id="old format of another version",
        ),
        pytest.param(
            old_format_then(cut(ROWS, 40)),
            ROWS,
            " cannot be used: it is not valid JSON (Unterminated string starting at: line 1 column 31 (char 30)) "
            f"(truncated or edited?){AGAIN}",
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
        pytest.param(cut(SIDE, 40), id="side file is no JSON"),
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
def test_of_two_seals_the_one_that_matches_the_table_counts(store: ArtifactStore, in_place: str, expected: str) -> None:
    save(store, "ab")
    two_seals(in_place)(store)
    assert loaded(store) == expected


def test_the_first_line_decides_while_an_old_table_stands_beside_a_new_seal(store: ArtifactStore) -> None:
    """As in the middle of a restore of a set in the old format."""
    save(store, "xyz")
    (Path(store.root) / ROWS).write_bytes(OLD_FORMAT)
    assert loaded(store) == "ab"


def test_listing_reads_no_rows_where_one_seal_is_named(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    save(store, "ab")
    read = LocalDisk.read_all

    def side_files_only(self: LocalDisk, paths: Sequence["UPath"]) -> list[bytes | None]:
        assert [path.name for path in paths] == ["things.seal.json"]
        return read(self, paths)

    monkeypatch.setattr(LocalDisk, "read_all", side_files_only)
    assert read_seal(store, THINGS, EP) is not None


# Writers that are killed, and readers in between.


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


def old_format_beside_a_new_seal(store: ArtifactStore) -> None:
    save(store, "xyz")
    (Path(store.root) / ROWS).write_bytes(OLD_FORMAT)


def edited_row(store: ArtifactStore) -> None:
    save(store, "ab")
    edit(ROWS, '"size":2', '"size":3')(store)


def written_by_something_else(store: ArtifactStore) -> None:
    save(store, "ab")
    remove(SIDE)(store)


PREDECESSORS = [
    pytest.param(nothing, "missing", id="no table"),
    pytest.param(new_format, "ab", id="new format"),
    pytest.param(old_format, "ab", id="old format"),
    pytest.param(killed_before_the_table, "ab", id="a writer killed before the table"),
    pytest.param(killed_after_the_table, "ab", id="a writer killed after the table"),
    pytest.param(old_format_beside_a_new_seal, "ab", id="old format beside a new seal"),
    pytest.param(edited_row, "damaged", id="an edited row"),
    pytest.param(written_by_something_else, "damaged", id="no seal"),
]


@pytest.mark.parametrize(("prepare", "before"), PREDECESSORS)
def test_a_save_killed_at_every_call_leaves_the_old_table_or_the_new_one(
    tmp_path: Path, prepare: Callable[[ArtifactStore], None], before: str
) -> None:
    """Never old again once it was new; and the next save works from every point."""
    whole = ArtifactStore(str(tmp_path / "whole"))
    (tmp_path / "whole" / "manifests" / EP).mkdir(parents=True)
    prepare(whole)
    found: list[str] = []
    finished = False
    while not finished:
        store = ArtifactStore(str(shutil.copytree(tmp_path / "whole", tmp_path / f"killed-{len(found)}")))
        finished = die_at(len(found) + 1, partial(save, store, "new"))
        found.append(loaded(store))
        save(store, "next")
        assert loaded(store) == "next"
        assert named_seals(store) == ["seal"]
    assert found == sorted(found, key=lambda each: each == "new")
    assert set(found) == {before, "new"}
    assert len(found) > 4


@pytest.mark.parametrize(("prepare", "before"), PREDECESSORS)
def test_a_reader_between_any_two_steps_sees_the_old_table_or_the_new_one(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[ArtifactStore], None], before: str
) -> None:
    prepare(store)
    seen: list[str] = []
    write = sealed_tables.write_atomic

    def watched(path: "UPath", content: bytes) -> None:
        seen.append(loaded(store))
        write(path, content)
        seen.append(loaded(store))

    monkeypatch.setattr(sealed_tables, "write_atomic", watched)
    save(store, "new")
    assert seen == sorted(seen, key=lambda each: each == "new")
    assert set(seen) == {before, "new"}


def states_of_a_save(store: ArtifactStore, names: str) -> list[list[bytes | None]]:
    """Side file and table before a save and after each of its writes."""
    paths = [store.base / SIDE, store.base / ROWS]
    states = [store.place.read_all(paths)]
    write = sealed_tables.write_atomic

    def noted(path: "UPath", content: bytes) -> None:
        write(path, content)
        states.append(store.place.read_all(paths))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed_tables, "write_atomic", noted)
        save(store, names)
    return states


@pytest.mark.parametrize("prepare", [pytest.param(new_format, id="new format"), pytest.param(old_format, id="old")])
def test_a_reader_that_a_writer_overtakes_between_the_two_files(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, prepare: Callable[[ArtifactStore], None]
) -> None:
    """The side file is of one moment and the table of another, for every pair of moments within two saves."""
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


def test_a_table_that_never_stands_still_is_given_up(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    save(store, "ab")
    side = (Path(store.root) / SIDE).read_bytes()
    reads: list[int] = []

    def restless(self: LocalDisk, paths: Sequence["UPath"]) -> list[bytes | None]:
        reads.append(len(reads))
        return [side, b'{"name":"a","size":%d}\n' % len(reads)]

    monkeypatch.setattr(LocalDisk, "read_all", restless)
    with pytest.raises(DamagedArtifactError, match=r"things\.jsonl cannot be used: it holds 1 rows"):
        load_table(store, THINGS, EP)
    assert len(reads) == 5
