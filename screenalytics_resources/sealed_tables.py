"""Tables: JSON Lines files that contain only rows, each with a side file that contains the table's seal.

`tracks.jsonl` has `tracks.seal.json`. Two files cannot be replaced in one atomic step. While a table is being replaced,
its side file therefore contains both the new seal and the previous one:

1. Write the companions.
2. Replace the side file with one that contains the new and the previous seal.
3. Replace the table.
4. Replace the side file with one that contains only the new seal.

Each step is atomic, so the table matches one of the seals at every moment, and a killed writer leaves the complete old
table or the complete new one. A reader uses the seal whose checksum matches the rows.

Older releases stored the seal as the first line of the table. Such a table is read as before until it is replaced.
"""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from screenalytics_resources.artifact import Table, TableSpec, TableT, sha256_of
from screenalytics_resources.artifact_reader import ArtifactReader, DamagedArtifactError
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.seal import SEAL_BYTES, Companion, Seal, make_seal, matches, pretty_json

if TYPE_CHECKING:
    from upath import UPath

_ATTEMPTS = 5
"""Number of reads before a table whose files keep changing counts as damaged."""
_SEALED_FIRST_LINE = re.compile(rb'\s*\{\s*"seal"\s*:')
"""Start of a table of an older release. No row has a field with this name."""


def save_table(store: ArtifactStore, spec: TableSpec[Any], table: Table[Any], cleanup: str | None = None) -> None:
    """Write the companions, then the table with its seal. The previous table stays readable until the new one is."""
    companions = _write_companions(store, spec, table)
    rows = b"".join(_line(row.model_dump(mode="json")) for row in table.rows)
    seal = make_seal(
        rows,
        digest=table.digest,
        rows=len(table.rows),
        model_pack=table.model_pack,
        companions=companions,
        provenance=table.provenance,
        cleanup=cleanup,
    )
    _TableFiles.of(store, spec, table.ep_id).replace(seal, rows)


def load_table(store: ArtifactStore, spec: TableSpec[TableT], ep_id: str) -> TableT:
    """Read a table and its companions. Raises `DamagedArtifactError` if any file is missing or altered."""
    files = _TableFiles.of(store, spec, ep_id)
    reader = files.reader
    sealed = files.read()
    if sealed is None:
        raise reader.missing(files.table)
    seal = sealed.seal
    documents = {
        name: reader.model(path := store.manifest(ep_id, name), model, reader.companion(path, name, seal))
        for name, model in spec.documents.items()
    }
    arrays = {
        name: reader.array(path := store.path("embeds", ep_id, name), reader.companion(path, name, seal))
        for name in spec.arrays
    }
    if spec.crops:
        reader.companion(store.frames(ep_id, spec.crops), spec.crops, seal)
    rows = [reader.model(files.table, spec.row, line) for line in sealed.rows.splitlines()]
    return spec.table(ep_id, rows, seal.provenance, seal.model_pack, documents, arrays)


def read_table_seal(store: ArtifactStore, spec: TableSpec[Any], ep_id: str) -> Seal | None:
    """Read only the seal; None if the table does not exist. Raises `DamagedArtifactError` if it is unreadable.

    The rows are read only if the side file contains two seals, for example after a writer was killed.
    """
    files = _TableFiles.of(store, spec, ep_id)
    (side,) = store.place.read_all([files.side])
    ends = store.place.read_ends(files.table, SEAL_BYTES, 0)
    if ends is None:
        return None
    line, end, _ = ends[0].partition(b"\n")
    if _SEALED_FIRST_LINE.match(line):
        if end:
            return files.reader.seal(files.table, files.reader.json(files.table, line))
    elif len(seals := files.seals_in(side)) == 1:
        return seals[0]
    sealed = files.read()
    return sealed.seal if sealed else None


def announce_table(staged: ArtifactStore, store: ArtifactStore, spec: TableSpec[Any], ep_id: str) -> None:
    """Prepare a staged table to replace the one in `store` by moving its side file and then the table.

    The staged side file gets both seals, so the table in `store` stays readable between the two moves.
    """
    files = _TableFiles.of(staged, spec, ep_id)
    try:
        new, previous = files.read(), _TableFiles.of(store, spec, ep_id).read()
    except DamagedArtifactError:  # the table stays damaged with or without the promotion
        return
    if not new or not previous or new.seal == previous.seal:
        return
    if files.side.exists():  # otherwise the staged table is of an older release and contains its own seal
        files.write_side(new.seal, previous.seal)


def settle_table(store: ArtifactStore, spec: TableSpec[Any], ep_id: str) -> None:
    """Reduce the side file to the seal that matches the table, as after a complete `save_table`."""
    files = _TableFiles.of(store, spec, ep_id)
    (side,) = store.place.read_all([files.side])
    try:
        sealed = files.read() if len(files.seals_in(side)) > 1 else None
    except DamagedArtifactError:
        return
    if sealed:
        files.write_side(sealed.seal, None)


