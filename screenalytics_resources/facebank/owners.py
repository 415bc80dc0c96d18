"""Owners of the clusters of an episode."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.models import OwnerRow, PastOwnerRow, PersonRow
from screenalytics_resources.facebank.people import person_row
from screenalytics_resources.facebank.records import AssignedBy, Owner, PastOwner, SyncResult
from screenalytics_resources.facebank.show_transactions import ShowTransactions
from screenalytics_resources.plain_text import printable

_COLUMNS = ("ep_id", "identity_id", "show", "person_id", "assigned_by", "similarity", "runner_up", "pack")
_PAST_COLUMNS = PastOwnerRow.__table__.columns


class Owners(ShowTransactions):
    """Cluster owners. Part of `CastStore`."""

    def owners(self, show: str, ep_id: str | None = None, person_id: str | None = None) -> tuple[Owner, ...]:
        """Return the owned clusters of a show, an episode or a person, ordered by episode and identity."""
        query = select(OwnerRow).where(OwnerRow.show == show).order_by(OwnerRow.ep_id, OwnerRow.identity_id)
        query = query if ep_id is None else query.where(OwnerRow.ep_id == ep_id)
        query = query if person_id is None else query.where(OwnerRow.person_id == printable(person_id))
        with self._read_transaction() as session:
            return tuple(map(_owner, session.scalars(query)))

    def past_owners(self, show: str, ep_id: str | None = None) -> tuple[PastOwner, ...]:
        """Return the names that people gave to identities that no longer exist, ordered by episode and identity."""
        with self._read_transaction() as session:
            return _past_owners(session, show, ep_id)

    def assign(
        self,
        show: str,
        ep_id: str,
        identity_id: str,
        person_id: str,
        by: AssignedBy,
        *,
        similarity: float | None = None,
        runner_up: float | None = None,
        pack: str | None = None,
    ) -> bool:
        """Assign a cluster to a person, replacing any previous owner. Returns whether anything changed.

        A machine never replaces an owner assigned by a person. A person's assignment settles the past owners that
        became part of the same identity, and those of the same person in the episode.

        Raises:
            UserError: the person is unknown, or the episode belongs to another show.
        """
        owner = Owner(show, _checked_episode(show, ep_id), identity_id, person_id, by, similarity, runner_up, pack)
        with self._write_transaction(show) as change:
            person_row(change.session, show, person_id)
            changed = _upsert_owner(change.session, owner)
            if by == "person":
                changed = _settle(change.session, owner) or changed
            if changed:
                change.count_change()
            return changed

    def unassign(self, show: str, ep_id: str, identity_id: str) -> bool:
        """Withdraw the name that a person gave to a cluster, which may no longer exist. Returns whether it had one."""
        with self._write_transaction(show) as change:
            owned = (OwnerRow.show == show, OwnerRow.ep_id == ep_id, OwnerRow.identity_id == identity_id)
            past = (PastOwnerRow.show == show, PastOwnerRow.ep_id == ep_id, PastOwnerRow.identity_id == identity_id)
            statements = (
                delete(OwnerRow).where(*owned, OwnerRow.assigned_by == "person").returning(OwnerRow.identity_id),
                delete(PastOwnerRow).where(*past).returning(PastOwnerRow.identity_id),
            )
            withdrawn = [change.session.execute(statement).first() is not None for statement in statements]
            if any(withdrawn):
                change.count_change()
            return any(withdrawn)

    def sync_episode(self, show: str, ep_id: str, present: Collection[str], machine: Sequence[Owner]) -> SyncResult:
        """Replace the machine's owners of an episode with those of its new clustering.

        Owners that people assigned with an earlier release stay until they are adopted as decisions.

        Args:
            show: the show of the episode.
            ep_id: the episode.
            present: every identity id of the new clustering.
            machine: the machine's current owners.

        Raises:
            UserError: a person is unknown, or the episode belongs to another show.
            ValueError: an owner in `machine` belongs to another episode or to no present identity, or was assigned by
                a person.
        """
        _checked_episode(show, ep_id)
        _check_machine_owners(machine, show, ep_id, present)
        with self._write_transaction(show) as change:
            session = change.session
            matched = {owner.person_id for owner in machine}
            if matched - set(session.scalars(select(PersonRow.person_id).where(PersonRow.show == show))):
                raise UserError(f"The cast of {show} was changed while it was matched: run again.")
            rows = session.scalars(select(OwnerRow).where(OwnerRow.show == show, OwnerRow.ep_id == ep_id))
            owners = tuple(map(_owner, rows))
            by_people = {owner.identity_id for owner in owners if owner.assigned_by == "person"}
            before = {owner.identity_id: owner for owner in owners if owner.assigned_by == "machine"}
            after = {owner.identity_id: owner for owner in machine if owner.identity_id not in by_people}
            if after != before:
                _replace(session, before.values(), after.values())
                change.count_change()
            return SyncResult(
                removed=tuple(sorted(before.keys() - after.keys())),
                assigned=tuple(sorted(key for key, owner in after.items() if before.get(key) != owner)),
                unchanged=tuple(sorted(key for key, owner in after.items() if before.get(key) == owner)),
            )

    def remove_episode(self, show: str, ep_id: str) -> int:
        """Delete all owners and past owners of an episode's clusters, and return how many there were."""
        with self._write_transaction(show) as change:
            removed = 0
            for table in (OwnerRow, PastOwnerRow):
                statement = delete(table).where(table.show == show, table.ep_id == ep_id)
                removed += len(change.session.execute(statement.returning(table.identity_id)).all())
            if removed:
                change.count_change()
            return removed


