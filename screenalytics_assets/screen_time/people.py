"""Who each identity is: what people said, and else what the cast says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from screenalytics_assets.contract.cast_records import CastAssignments
from screenalytics_assets.moderation.state import ModeratedEpisode


@dataclass(frozen=True)
class Person:
    """The person that an identity shows. `name` is None for a person who is not in the cast."""

    person_id: str
    name: str | None
    named_by: Literal["person", "machine"]


def people_of(
    moderated: ModeratedEpisode, cast: CastAssignments | None, names: Mapping[str, str] | None = None
) -> dict[str, Person]:
    """Return identity -> person, for the named identities of an episode with all decisions.

    A name that the machine gave holds unless a person refused it. `cast` is None if the episode was never matched with
    the cast. `names` are names by person id that outrank those of the cast assignments.
    """
    assigned = {row.identity_id: row for row in cast.assignments} if cast else {}
    known = {row.person_id: row.name for row in assigned.values() if row.person_id and row.name}
    known |= dict(names or {})
    people = {}
    for identity in moderated.identities:
        if identity.person_id is not None:
            people[identity.identity_id] = Person(identity.person_id, known.get(identity.person_id), "person")
            continue
        row = assigned.get(identity.identity_id)
        by_machine = row is not None and row.status == "assigned" and row.assigned_by == "machine"
        if row is not None and by_machine and row.person_id and row.person_id not in identity.not_people:
            people[identity.identity_id] = Person(row.person_id, known.get(row.person_id), "machine")
    return people
