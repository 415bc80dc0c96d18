"""Rows of one person in all tables that refer to people."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from screenalytics_resources.facebank.models import OwnerRow, PastOwnerRow, PersonRow, SeedRow, VectorRow

PERSON_TABLES = {
    "people": PersonRow,
    "seeds": SeedRow,
    "vectors": VectorRow,
    "owners": OwnerRow,
    "past_owners": PastOwnerRow,
}


def where_person(statement: Any, table: Any, shows: Sequence[str], person_id: str) -> Any:
    """Return the statement for the rows of one person in these shows."""
    return statement.where(table.show.in_(shows), table.person_id == person_id)


def counts(session: Session, shows: Sequence[str], person_id: str) -> dict[str, int]:
    """Return the number of rows of a person per table."""

    def count(table: Any) -> int:
        return session.scalar(where_person(select(func.count()).select_from(table), table, shows, person_id)) or 0

    return {name: count(table) for name, table in PERSON_TABLES.items()}


def seed_files(session: Session, shows: Sequence[str], person_id: str) -> tuple[str, ...]:
    """Return the keys of the files of a person's seeds, sorted."""
    per_seed = session.scalars(where_person(select(SeedRow.files), SeedRow, shows, person_id))
    return tuple(sorted(key for files in per_seed for key in files))