def _upsert_owner(session: Session, owner: Owner) -> bool:
    new = upsert(OwnerRow).values(**_values(owner))
    new_values = {name: new.excluded[name] for name in _COLUMNS[2:]}
    differs = func.row(*(getattr(OwnerRow, name) for name in new_values)).is_distinct_from(
        func.row(*new_values.values())
    )
    allowed = differs if owner.assigned_by == "person" else differs & (OwnerRow.assigned_by == "machine")
    upsert_row = new.on_conflict_do_update(
        index_elements=["ep_id", "identity_id"], set_=new_values | {"assigned_at": func.now()}, where=allowed
    )
    return session.execute(upsert_row.returning(OwnerRow.ep_id)).first() is not None


def _replace(session: Session, before: Iterable[Owner], after: Iterable[Owner]) -> None:
    old, new = set(before), set(after)
    for owner in old - new:
        cluster = (OwnerRow.ep_id == owner.ep_id, OwnerRow.identity_id == owner.identity_id)
        session.execute(delete(OwnerRow).where(*cluster))
    rows = [_values(owner) | {"assigned_at": owner.assigned_at or func.now()} for owner in sorted(new - old, key=str)]
    for row in rows:
        session.execute(insert(OwnerRow).values(**row))


def _past_owners(session: Session, show: str, ep_id: str | None) -> tuple[PastOwner, ...]:
    query = select(PastOwnerRow).where(PastOwnerRow.show == show)
    query = query if ep_id is None else query.where(PastOwnerRow.ep_id == ep_id)
    rows = session.scalars(query.order_by(PastOwnerRow.ep_id, PastOwnerRow.identity_id))
    return tuple(PastOwner(**{column.name: getattr(row, column.name) for column in _PAST_COLUMNS}) for row in rows)


def _settle(session: Session, owner: Owner) -> bool:
    """Settle the past owners that this assignment by a person answers. Returns whether there was any."""
    answered = or_(PastOwnerRow.merged_into == owner.identity_id, PastOwnerRow.person_id == owner.person_id)
    unsettled = (PastOwnerRow.show == owner.show, PastOwnerRow.ep_id == owner.ep_id, PastOwnerRow.settled.is_(False))
    statement = update(PastOwnerRow).where(*unsettled, answered).values(settled=True)
    return session.execute(statement.returning(PastOwnerRow.identity_id)).first() is not None


def _checked_episode(show: str, ep_id: str) -> str:
    if parse_ep_id(ep_id).show != show:
        raise UserError(f"{ep_id} is not an episode of {show}: name the show that it belongs to.")
    return ep_id


def _check_machine_owners(machine: Iterable[Owner], show: str, ep_id: str, present: Collection[str]) -> None:
    for owner in machine:
        expected = (owner.show, owner.ep_id, owner.assigned_by) == (show, ep_id, "machine")
        if not expected or owner.identity_id not in present:
            raise ValueError(f"Expected machine owners for the current identities of {ep_id}, but got {owner}")


def _values(owner: Owner) -> dict[str, Any]:
    return {name: getattr(owner, name) for name in _COLUMNS}


def _owner(row: OwnerRow) -> Owner:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Owner(**values, assigned_at=row.assigned_at)
