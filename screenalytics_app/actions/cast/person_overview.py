"""One person of a show, with their identities and reference faces."""

from dataclasses import dataclass

from screenalytics_app.actions.cast.database import open_cast
from screenalytics_app.actions.cast.facebank import Facebank, list_facebank
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
        owned = tuple(cast.owners(show, person_id=person_id))
    return PersonOverview(person, owned, list_facebank(store, show, person_id))
