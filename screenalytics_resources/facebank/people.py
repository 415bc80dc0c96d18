"""People of a show: add, update, merge, remove and erase."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from screenalytics_resources.episode_id import parse_show
from screenalytics_resources.errors import TakenError, UnknownError, UserError
from screenalytics_resources.facebank.connection import is_embedded
from screenalytics_resources.facebank.decision_erasure import decisions_about, replace_person
from screenalytics_resources.facebank.erase import rewrite_tables
from screenalytics_resources.facebank.models import (
    SCHEMA,
    OwnerRow,
    PastOwnerRow,
    PersonRow,
    RevisionRow,
    SeedRow,
)
from screenalytics_resources.facebank.person_rows import PERSON_TABLES, counts, seed_files, where_person
from screenalytics_resources.facebank.records import Forgotten, Person, parse_person_id
from screenalytics_resources.facebank.show_transactions import ShowTransactions, increment_revision
from screenalytics_resources.facebank.stored_prototypes import recompute_prototypes
from screenalytics_resources.plain_text import printable


class People(ShowTransactions):
    """People. Part of `CastStore`."""

    def people(self, show: str) -> tuple[Person, ...]:
        """Return all people of the show, ordered by person id."""
        with self._read_transaction() as session:
            rows = session.scalars(select(PersonRow).where(PersonRow.show == show).order_by(PersonRow.person_id))
            return tuple(map(_person, rows))

    def person(self, show: str, person_id: str) -> Person:
        """Return one person. Raises `UserError` with the nearest known id if the show has no such person."""
        with self._read_transaction() as session:
            return _person(person_row(session, show, person_id))

    def add_person(self, show: str, person_id: str, name: str, aliases: Iterable[str] = (), role: str = "") -> Person:
        """Add a person. Raises `UserError` if the id is invalid or taken, or the name is empty."""
        values = {
            "show": parse_show(show),
            "person_id": parse_person_id(person_id),
            "name": _checked_name(name),
            "role": printable(role),
        }
        with self._write_transaction(show) as change:
            new = insert(PersonRow).values(**values, aliases=_clean_aliases(aliases, name)).on_conflict_do_nothing()
            row = change.session.scalar(new.returning(PersonRow))
            if row is None:
                raise TakenError(f"{show} already has a person {person_id}: choose another id, or update that person.")
            change.count_change()
            return _person(row)

    def update_person(
        self,
        show: str,
        person_id: str,
        *,
        name: str | None = None,
        aliases: Iterable[str] | None = None,
        role: str | None = None,
    ) -> Person:
        """Update the given fields of a person. None leaves a field unchanged."""
        with self._write_transaction(show) as change:
            row = person_row(change.session, show, person_id)
            before = _person(row)
            row.name = before.name if name is None else _checked_name(name)
            row.aliases = _clean_aliases(before.aliases if aliases is None else aliases, row.name)
            row.role = before.role if role is None else printable(role)
            if _person(row) != before:
                row.updated_at = func.now()
                change.count_change()
            change.session.flush()
            return _person(row)

    def remove_person(self, show: str, person_id: str, *, force: bool = False) -> tuple[str, ...]:
        """Remove a person with seeds, vectors and cluster ownership. Returns the keys of the files to delete.

        Decisions about the person stay in the log, but say nothing any more. The caller rewrites the mirrors.

        Raises:
            UserError: the person is unknown, or has seeds, clusters or decisions and `force` is not set.
        """
        with self._write_transaction(show) as change:
            row = person_row(change.session, show, person_id)
            rows = counts(change.session, [show], person_id)
            decided = decisions_about(change.session, show, person_id)
            if not force and (rows["seeds"] or rows["owners"] or decided):
                raise TakenError(
                    f"{person_id} has {rows['seeds']} reference faces, owns {rows['owners']} clusters and is named "
                    f"in {decided} decisions: remove or reassign the faces and clusters first, or use --force."
                )
            files = seed_files(change.session, [show], person_id)
            replace_person(change.session, show, person_id, None)
            change.session.delete(row)
            change.count_change()
            return files

    def merge_people(self, show: str, source: str, target: str) -> Person:
        """Merge `source` into `target`: seeds, vectors, clusters, name and aliases. Returns the target.

        Decisions about the source become decisions about the target: their rows are rewritten in this transaction, and
        nothing is appended. The caller rewrites the mirrors.
        """
        if source == target:
            raise UserError(f"{source} cannot be merged into itself: name two different people.")
        with self._write_transaction(show) as change:
            session = change.session
            source_row, target_row = person_row(session, show, source), person_row(session, show, target)
            target_row.aliases = _clean_aliases(
                [*target_row.aliases, source_row.name, *source_row.aliases], target_row.name
            )
            target_row.featured_seed_id = target_row.featured_seed_id or source_row.featured_seed_id
            target_row.updated_at = func.now()
            for table in (SeedRow, OwnerRow, PastOwnerRow):  # seed vectors follow their seeds by foreign key
                session.execute(where_person(update(table), table, [show], source).values(person_id=target))
            replace_person(session, show, source, target)
            session.delete(source_row)
            session.flush()
            recompute_prototypes(session, show, target)
            change.count_change()
            return _person(target_row)

    def forget(self, person_id: str, show: str | None = None) -> Forgotten:
        """Erase a person in one show, or in every show. Idempotent: erasing again returns an empty result.

        Afterwards the embedded server's files contain no trace of the person; see `rewrite_tables`. The tables are
        always rewritten: an earlier call may have been killed before that, and the rows of a person who was removed or
        merged are still in the files.
        """
        forgotten = self.forget_rows(person_id, show)
        self.erase_deleted_rows()
        return forgotten

    def forget_rows(self, person_id: str, show: str | None = None) -> Forgotten:
        """Delete the rows of a person, and their id in decisions. Both stay in files until `erase_deleted_rows`."""
        with self._write_all_shows() as session:
            known = session.scalars(select(PersonRow.show).where(PersonRow.person_id == person_id)).all()
            shows = [name for name in known if show in (None, name)]
            files = seed_files(session, shows, person_id)
            rows = {table: count for table, count in counts(session, shows, person_id).items() if count}
            session.execute(where_person(delete(PersonRow), PersonRow, shows, person_id))
            decided = replace_person(session, show, person_id, None)
            for name in shows:
                increment_revision(session, name)
        return Forgotten(rows | ({"decisions": decided} if decided else {}), files)

    def erase_deleted_rows(self) -> tuple[str, ...]:
        """Erase deleted rows from the files of the database; see `rewrite_tables` for the result and errors."""
        tables = [f"{SCHEMA}.{table}" for table in (*PERSON_TABLES, "decisions")]
        return tuple(rewrite_tables(self._engine, tables, is_embedded()))

    def people_document(self, show: str) -> dict[str, Any]:
        """Return the cast of the show as plain JSON values, ordered by person id."""
        with self._read_transaction() as session:
            people = session.scalars(select(PersonRow).where(PersonRow.show == show).order_by(PersonRow.person_id))
            revision = session.scalar(select(RevisionRow.revision).where(RevisionRow.show == show)) or 0
            counts = select(SeedRow.person_id, func.count()).where(SeedRow.show == show).group_by(SeedRow.person_id)
            seeds = {row[0]: row[1] for row in session.execute(counts)}
            clusters = _clusters_by_person(session, show)
            entries = [
                _person_entry(row, seeds.get(row.person_id, 0), clusters.get(row.person_id, [])) for row in people
            ]
            return {"show": show, "revision": revision, "people": entries}


def person_row(session: Session, show: str, person_id: str) -> PersonRow:
    """Return the row of a person. Raises `UserError` with the nearest known id if there is none."""
    row = session.get(PersonRow, (show, printable(person_id)))  # the database accepts only UTF-8
    if row is None:
        known = session.scalars(select(PersonRow.person_id).where(PersonRow.show == show)).all()
        raise UnknownError(_unknown_person(show, person_id, known))
    return row


def _unknown_person(show: str, person_id: str, known: Sequence[str]) -> str:
    if not known:
        return f"{show} has no person {person_id}, because it has no people yet: add the person first."
    nearest = difflib.get_close_matches(person_id, known, n=1, cutoff=0.0)
    return f"{show} has no person {person_id}: the nearest known id is {nearest[0]}."


def _person(row: PersonRow) -> Person:
    return Person(
        show=row.show,
        person_id=row.person_id,
        name=row.name,
        aliases=tuple(row.aliases),
        role=row.role,
        featured_seed_id=row.featured_seed_id,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _checked_name(text: str) -> str:
    if not text.strip():
        raise UserError("A person needs a name: pass one that is not blank.")
    return printable(text.strip())


def _clean_aliases(given: Iterable[str], name: str) -> list[str]:
    """Return the aliases in the given order, without blanks, duplicates and the name itself."""
    unique = dict.fromkeys(printable(alias.strip()) for alias in given)
    return [alias for alias in unique if alias and alias != printable(name.strip())]


def _clusters_by_person(session: Session, show: str) -> dict[str, list[str]]:
    query = select(OwnerRow.person_id, OwnerRow.ep_id, OwnerRow.identity_id).where(OwnerRow.show == show)
    clusters: dict[str, list[str]] = {}
    for person_id, ep_id, identity_id in session.execute(query):
        clusters.setdefault(person_id, []).append(f"{ep_id}:{identity_id}")
    return clusters


def _person_entry(row: PersonRow, seeds: int, clusters: list[str]) -> dict[str, Any]:
    return {
        "person_id": row.person_id,
        "name": row.name,
        "aliases": list(row.aliases),
        "role": row.role,
        "featured_seed_id": row.featured_seed_id,
        "seeds": seeds,
        "cluster_ids": sorted(clusters),
    }
