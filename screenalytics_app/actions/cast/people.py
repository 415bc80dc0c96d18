"""The people of a show: add, list, look up, merge and remove them."""

from collections.abc import Sequence
from dataclasses import dataclass

from screenalytics_app.actions.cast.database import open_cast
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_show
from screenalytics_resources.facebank.images import refuse_links, remove_images
from screenalytics_resources.facebank.people_file import write_people_file
from screenalytics_resources.facebank.records import Person, parse_person_id


@dataclass(frozen=True)
class NewPerson:
    """A person to add. Without a name, one is made from the id: `ada-example` becomes Ada Example."""

    show: str
    person_id: str
    name: str | None = None
    aliases: Sequence[str] = ()
    role: str = ""


@dataclass(frozen=True)
class CastMember:
    """One person of a show, with the number of reference faces and the identities, as `ep_id:identity_id`."""

    person_id: str
    name: str
    role: str
    aliases: tuple[str, ...]
    reference_faces: int
    identities: tuple[str, ...]


@dataclass(frozen=True)
class Cast:
    """The people of a show, in order of their ids."""

    show: str
    people: tuple[CastMember, ...]


def add_person(store: ArtifactStore, new: NewPerson) -> Person:
    """Add a person to the cast."""
    with open_cast(store) as cast:
        person = cast.add_person(
            parse_show(new.show),
            parse_person_id(new.person_id),
            new.name or new.person_id.replace("-", " ").title(),
            new.aliases,
            new.role,
        )
        write_people_file(store, cast, new.show)
    return person


def remove_person(store: ArtifactStore, show: str, person_id: str, force: bool) -> list[str]:
    """Remove a person from the cast; return the keys of the pictures that were removed with them."""
    refuse_links(store, show, parse_person_id(person_id))
    with open_cast(store) as cast:
        removed = remove_images(store, cast.remove_person(parse_show(show), person_id, force=force))
        write_people_file(store, cast, show)
    return removed


def merge_people(store: ArtifactStore, show: str, source: str, target: str) -> Person:
    """Merge `source` into `target`; return the person that stays."""
    with open_cast(store) as cast:
        person = cast.merge_people(parse_show(show), source, target)
        write_people_file(store, cast, show)
    return person


def list_cast(store: ArtifactStore, show: str) -> Cast:
    """Return the people of a show."""
    with open_cast(store) as cast:
        document = cast.people_document(parse_show(show))
    people = tuple(
        CastMember(
            person_id=person["person_id"],
            name=person["name"],
            role=person["role"],
            aliases=tuple(person["aliases"]),
            reference_faces=person["seeds"],
            identities=tuple(person["cluster_ids"]),
        )
        for person in document["people"]
    )
    return Cast(show, people)
