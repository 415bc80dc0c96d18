"""Artifacts as values: rows or a document, what belongs to them, and where they come from."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

VOLATILE = frozenset({"created_at", "updated_at", "wall_seconds", "realtime_factor", "runtime_sec", "runtime_by_phase"})
"""Fields that differ between two equal runs: they are no part of the digest that downstream compares."""

Row = TypeVar("Row", bound=BaseModel)


class Provenance(BaseModel):
    """What an artifact was made from and with; equal provenance means that making it again changes nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asset: str
    code_version: str
    settings_sha256: str
    inputs: dict[str, str]
    """Digest of every upstream artifact by asset name."""


@dataclass(frozen=True)
class Table(Generic[Row]):
    """Rows, and the documents and arrays that belong to them, by file name.

    Arrays are float32, shape (N, D), C order, unit rows.
    """

    ep_id: str
    rows: Sequence[Row]
    provenance: Provenance
    model_pack: str | None = None
    documents: Mapping[str, BaseModel] = field(default_factory=dict)
    arrays: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)

    def with_rows(
        self,
        rows: Sequence[Row],
        documents: Mapping[str, BaseModel] | None = None,
        arrays: Mapping[str, NDArray[np.float32]] | None = None,
        provenance: Provenance | None = None,
    ) -> Self:
        """Copy with these rows, and with the companions and the provenance replaced where they are given."""
        return type(self)(
            self.ep_id,
            rows,
            self.provenance if provenance is None else provenance,
            self.model_pack,
            self.documents if documents is None else documents,
            self.arrays if arrays is None else arrays,
        )

    @property
    def digest(self) -> str:
        """Hash of the content without what differs between two equal runs."""
        parts = [canonical(row.model_dump(mode="json")) for row in self.rows]
        parts += [canonical(self.documents[name].model_dump(mode="json")) for name in sorted(self.documents)]
        parts += [sha256_of(self.arrays[name].tobytes()).encode() for name in sorted(self.arrays)]
        return sha256_of(b"\n".join([*parts, (self.model_pack or "").encode()]))

    @property
    def pack(self) -> str:
        """The model pack, for artifacts that cannot be without one."""
        if self.model_pack is None:
            raise ValueError(f"Expected {self.provenance.asset} of {self.ep_id} to name its model pack")
        return self.model_pack


@dataclass(frozen=True)
class Document(Generic[Row]):
    """One JSON document with its provenance."""

    ep_id: str
    content: Row
    provenance: Provenance
    model_pack: str | None = None

    def with_content(self, content: Row) -> Self:
        """Copy with this content."""
        return type(self)(self.ep_id, content, self.provenance, self.model_pack)

    @property
    def digest(self) -> str:
        return sha256_of(canonical(self.content.model_dump(mode="json")))


TableT = TypeVar("TableT", bound=Table[Any])
DocumentT = TypeVar("DocumentT", bound=Document[Any])


@dataclass(frozen=True)
class TableSpec(Generic[TableT]):
    """Which files a table artifact has; all of them are manifests but the arrays and the crops."""

    asset: str
    file: str
    row: type[BaseModel]
    table: type[TableT]
    documents: Mapping[str, type[BaseModel]] = field(default_factory=dict)
    arrays: tuple[str, ...] = ()
    crops: str | None = None

    @property
    def seal_file(self) -> str:
        """Name of the side file with the table's seal: `tracks.seal.json` for `tracks.jsonl`."""
        return f"{self.file.removesuffix('.jsonl')}.seal.json"

    def paths(self, ep_id: str) -> tuple[str, ...]:
        """Its files below the data root, the side file and the table last; without the crops, which are many."""
        arrays = [f"embeds/{ep_id}/{name}" for name in self.arrays]
        names = (*self.documents, self.seal_file, self.file)
        return (*arrays, *(f"manifests/{ep_id}/{name}" for name in names))


@dataclass(frozen=True)
class DocumentSpec(Generic[DocumentT]):
    """Which file a document artifact is."""

    asset: str
    file: str
    model: type[BaseModel]
    document: type[DocumentT]

    def paths(self, ep_id: str) -> tuple[str, ...]:
        """Its file below the data root."""
        return (f"manifests/{ep_id}/{self.file}",)


Spec = TableSpec[Any] | DocumentSpec[Any]
"""Anything that `save` and `load` can handle."""


def canonical(value: Any) -> bytes:
    """JSON of `value` without volatile fields, keys sorted: equal for two equal runs."""
    return json.dumps(_without_volatile(value), sort_keys=True, separators=(",", ":")).encode()


def _without_volatile(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_volatile(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [_without_volatile(item) for item in value]
    return value


def sha256_of(content: bytes) -> str:
    """SHA-256 of `content`, 64 lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
