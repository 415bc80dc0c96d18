"""Owners of the clusters of an episode: the people that the machine matched them with.

Names by people are decisions. Earlier releases stored them as owners, too; see `earlier_words`.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.models import OwnerRow, PastOwnerRow, PersonRow
from screenalytics_resources.facebank.records import Owner, SyncResult
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
        """Delete all owners of an episode's clusters, with those of earlier releases; return how many there were."""
        with self._write_transaction(show) as change:
            removed = 0
            for table in (OwnerRow, PastOwnerRow):
                statement = delete(table).where(table.show == show, table.ep_id == ep_id)
                removed += len(change.session.execute(statement.returning(table.identity_id)).all())
            if removed:
                change.count_change()
            return removed


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
