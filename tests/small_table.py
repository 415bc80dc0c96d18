"""Small table for tests, and functions that damage it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from screenalytics_resources.artifact import Provenance, Table, TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import DamagedArtifactError, load_table, read_seal, save_table
from tests.old_tables import to_old_format

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
"""Bytes that the last release without side files wrote for `table("ab")`."""


def table(names: str, ep_id: str = EP) -> Table[Thing]:
    """Return a table with one row per letter."""
    return Table(ep_id, [Thing(name=name, size=size) for size, name in enumerate(names, 1)], ORIGIN, "some_pack")


def save(store: ArtifactStore, names: str) -> None:
    save_table(store, THINGS, table(names))


def loaded(store: ArtifactStore) -> str:
    """Return the letters of the table, "missing" or "damaged". Check that `read_seal` agrees with a loaded table."""
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
    """Leave the seals of "ab" (previous) and "xyz" (new) in the side file, next to the table `in_place`."""

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
