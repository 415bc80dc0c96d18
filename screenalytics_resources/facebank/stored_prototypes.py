"""Stored prototypes of a person, kept consistent with the stored seeds."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import LargeBinary, delete, func, insert, select
from sqlalchemy.orm import Session

from screenalytics_resources.facebank.models import VectorRow
from screenalytics_resources.facebank.prototypes import prototypes

EMBEDDING_BYTES = func.vector_send(VectorRow.embedding, type_=LargeBinary)
"""Selects the embedding in PostgreSQL's binary format, which is exact and much faster to read than text."""
_HEADER_BYTES = 4


def read_embeddings(encoded: list[bytes], dim: int) -> NDArray[np.float32]:
    """Return rows (N, `dim`) from values selected by `EMBEDDING_BYTES`: big-endian float32 after a header."""
    rows = [np.frombuffer(row, dtype=">f4", offset=_HEADER_BYTES) for row in encoded]
    return np.stack(rows).astype(np.float32) if rows else np.empty((0, dim), np.float32)


def recompute_prototypes(session: Session, show: str, person_id: str, pack: str | None = None) -> None:
    """Recompute the prototypes of a person from the current seeds, in one pack or in all."""
    of_person = (VectorRow.show == show, VectorRow.person_id == person_id)
    packs = select(VectorRow.pack, VectorRow.dim).where(*of_person).distinct().order_by(VectorRow.pack)
    for name, dim in session.execute(packs).all():
        if pack in (None, name):
            _recompute(session, show, person_id, name, dim)


def _recompute(session: Session, show: str, person_id: str, pack: str, dim: int) -> None:
    of_person = (VectorRow.show == show, VectorRow.person_id == person_id, VectorRow.pack == pack)
    session.execute(delete(VectorRow).where(*of_person, VectorRow.kind == "prototype"))
    seeds = select(EMBEDDING_BYTES, VectorRow.norm).where(*of_person).order_by(VectorRow.vector_id)
    rows = session.execute(seeds).all()
    norms = np.array([norm for _, norm in rows], np.float64)
    computed = prototypes(read_embeddings([encoded for encoded, _ in rows], dim), norms)
    common = {"show": show, "person_id": person_id, "kind": "prototype", "pack": pack, "dim": dim}
    if len(computed):
        session.execute(insert(VectorRow), [{**common, "embedding": row} for row in computed])