@dataclass(frozen=True)
class _SealedRows:
    """Rows as stored, and their matching seal."""

    seal: Seal
    rows: bytes


@dataclass(frozen=True)
class _TableFiles:
    """Table and side file, read and replaced as one unit."""

    reader: ArtifactReader
    table: "UPath"
    side: "UPath"

    @classmethod
    def of(cls, store: ArtifactStore, spec: TableSpec[Any], ep_id: str) -> "_TableFiles":
        reader = ArtifactReader(store, ep_id, spec.asset)
        return cls(reader, store.manifest(ep_id, spec.file), store.manifest(ep_id, spec.seal_file))

    def read(self) -> _SealedRows | None:
        """Return the rows and their matching seal; None if the table does not exist.

        Reads the two files again while they change, because a writer may have replaced one of them between two reads.

        Raises:
            DamagedArtifactError: the rows match no seal.
        """
        before: list[bytes | None] = []
        for _ in range(_ATTEMPTS):
            contents = self.reader.store.place.read_all([self.side, self.table])
            side, table = contents
            if table is None:
                return None
            if contents == before:
                break
            before = contents
            seals, rows = self._seals_and_rows(side, table)
            for seal in seals:
                if matches(rows, seal):
                    return _SealedRows(seal, rows)
            cause = self._cause(seals, rows, "its first line" if _SEALED_FIRST_LINE.match(table) else self.side.name)
        raise self.reader.damaged(self.table, cause)

    def replace(self, seal: Seal, rows: bytes) -> None:
        """Replace table and side file. Can be repeated after being killed at any point."""
        try:
            previous = self.read()
            is_damaged = False
        except DamagedArtifactError:  # no reader can use it, so its seal is not kept
            previous, is_damaged = None, True
        if not is_damaged:
            self.write_side(seal, previous.seal if previous else None)
        self.reader.store.write(self.table, rows)
        if is_damaged or previous:
            self.write_side(seal, None)

    def seals_in(self, side: bytes | None) -> list[Seal]:
        """Return the seals in the content of the side file, the new one first."""
        if side is None:
            return []
        content = self.reader.json(self.side, side)
        seals = [self.reader.seal(self.side, content)]
        if "previous_seal" in content:
            seals.append(self.reader.seal(self.side, content, "previous_seal"))
        return seals

    def write_side(self, seal: Seal, previous: Seal | None) -> None:
        """Write the side file with the new seal, and the previous one while either may match the table."""
        seals = {"seal": seal} | ({"previous_seal": previous} if previous else {})
        content = pretty_json({name: each.model_dump(mode="json") for name, each in seals.items()})
        self.reader.store.write(self.side, content)

    def _seals_and_rows(self, side: bytes | None, table: bytes) -> tuple[list[Seal], bytes]:
        if not _SEALED_FIRST_LINE.match(table):
            return self.seals_in(side), table
        line, _, rows = table.partition(b"\n")
        return [self.reader.seal(self.table, self.reader.json(self.table, line))], rows

    def _cause(self, seals: list[Seal], rows: bytes, where: str) -> str:
        """Return why the rows match none of the seals, which are stored in `where`."""
        if not seals:
            return f"its seal is missing ({self.side.name} does not exist; written by another program?)"
        count = len(rows.splitlines())
        if count not in [seal.rows for seal in seals]:
            recorded = " or ".join(str(seal.rows) for seal in seals)
            return f"its row count is {count}, but {where} records {recorded} (truncated or replaced?)"
        if len(seals) > 1:
            return f"its rows match neither of the two seals in {where} (edited or replaced?)"
        return f"its rows do not match the checksum in {where} (edited or replaced?)"


def _write_companions(store: ArtifactStore, spec: TableSpec[Any], table: Table[Any]) -> Mapping[str, Companion]:
    companions: dict[str, Companion] = {}
    for name in spec.arrays:
        content = _npy(table.arrays[name])
        store.write(store.path("embeds", table.ep_id, name), content)
        array = table.arrays[name]
        companions[name] = Companion(sha256=sha256_of(content), shape=array.shape, dtype=str(array.dtype))
    for name in spec.documents:
        document: BaseModel = table.documents[name]
        content = pretty_json(document.model_dump(mode="json"))
        store.write(store.manifest(table.ep_id, name), content)
        companions[name] = Companion(sha256=sha256_of(content))
    if spec.crops:
        companions[spec.crops] = Companion(sha256=sha256_of(store.frames(table.ep_id, spec.crops).read_bytes()))
    return companions


def _npy(array: NDArray[np.float32]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def _line(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"
