"""Reference faces of the people of a show."""

from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from screenalytics_resources.errors import TakenError, UnknownError
from screenalytics_resources.facebank.models import PersonRow, SeedRow, VectorRow
from screenalytics_resources.facebank.packs import is_registered, register_pack
from screenalytics_resources.facebank.people import person_row
from screenalytics_resources.facebank.records import Seed, SeedQuality, StoredPack
from screenalytics_resources.facebank.show_transactions import ShowTransactions
from screenalytics_resources.facebank.stored_prototypes import recompute_prototypes
from screenalytics_resources.plain_text import printable

_UNIT_TOLERANCE = 1e-3


class Seeds(ShowTransactions):
    """Reference faces. Part of `CastStore`."""

    def add_seed(self, seed: Seed, vectors: Mapping[StoredPack, tuple[NDArray[np.float32], float]]) -> Seed:
        """Add a reference face with its vectors by pack: unit vector (D,) and norm of the raw embedding.

        A person's first reference face becomes the featured one. The person's prototypes are recomputed. A file name
        in `origin` is made printable, because the database stores only UTF-8.

        Raises:
            UserError: the person is unknown, the show already has this photo, or a pack's name belongs to another
                recogniser.
            ValueError: a vector is not a finite unit vector of its pack's dimension.
        """
        seed = replace(seed, origin=printable(seed.origin))
        with self._write_transaction(seed.show) as change:
            session = change.session
            person = person_row(session, seed.show, seed.person_id)
            _check_new_photo(session, seed)
            for pack in vectors:
                register_pack(session, pack)
            row = SeedRow(**_columns(seed))
            session.add(row)
            session.flush()
            person.featured_seed_id = person.featured_seed_id or seed.seed_id
            for pack, (vector, norm) in vectors.items():
                _store_vector(session, row, pack, vector, norm)
            change.count_change()
            return _seed(row)

    def seeds(self, show: str, person_id: str | None = None) -> tuple[Seed, ...]:
        """Return the reference faces of a show or of one person, oldest first."""
        query = select(SeedRow).where(SeedRow.show == show).order_by(SeedRow.created_at, SeedRow.seed_id)
        with self._read_transaction() as session:
            if person_id is not None:
                person_row(session, show, person_id)
                query = query.where(SeedRow.person_id == person_id)
            return tuple(map(_seed, session.scalars(query)))

    def remove_seed(self, show: str, seed_id: str) -> tuple[str, ...]:
        """Remove a reference face. Returns the keys of the files to delete.

        If it was the featured one, the person's oldest remaining one becomes featured.
        """
        with self._write_transaction(show) as change:
            session = change.session
            row = _seed_row(session, show, seed_id)
            person, files = person_row(session, show, row.person_id), tuple(row.files)
            packs = session.scalars(select(VectorRow.pack).where(VectorRow.seed_id == seed_id)).all()
            if person.featured_seed_id == seed_id:
                person.featured_seed_id = _oldest_other(session, row)
            session.flush()
            session.delete(row)
            session.flush()
            for pack in packs:
                recompute_prototypes(session, show, person.person_id, pack)
            change.count_change()
            return files

    def feature_seed(self, show: str, seed_id: str) -> None:
        """Make a reference face the featured one of its person."""
        with self._write_transaction(show) as change:
            row = _seed_row(change.session, show, seed_id)
            of_person = (PersonRow.show == show, PersonRow.person_id == row.person_id)
            not_featured = PersonRow.featured_seed_id.is_distinct_from(seed_id)
            statement = (
                update(PersonRow)
                .where(*of_person, not_featured)
                .values(featured_seed_id=seed_id, updated_at=func.now())
            )
            if change.session.execute(statement.returning(PersonRow.person_id)).all():
                change.count_change()

    def seeds_without_vector(self, show: str, pack: StoredPack) -> tuple[Seed, ...]:
        """Return the reference faces without a vector of this pack, oldest first.

        Raises:
            UserError: the pack's name belongs to another recogniser.
        """
        with_vector = select(VectorRow.seed_id).where(VectorRow.show == show, VectorRow.pack == pack.name)
        with_vector = with_vector.where(VectorRow.seed_id.is_not(None))
        query = select(SeedRow).where(SeedRow.show == show, SeedRow.seed_id.not_in(with_vector))
        with self._read_transaction() as session:
            is_registered(session, pack)
            return tuple(map(_seed, session.scalars(query.order_by(SeedRow.created_at, SeedRow.seed_id))))

    def add_vector(self, show: str, seed_id: str, pack: StoredPack, vector: NDArray[np.float32], norm: float) -> bool:
        """Store the vector of a reference face for another pack. Returns False if it already has one.

        Raises:
            UserError: the seed is unknown, or the pack's name belongs to another recogniser.
            ValueError: `vector` (D,) is not a finite unit vector of the pack's dimension.
        """
        with self._write_transaction(show) as change:
            row = _seed_row(change.session, show, seed_id)
            register_pack(change.session, pack)
            same = select(VectorRow.vector_id).where(VectorRow.seed_id == seed_id, VectorRow.pack == pack.name)
            if change.session.scalar(same) is not None:
                return False
            _store_vector(change.session, row, pack, vector, norm)
            change.count_change()
            return True


