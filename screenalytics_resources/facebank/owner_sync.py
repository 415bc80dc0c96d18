"""Rules for the owners of an episode when it is clustered again. Pure functions on records.

A name that a person gave is never deleted here. If its identity no longer exists, the name is set aside as a past
owner under that identity's id, which no other identity ever gets. It applies again when the identity is back, for
example after `cleanup --restore`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from screenalytics_resources.facebank.records import Owner, OwnerConflict, PastOwner, SyncResult


@dataclass(frozen=True)
class FollowedOwners:
    """Owners assigned by a person, after renaming.

    `owners` is keyed by new identity id; `moved` holds the pairs (old, new) of ids that changed. `past` are the names
    set aside now or before. `restored` are the ids of identities that are back.
    """

    owners: Mapping[str, Owner]
    moved: tuple[tuple[str, str], ...]
    conflicts: tuple[OwnerConflict, ...]
    past: tuple[PastOwner, ...]
    restored: tuple[str, ...]


def follow_renames(
    before: Iterable[Owner], past: Iterable[PastOwner], present: Collection[str], renamed: Mapping[str, str]
) -> FollowedOwners:
    """Carry owners assigned by a person over to the new identity ids.

    A name stays with the identity that it was given to. Where an identity without a name absorbed several with
    different names, the oldest name wins. The other names are set aside and reported as conflicts.
    """
    by_people, set_aside, restored = _restore([o for o in before if o.assigned_by == "person"], past, present)
    owners = {o.identity_id: o for o in by_people if o.identity_id in present and o.identity_id not in renamed}
    moved: list[tuple[str, str]] = []
    conflicts: list[OwnerConflict] = []
    for owner in sorted((o for o in by_people if o.identity_id not in owners), key=_assignment_time):
        new_id = renamed.get(owner.identity_id)
        kept = None
        if new_id in present and new_id is not None:
            kept = owners.setdefault(new_id, replace(owner, identity_id=new_id))
            if kept.person_id == owner.person_id:
                moved.append((owner.identity_id, new_id))
            else:
                conflicts.append(OwnerConflict(new_id, kept, owner))
        if owner.identity_id not in present:
            settled = kept is not None and kept.person_id == owner.person_id
            set_aside.append(_past(owner, new_id if kept else None, settled))
    return FollowedOwners(owners, tuple(moved), tuple(conflicts), tuple(set_aside), restored)


def _restore(
    owners: list[Owner], past: Iterable[PastOwner], present: Collection[str]
) -> tuple[list[Owner], list[PastOwner], tuple[str, ...]]:
    """Return the owners with those whose identity is back, the remaining past owners, and the ids that are back.

    A name that had moved on to another identity is taken from there. A newer name of the same identity replaces it.
    """
    past = list(past)
    named = {owner.identity_id for owner in owners}
    back = [name for name in past if name.identity_id in present]
    decisions = {_decision(name) for name in back if name.identity_id not in named}
    remaining = [o for o in owners if _decision(o) not in decisions]
    restored = [_owner(name) for name in back if name.identity_id not in named]
    set_aside = [name for name in past if name not in back and _decision(name) not in decisions]
    return [*remaining, *restored], set_aside, tuple(sorted(owner.identity_id for owner in restored))


def _decision(name: Owner | PastOwner) -> tuple[str, object]:
    """Return what identifies a person's decision wherever its name has moved to: the person and the time."""
    return name.person_id, name.assigned_at


def _past(owner: Owner, merged_into: str | None, settled: bool) -> PastOwner:
    return PastOwner(
        owner.show, owner.ep_id, owner.identity_id, owner.person_id, owner.assigned_at, merged_into, settled
    )


def _owner(past: PastOwner) -> Owner:
    return Owner(past.show, past.ep_id, past.identity_id, past.person_id, "person", assigned_at=past.assigned_at)


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
        restored=followed.restored,
    )
    return SyncedOwners(tuple(after.values()), result)


def _assignment_time(owner: Owner) -> tuple[float, str]:
    return (owner.assigned_at.timestamp() if owner.assigned_at else 0.0, owner.identity_id)
