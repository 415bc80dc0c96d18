"""The two file formats of the artifacts, and the seal that makes damage visible.

A document is JSON with a `seal` beside its fields; a table is JSON Lines whose first line is the seal and
whose other lines are rows. The seal holds the SHA-256 of the content, the SHA-256 (and shape) of every
companion file that belongs to it, and the provenance. Companions are written first and the sealed file last,
so a pair that an unfinished write or a careless hand tore apart is refused on reading, with file and cause.
"""

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from screenalytics_resources.artifact import (
    Document,
    DocumentSpec,
    DocumentT,
    Provenance,
    Row,
    Spec,
    Table,
    TableSpec,
    TableT,
    sha256_of,
)
from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from upath import UPath

SEAL_VERSION = 1
_END = b"\n}\n"
"""The last bytes of a document."""
_SEAL_BYTES = 16_384
"""A document's seal lies within its first bytes: reading more of it, for listing a library, would take longer."""


class DamagedArtifactError(UserError):
    """An artifact that is missing, torn or edited: names the file, the cause and the way out."""


class Companion(BaseModel):
    """Hash of a file that belongs to a sealed one; shape and dtype where it is an array."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    shape: tuple[int, ...] | None = None
    dtype: str | None = None


class Seal(BaseModel):
    """First line of a table, member `seal` of a document."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    sha256: str
    digest: str
    rows: int | None = None
    model_pack: str | None = None
    companions: dict[str, Companion] = {}
    provenance: Provenance
    cleanup: str | None = None
    """Id of the cleanup that wrote it in the place of what its provenance says; null for all else."""


def save_table(store: ArtifactStore, spec: TableSpec[Any], table: Table[Any], cleanup: str | None = None) -> None:
    """Write companions first and the sealed rows last; what stood before stays whole until the last moment."""
    companions: dict[str, Companion] = {}
    for name in spec.arrays:
        content = _npy(table.arrays[name])
        write_atomic(store.path("embeds", table.ep_id, name), content)
        array = table.arrays[name]
        companions[name] = Companion(sha256=sha256_of(content), shape=array.shape, dtype=str(array.dtype))
    for name in spec.documents:
        content = _pretty(table.documents[name].model_dump(mode="json"))
        write_atomic(store.manifest(table.ep_id, name), content)
        companions[name] = Companion(sha256=sha256_of(content))
    if spec.crops:
        companions[spec.crops] = Companion(sha256=sha256_of(store.frames(table.ep_id, spec.crops).read_bytes()))
    body = b"".join(_line(row.model_dump(mode="json")) for row in table.rows)
    seal = _sealed(
        body,
        digest=table.digest,
        rows=len(table.rows),
        model_pack=table.model_pack,
        companions=companions,
        provenance=table.provenance,
        cleanup=cleanup,
    )
    head = _line({"seal": seal.model_dump(mode="json")})
    write_atomic(store.manifest(table.ep_id, spec.file), head + body)


def load_table(store: ArtifactStore, spec: TableSpec[TableT], ep_id: str) -> TableT:
    """Read a table with its companions, or raise `DamagedArtifactError`."""
    reader = _Reader(store, ep_id, spec.asset)
    path = store.manifest(ep_id, spec.file)
    head, _, body = reader.content(path).partition(b"\n")
    seal = reader.seal(path, reader.json(path, head))
    lines = body.splitlines()
    if len(lines) != seal.rows:
        raise reader.damaged(path, f"it holds {len(lines)} rows where its first line promises {seal.rows} (truncated?)")
    if _checksum(body, seal) != seal.sha256:
        raise reader.damaged(path, "its rows do not match the checksum in its first line (edited?)")
    documents = {
        name: reader.model(
            store.manifest(ep_id, name), model, reader.companion(store.manifest(ep_id, name), name, seal)
        )
        for name, model in spec.documents.items()
    }
    arrays = {
        name: reader.array(path := store.path("embeds", ep_id, name), reader.companion(path, name, seal))
        for name in spec.arrays
    }
    if spec.crops:
        reader.companion(store.frames(ep_id, spec.crops), spec.crops, seal)
    rows = [reader.model(store.manifest(ep_id, spec.file), spec.row, line) for line in lines]
    return spec.table(ep_id, rows, seal.provenance, seal.model_pack, documents, arrays)


def save_document(
    store: ArtifactStore, spec: DocumentSpec[Any], document: Document[Any], cleanup: str | None = None
) -> None:
    """Write one sealed JSON document."""
    content = document.content.model_dump(mode="json")
    seal = _sealed(
        _dump(content),
        digest=document.digest,
        model_pack=document.model_pack,
        provenance=document.provenance,
        cleanup=cleanup,
    )
    write_atomic(store.manifest(document.ep_id, spec.file), _pretty({"seal": seal.model_dump(mode="json")} | content))


