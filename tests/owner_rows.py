"""Rows of `facebank.owners`: the machine's, and those that earlier releases wrote for people."""

from sqlalchemy.dialects.postgresql import insert

from screenalytics_resources.facebank.cast_store import CastStore
from screenalytics_resources.facebank.models import OwnerRow
from screenalytics_resources.facebank.records import AssignedBy


def write_owner(
    cast: CastStore,
    show: str,
    ep_id: str,
    identity_id: str,
    person_id: str,
    by: AssignedBy = "machine",
    similarity: float | None = None,
) -> None:
    """Make a person the owner of an identity, in place of any other. It counts as a change of the show."""
    key = {"ep_id": ep_id, "identity_id": identity_id}
    values = {"show": show, "person_id": person_id, "assigned_by": by, "similarity": similarity}
    row = insert(OwnerRow).values(**key, **values)
    with cast._write_transaction(show) as change:
        change.session.execute(row.on_conflict_do_update(index_elements=list(key), set_=values))
        change.count_change()
