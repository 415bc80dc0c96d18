"""Artifacts as values: rows or a document, their companions, and their provenance."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

VOLATILE = frozenset({"created_at", "updated_at", "wall_seconds", "realtime_factor", "runtime_sec", "runtime_by_phase"})
"""Fields that differ between two equal runs. The digests that downstream artifacts compare leave them out."""

Row = TypeVar("Row", bound=BaseModel)


class Provenance(BaseModel):
    """Inputs, code and settings of an artifact. Building it again with equal provenance gives an equal artifact."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    asset: str
    code_version: str
    settings_sha256: str
    inputs: dict[str, str]
    """Digest of each upstream artifact, by asset name."""


@dataclass(frozen=True)
class Table(Generic[Row]):
    """Rows, and their documents and arrays by file name.

    Arrays are float32, shape (N, D), in C order. Each row is a unit vector.
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
        """Return a copy with these rows. Companions and provenance are replaced if given."""
        return type(self)(
            self.ep_id,
            rows,
            self.provenance if provenance is None else provenance,
            self.model_pack,
            self.documents if documents is None else documents,
            self.arrays if arrays is None else arrays,
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content without volatile fields, so it is equal for two equal runs."""
        parts = [canonical(row.model_dump(mode="json")) for row in self.rows]
        parts += [canonical(self.documents[name].model_dump(mode="json")) for name in sorted(self.documents)]
        parts += [sha256_of(self.arrays[name].tobytes()).encode() for name in sorted(self.arrays)]
        return sha256_of(b"\n".join([*parts, (self.model_pack or "").encode()]))

    @property
    def pack(self) -> str:
        """Model pack of an artifact that must have one. Raises `ValueError` if it has none."""
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
        """Return a copy with this content."""
        return type(self)(self.ep_id, content, self.provenance, self.model_pack)

    @property
    def digest(self) -> str:
        return sha256_of(canonical(self.content.model_dump(mode="json")))


TableT = TypeVar("TableT", bound=Table[Any])
DocumentT = TypeVar("DocumentT", bound=Document[Any])


@dataclass(frozen=True)
class TableSpec(Generic[TableT]):
    """Files of a table artifact. Arrays and crops have their own folders; all other files are manifests."""

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
        """Return its files below the data root, with the side file and the table last. Leaves out the many crops."""
        arrays = [f"embeds/{ep_id}/{name}" for name in self.arrays]
        names = (*self.documents, self.seal_file, self.file)
        return (*arrays, *(f"manifests/{ep_id}/{name}" for name in names))


@dataclass(frozen=True)
class DocumentSpec(Generic[DocumentT]):
    """File of a document artifact."""

    asset: str
    file: str
    model: type[BaseModel]
    document: type[DocumentT]

    def paths(self, ep_id: str) -> tuple[str, ...]:
        """Return its file below the data root."""
        return (f"manifests/{ep_id}/{self.file}",)


Spec = TableSpec[Any] | DocumentSpec[Any]
"""Anything that `save` and `load` can handle."""


def canonical(value: Any) -> bytes:
    """Return `value` as JSON without volatile fields and with sorted keys, so it is equal for two equal runs."""
    return json.dumps(_without_volatile(value), sort_keys=True, separators=(",", ":")).encode()


def _without_volatile(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_volatile(item) for key, item in value.items() if key not in VOLATILE}
    if isinstance(value, list):
        return [_without_volatile(item) for item in value]
    return value


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of `content` as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
