"""What people said, as identities already show it."""

from collections.abc import Mapping

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.moderation.state import Moderation

NO_OWNERS: Mapping[str, str] = {}


def moderation_of(content: Identities, owned: Mapping[str, str] = NO_OWNERS) -> Moderation:
    """Return the locks, names and labels that people gave to these identities. `owned` names further identities."""
    by_person = {i.identity_id: i.labels.person_id for i in content.identities if i.labels.assigned_by == "person"}
    names = {identity: person for identity, person in (by_person | dict(owned)).items() if person}
    return Moderation(
        last_seq=1,
        groups=tuple(i.track_ids for i in content.identities if i.locked and len(i.track_ids) > 1),
        locks=tuple(i.track_ids for i in content.identities if i.locked),
        names={t: names[i.identity_id] for i in content.identities if i.identity_id in names for t in i.track_ids},
        labels={
            t: i.label
            for i in content.identities
            if i.label is not None and i.label != i.labels.name
            for t in i.track_ids
        },
    )
