"""Rules for the owners of an episode when it is clustered again. Pure functions on records."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from screenalytics_resources.facebank.records import Owner, OwnerConflict, SyncResult


@dataclass(frozen=True)
class FollowedOwners:
    """Owners assigned by a person, after renaming.

    `owners` is keyed by new identity id; `moved` holds the pairs (old, new) of ids that changed.
    """

    owners: Mapping[str, Owner]
    moved: tuple[tuple[str, str], ...]
    conflicts: tuple[OwnerConflict, ...]


def follow_renames(before: Iterable[Owner], present: Collection[str], renamed: Mapping[str, str]) -> FollowedOwners:
    """Carry owners assigned by a person over to the new identity ids. The oldest wins if several meet."""
    owners: dict[str, Owner] = {}
    moved: list[tuple[str, str]] = []
    conflicts: list[OwnerConflict] = []
    for owner in sorted((o for o in before if o.assigned_by == "person"), key=_assignment_time):
        new_id = renamed.get(owner.identity_id, owner.identity_id)
        if new_id not in present:
            continue
        kept = owners.setdefault(new_id, replace(owner, identity_id=new_id))
        if kept.person_id != owner.person_id:
            conflicts.append(OwnerConflict(new_id, kept, owner))
        elif new_id != owner.identity_id:
            moved.append((owner.identity_id, new_id))
    return FollowedOwners(owners, tuple(moved), tuple(conflicts))


@dataclass(frozen=True)
class SyncedOwners:
    """The owners of an episode after a sync, and how they changed."""

    owners: tuple[Owner, ...]
    result: SyncResult


def new_owners(before: Collection[Owner], followed: FollowedOwners, machine: Iterable[Owner]) -> SyncedOwners:
    """Combine owners assigned by a person with the machine's owners for all other identities."""
    owners_before = {owner.identity_id: owner for owner in before}
    assigned_by_machine = {owner.identity_id: owner for owner in machine if owner.identity_id not in followed.owners}
    after = assigned_by_machine | dict(followed.owners)
    moved_from = {old for old, _ in followed.moved}
    result = SyncResult(
        removed=tuple(sorted(key for key in owners_before if key not in after and key not in moved_from)),
        moved=tuple(sorted(followed.moved)),
        assigned=tuple(sorted(key for key, owner in assigned_by_machine.items() if owners_before.get(key) != owner)),
        unchanged=tuple(sorted(key for key, owner in after.items() if owners_before.get(key) == owner)),
        conflicts=followed.conflicts,
    )
    return SyncedOwners(tuple(after.values()), result)


def _assignment_time(owner: Owner) -> tuple[float, str]:
    return (owner.assigned_at.timestamp() if owner.assigned_at else 0.0, owner.identity_id)
