"""What identifies a person in files, and what of that still belongs to other people."""

from collections.abc import Iterable

import numpy as np
from sqlalchemy import LargeBinary, func, select

from screenalytics_resources.facebank.models import OwnerRow, PersonRow, SeedRow, VectorRow
from screenalytics_resources.facebank.records import Traces
from screenalytics_resources.facebank.show_transactions import ShowTransactions
from screenalytics_resources.facebank.stored_prototypes import EMBEDDING_BYTES

VECTOR_NUMBERS = 16
"""Numbers of a vector that are searched for. Two different faces never agree in as many."""


_HEADER_BYTES = 4
_STARTS = select(func.substring(EMBEDDING_BYTES, 1, _HEADER_BYTES + 4 * VECTOR_NUMBERS, type_=LargeBinary))


class PersonTraces(ShowTransactions):
    """Traces of people. Part of `CastStore`."""

    def traces(self, person_id: str, show: str | None = None) -> Traces:
        """Return what identifies a person, in one show or in every show. Without the person, only the id."""
        people = select(PersonRow).where(PersonRow.person_id == person_id)
        seeds = select(SeedRow).where(SeedRow.person_id == person_id)
        vectors = _STARTS.where(VectorRow.person_id == person_id)
        if show is not None:
            people, seeds = people.where(PersonRow.show == show), seeds.where(SeedRow.show == show)
            vectors = vectors.where(VectorRow.show == show)
        with self._read_transaction() as session:
            rows, faces = session.scalars(people).all(), session.scalars(seeds).all()
            return Traces(
                frozenset({person_id, *(_folder(key) for face in faces for key in face.files)}),
                frozenset(name for row in rows for name in (row.name, *row.aliases)),
                frozenset(face.seed_id for face in faces),
                frozenset(face.origin for face in faces if face.source == "photo"),
                _little_endian(session.scalars(vectors)),
            )

    def vector_starts(self) -> frozenset[bytes]:
        """Return the start of every stored vector, as in `Traces.vectors`."""
        with self._read_transaction() as session:
            return _little_endian(session.scalars(_STARTS))

    def texts(self) -> frozenset[str]:
        """Return every text that the cast holds: shows, ids, names, roles, photos, episodes and files."""
        with self._read_transaction() as session:
            people = session.scalars(select(PersonRow)).all()
            faces = session.scalars(select(SeedRow)).all()
            owners = session.execute(select(OwnerRow.ep_id, OwnerRow.identity_id)).all()
            return frozenset(
                {text for row in people for text in (row.show, row.person_id, row.name, *row.aliases, row.role)}
                | {text for face in faces for text in (face.seed_id, face.origin, *face.files)}
                | {text for owner in owners for text in owner}
            )


def _little_endian(sent: Iterable[bytes]) -> frozenset[bytes]:
    """Return the numbers as the database stores them, of vectors with more than one number that is not 0."""
    starts = [np.frombuffer(vector, ">f4", offset=_HEADER_BYTES) for vector in sent]
    return frozenset(start.astype("<f4").tobytes() for start in starts if np.count_nonzero(start) > 1)


def _folder(key: str) -> str:
    """Return the person in the key of a picture. After a merge it is a former id of the person."""
    return key.split("/")[2]