def load_document(store: ArtifactStore, spec: DocumentSpec[DocumentT], ep_id: str) -> DocumentT:
    """Read one sealed JSON document, or raise `DamagedArtifactError`."""
    reader = _Reader(store, ep_id, spec.asset)
    path = store.manifest(ep_id, spec.file)
    content = reader.json(path, reader.content(path))
    seal = reader.seal(path, content)
    del content["seal"]
    if _checksum(_dump(content), seal) != seal.sha256:
        raise reader.damaged(path, "its content does not match its own checksum (edited?)")
    return spec.document(ep_id, reader.model(path, spec.model, _dump(content)), seal.provenance, seal.model_pack)


def read_seal(store: ArtifactStore, spec: Spec, ep_id: str) -> Seal | None:
    """The seal alone, None where the artifact does not exist; for listing many episodes quickly."""
    reader = _Reader(store, ep_id, spec.asset)
    path = store.manifest(ep_id, spec.file)
    ends = store.place.read_ends(path, _SEAL_BYTES, len(_END))
    if ends is None:
        return None
    head, tail = ends
    if isinstance(spec, TableSpec):
        line, end, _ = head.partition(b"\n")
        return reader.seal(path, reader.json(path, line if end else reader.content(path).partition(b"\n")[0]))
    seal = _leading_seal(head) if tail == _END else None  # one that was cut off is read whole: that says what is wrong
    return reader.seal(path, {"seal": seal} if seal else reader.json(path, reader.content(path)))


def _leading_seal(head: bytes) -> dict[str, Any] | None:
    """The seal with which a document begins, as it is written here; None where it is not there."""
    text = head.decode(errors="replace")
    begin = text.find("{", 1)
    if not text[:begin].replace(" ", "").replace("\n", "").startswith('{"seal":'):
        return None
    try:
        seal, _ = json.JSONDecoder().raw_decode(text, begin)
    except ValueError:
        return None
    return seal if isinstance(seal, dict) else None


def _sealed(content: bytes, **fields: Any) -> Seal:
    seal = Seal(version=SEAL_VERSION, sha256="", **fields)
    return seal.model_copy(update={"sha256": _checksum(content, seal)})


def _checksum(content: bytes, seal: Seal) -> str:
    """Checksum of the content and of all else that the seal says, so that neither can be edited alone."""
    unsaid = {"cleanup"} if seal.cleanup is None else set()  # so that seals from before there was one still hold
    return sha256_of(content + b"\n" + seal.model_dump_json(exclude={"sha256"} | unsaid).encode())


@dataclass(frozen=True)
class _Reader:
    """Reads the files of one artifact and turns every kind of damage into one sentence."""

    store: ArtifactStore
    ep_id: str
    asset: str

    def damaged(self, path: "UPath", cause: str) -> DamagedArtifactError:
        return DamagedArtifactError(
            f"{self.store.relative(path)} cannot be used: {cause}; "
            f"make it again with `screenalytics run --ep-id {self.ep_id} --from {self.asset}`."
        )

    def content(self, path: "UPath") -> bytes:
        try:
            content: bytes = path.read_bytes()
        except FileNotFoundError:
            raise DamagedArtifactError(
                f"{self.store.relative(path)} does not exist: make it with `screenalytics run --ep-id {self.ep_id}`, "
                f"with --video PATH the first time."
            ) from None
        return content

    def json(self, path: "UPath", content: bytes) -> dict[str, Any]:
        try:
            value = json.loads(content)
        except ValueError as error:
            raise self.damaged(path, f"it is not valid JSON ({error}) (truncated or edited?)") from None
        if not isinstance(value, dict):
            raise self.damaged(path, f"it holds a JSON {type(value).__name__} where an object is needed")
        return value

    def seal(self, path: "UPath", content: dict[str, Any]) -> Seal:
        try:
            seal = Seal.model_validate(content.get("seal"))
        except ValidationError:
            raise self.damaged(path, "its seal is missing or unreadable (written by something else?)") from None
        if seal.version != SEAL_VERSION:
            raise self.damaged(path, f"its seal has version {seal.version} and this release reads {SEAL_VERSION}")
        return seal

    def companion(self, path: "UPath", name: str, seal: Seal) -> bytes:
        if not path.exists():  # a plain run would not notice: it asks the seals alone what is to be made
            raise self.damaged(path, "it does not exist")
        content = self.content(path)
        expected = seal.companions.get(name)
        if expected is None or sha256_of(content) != expected.sha256:
            raise self.damaged(path, f"it is not the file that {self.asset} was written with (swapped or torn?)")
        return content

    def array(self, path: "UPath", content: bytes) -> NDArray[np.float32]:
        try:
            array = np.load(io.BytesIO(content), allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise self.damaged(path, f"it is not a NumPy array ({error})") from None
        if not isinstance(array, np.ndarray):
            raise self.damaged(path, "it is an archive where one NumPy array is needed")
        return array

    def model(self, path: "UPath", model: type[Row], content: bytes) -> Row:
        try:
            return model.model_validate_json(content)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise self.damaged(path, f"field {where} is wrong: {first['msg']}, got {first['input']!r:.80}") from None


def _npy(array: NDArray[np.float32]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def _dump(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _line(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _pretty(value: Any) -> bytes:
    return json.dumps(value, indent=1).encode() + b"\n"
