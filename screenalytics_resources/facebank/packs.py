"""Which recogniser made the vectors of a pack: vectors of two recognisers must never be compared."""

import hashlib
import re

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.models import SCHEMA, PackRow
from screenalytics_resources.facebank.records import Pack

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
M = 16
"""Neighbours of a vector in the HNSW graph."""
EF_CONSTRUCTION = 256
"""Candidates looked at for a vector's neighbours when it is added."""


def register_pack(session: Session, pack: Pack) -> None:
    """Note whose vectors the pack holds and make their index, the first time; call it before writing any vector.

    Raises:
        UserError: the pack's name belongs to another recogniser.
    """
    if not is_registered(session, pack):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("facebank:packs", 0))))
        if not is_registered(session, pack):
            row = PackRow(pack=pack.name, recogniser_sha256=pack.recogniser_sha256, dim=pack.dim)
            session.add(row)
            session.flush()
            session.execute(text(_index(pack)))


def is_registered(session: Session, pack: Pack) -> bool:
    """Whether vectors of the pack can be stored yet; raises `UserError` where its name is another recogniser's."""
    name = check_pack_name(pack)
    row = session.execute(select(PackRow.recogniser_sha256, PackRow.dim).where(PackRow.pack == name)).one_or_none()
    if row is not None and tuple(row) != (pack.recogniser_sha256, pack.dim):
        raise UserError(
            f"The cast has vectors of another recogniser under the pack name {name} ({row.dim} numbers, "
            f"{row.recogniser_sha256[:12]}, not {pack.dim} and {pack.recogniser_sha256[:12]}): give the pack another "
            f"name and compute its vectors again."
        )
    return row is not None


def check_pack_name(pack: Pack) -> str:
    """The name, or ValueError for one that cannot be written into a statement."""
    if not _NAME.fullmatch(pack.name):
        raise ValueError(f"Expected a pack name of letters, digits, '.', '_' and '-', but got {pack.name!r}")
    return pack.name


def _index(pack: Pack) -> str:
    name = f"hnsw_{hashlib.sha256(pack.name.encode()).hexdigest()[:16]}"
    return (
        f"CREATE INDEX {name} ON {SCHEMA}.vectors USING hnsw ((embedding::vector({pack.dim})) vector_cosine_ops) "
        f"WITH (m = {M}, ef_construction = {EF_CONSTRUCTION}) WHERE pack = '{pack.name}' AND kind = 'prototype'"
    )
