"""Owners of the clusters of an episode."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.models import OwnerRow
from screenalytics_resources.facebank.owner_sync import follow_renames, new_owners
from screenalytics_resources.facebank.people import person_row
from screenalytics_resources.facebank.records import AssignedBy, Owner, SyncResult
from screenalytics_resources.facebank.show_transactions import ShowTransactions
from screenalytics_resources.plain_text import printable

_COLUMNS = ("ep_id", "identity_id", "show", "person_id", "assigned_by", "similarity", "runner_up", "pack")


class Owners(ShowTransactions):
    """Cluster owners. Part of `CastStore`."""

    def owners(self, show: str, ep_id: str | None = None, person_id: str | None = None) -> tuple[Owner, ...]:
        """Return the owned clusters of a show, an episode or a person, ordered by episode and identity."""
        query = select(OwnerRow).where(OwnerRow.show == show).order_by(OwnerRow.ep_id, OwnerRow.identity_id)
        query = query if ep_id is None else query.where(OwnerRow.ep_id == ep_id)
        query = query if person_id is None else query.where(OwnerRow.person_id == printable(person_id))
        with self._read_transaction() as session:
            return tuple(map(_owner, session.scalars(query)))

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

        A machine never replaces an owner assigned by a person.

        Raises:
            UserError: the person is unknown, or the episode belongs to another show.
        """
        owner = Owner(show, _checked_episode(show, ep_id), identity_id, person_id, by, similarity, runner_up, pack)
        with self._write_transaction(show) as change:
            person_row(change.session, show, person_id)
            changed = _upsert_owner(change.session, owner)
            if changed:
                change.count_change()
            return changed

    def sync_episode(
        self,
        show: str,
        ep_id: str,
        present: Collection[str],
        renamed: Mapping[str, str],
        machine: Sequence[Owner],
    ) -> SyncResult:
        """Bring the owners of an episode in line with its new clustering.

        Owners assigned by a person follow their identity to its new id, and are dropped if the identity is gone.
        Owners assigned by a machine are replaced by `machine`, except for identities that a person assigned. If
        identities of several people became one, the oldest assignment stays and the others are reported.

        Args:
            show: the show of the episode.
            ep_id: the episode.
            present: every identity id of the new clustering.
            renamed: new id by old id, for identities that were renamed or merged into others.
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
            for person_id in sorted({owner.person_id for owner in machine}):
                person_row(session, show, person_id)
            rows = session.scalars(select(OwnerRow).where(OwnerRow.show == show, OwnerRow.ep_id == ep_id))
            before = tuple(map(_owner, rows))
            followed = follow_renames(before, present, renamed)
            after = new_owners(before, followed, machine)
            if set(after.owners) != set(before):
                _replace(session, before, after.owners)
                change.count_change()
            return after.result

    def remove_episode(self, show: str, ep_id: str) -> int:
        """Delete all owners of an episode's clusters, and return how many there were."""
        with self._write_transaction(show) as change:
            removed = change.session.execute(
                delete(OwnerRow).where(OwnerRow.show == show, OwnerRow.ep_id == ep_id).returning(OwnerRow.identity_id)
            ).all()
            if removed:
                change.count_change()
            return len(removed)


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
