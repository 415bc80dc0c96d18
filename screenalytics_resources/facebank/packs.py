"""Registry of the recogniser behind each pack. Vectors of different recognisers must never be compared."""

import hashlib
import re

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.models import SCHEMA, PackRow
from screenalytics_resources.facebank.records import StoredPack

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
M = 16
"""Neighbours per vector in the HNSW graph (`m`)."""
EF_CONSTRUCTION = 256
"""Candidate neighbours considered when a vector is inserted (`ef_construction`)."""


def register_pack(session: Session, pack: StoredPack) -> None:
    """Record the recogniser of a new pack and create its index. Call this before writing any vector of the pack.

    Raises:
        UserError: the pack's name belongs to another recogniser.
    """
    if not is_registered(session, pack):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("facebank:packs", 0))))
        if not is_registered(session, pack):
            row = PackRow(pack=pack.name, recogniser_sha256=pack.recogniser_sha256, dim=pack.dim)
            session.add(row)
            session.flush()
            session.execute(text(_index_sql(pack)))


def is_registered(session: Session, pack: StoredPack) -> bool:
    """Return whether the pack is registered. Raises `UserError` if its name belongs to another recogniser."""
    name = check_pack_name(pack)
    row = session.execute(select(PackRow.recogniser_sha256, PackRow.dim).where(PackRow.pack == name)).one_or_none()
    if row is not None and tuple(row) != (pack.recogniser_sha256, pack.dim):
        raise UserError(
            f"The cast has vectors of another recogniser under the pack name {name} ({row.dim} dimensions, "
            f"{row.recogniser_sha256[:12]}, not {pack.dim} and {pack.recogniser_sha256[:12]}): give the pack another "
            f"name and compute its vectors again."
        )
    return row is not None


def check_pack_name(pack: StoredPack) -> str:
    """Return the pack's name. Raises `ValueError` if it is not safe to use as a literal in SQL."""
    if not _NAME.fullmatch(pack.name):
        raise ValueError(f"Expected a pack name of letters, digits, '.', '_' and '-', but got {pack.name!r}")
    return pack.name


def _index_sql(pack: StoredPack) -> str:
    name = f"hnsw_{hashlib.sha256(pack.name.encode()).hexdigest()[:16]}"
    return (
        f"CREATE INDEX {name} ON {SCHEMA}.vectors USING hnsw ((embedding::vector({pack.dim})) vector_cosine_ops) "
        f"WITH (m = {M}, ef_construction = {EF_CONSTRUCTION}) WHERE pack = '{pack.name}' AND kind = 'prototype'"
    )