def _store_vector(session: Session, seed: SeedRow, pack: StoredPack, vector: NDArray[np.float32], norm: float) -> None:
    if vector.shape != (pack.dim,) or not abs(float(np.linalg.norm(vector)) - 1) <= _UNIT_TOLERANCE:
        raise ValueError(f"Expected a unit vector of {pack.dim} numbers, but got shape {vector.shape}: {vector[:4]}...")
    if not (np.isfinite(norm) and norm > 0):
        raise ValueError(f"Expected a norm above 0, but got {norm}")
    values: dict[str, object] = {
        "show": seed.show,
        "person_id": seed.person_id,
        "seed_id": seed.seed_id,
        "kind": "seed",
    }
    values |= {"pack": pack.name, "dim": pack.dim, "norm": float(norm), "embedding": vector}
    session.execute(insert(VectorRow).values(**values))
    recompute_prototypes(session, seed.show, seed.person_id, pack.name)


def _check_new_photo(session: Session, seed: Seed) -> None:
    same = (SeedRow.show == seed.show, SeedRow.content_sha256 == seed.content_sha256)
    duplicate = session.execute(select(SeedRow.seed_id, SeedRow.person_id, SeedRow.origin).where(*same)).one_or_none()
    if duplicate is not None:
        raise TakenError(
            f"{seed.origin} is already a reference face in {seed.show}: {duplicate.seed_id} ({duplicate.origin}) of "
            f"{duplicate.person_id}; if that one is wrong, remove it first."
        )


def _oldest_other(session: Session, row: SeedRow) -> str | None:
    others = (SeedRow.show == row.show, SeedRow.person_id == row.person_id, SeedRow.seed_id != row.seed_id)
    return session.scalar(select(SeedRow.seed_id).where(*others).order_by(SeedRow.created_at, SeedRow.seed_id).limit(1))


def _seed_row(session: Session, show: str, seed_id: str) -> SeedRow:
    row = session.get(SeedRow, printable(seed_id))
    if row is None or row.show != show:
        raise UnknownError(
            f"{show} has no reference face {seed_id}: list the show's faces with `screenalytics facebank list`."
        )
    return row


def _columns(seed: Seed) -> dict[str, object]:
    columns = {name: value for name, value in asdict(seed).items() if name not in ("quality", "created_at")}
    return columns | asdict(seed.quality) | {"box": list(seed.box), "files": list(seed.files)}


def _seed(row: SeedRow) -> Seed:
    left, top, right, bottom = row.box
    return Seed(
        seed_id=row.seed_id,
        show=row.show,
        person_id=row.person_id,
        source="photo" if row.source == "photo" else "identity",
        origin=row.origin,
        content_sha256=row.content_sha256,
        quality=SeedQuality(row.det_score, row.crop_std, row.face_px),
        box=(left, top, right, bottom),
        files=tuple(row.files),
        created_at=row.created_at,
    )
