"""One person of a show, with their identities and reference faces."""

from dataclasses import dataclass

from screenalytics_app.actions.cast.database import open_cast
from screenalytics_app.actions.cast.facebank import Facebank, list_facebank
from screenalytics_app.actions.moderation.names import named_identities
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_show
from screenalytics_resources.facebank.records import Owner, Person


@dataclass(frozen=True)
class PersonOverview:
    """A person, every identity that belongs to them, and their reference faces."""

    person: Person
    owned: tuple[Owner, ...]
    facebank: Facebank


def person_overview(store: ArtifactStore, show: str, person_id: str) -> PersonOverview:
    """Return everything that is known of a person; raises `UserError` for an unknown person."""
    with open_cast(store) as cast:
        person = cast.person(parse_show(show), person_id)
        matched = cast.owners(show, person_id=person_id)
    named = {(ep_id, identity): name for ep_id, identity, name in named_identities(store, show)}
    owned = [owner for owner in matched if (owner.ep_id, owner.identity_id) not in named]
    owned += [Owner(show, *identity, name, "person") for identity, name in named.items() if name == person_id]
    ordered = tuple(sorted(owned, key=lambda owner: (owner.ep_id, owner.identity_id)))
    return PersonOverview(person, ordered, list_facebank(store, show, person_id))
