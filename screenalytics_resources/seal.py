"""Seal: checksums that prove that an artifact's files belong together and are unchanged."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict

from screenalytics_resources.artifact import Provenance, sha256_of

SEAL_VERSION = 1
SEAL_BYTES = 16_384
"""Bytes that are read to find a seal at the start of a file. Reading no more keeps the listing of a library fast."""


class Companion(BaseModel):
    """Hash of a companion file, with shape and dtype if it is an array."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    shape: tuple[int, ...] | None = None
    dtype: str | None = None


class Seal(BaseModel):
    """Member `seal` of a document or of the side file of a table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    sha256: str
    digest: str
    rows: int | None = None
    model_pack: str | None = None
    companions: dict[str, Companion] = {}
    provenance: Provenance
    cleanup: str | None = None
    """Id of the cleanup that wrote the artifact instead of the asset in its provenance; null if none did."""


def make_seal(content: bytes, **fields: Any) -> Seal:
    """Return the seal of `content` with these fields and the checksum."""
    seal = Seal(version=SEAL_VERSION, sha256="", **fields)
    return seal.model_copy(update={"sha256": checksum(content, seal)})


def checksum(content: bytes, seal: Seal) -> str:
    """Return the checksum of the content and of the seal's other fields, so that neither can be edited alone."""
    absent = {"cleanup"} if seal.cleanup is None else set()  # seals from before this field stay valid
    return sha256_of(content + b"\n" + seal.model_dump_json(exclude={"sha256"} | absent).encode())


def matches(content: bytes, seal: Seal) -> bool:
    """Return whether `content` and `seal` belong together and are unchanged."""
    return checksum(content, seal) == seal.sha256


def pretty_json(value: Any) -> bytes:
    """Return `value` as JSON indented by one space, as documents are stored."""
    return json.dumps(value, indent=1).encode() + b"\n"
