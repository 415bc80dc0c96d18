"""The people of a show: add, list, look up, merge and remove them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screenalytics_app.actions.cast.database import open_cast, open_repaired_cast
from screenalytics_app.actions.moderation.names import named_identities
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_show
from screenalytics_resources.facebank.images import refuse_links, remove_images
from screenalytics_resources.facebank.records import Person, parse_person_id
from screenalytics_resources.facebank.unfinished import Command, recorded
from screenalytics_resources.plain_text import printable

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore


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
    show, person_id = parse_show(new.show), parse_person_id(new.person_id)
    name = new.name or person_id.replace("-", " ").title()
    with open_repaired_cast(store) as (cast, killed):
        if Command("add", show, person_id) in killed and person_id in _ids(cast, show):
            person = cast.person(show, person_id)
            if (person.name, person.role) == (printable(name.strip()), printable(new.role)):
                return person
        with recorded(store, cast, Command("add", show, person_id)):
            return cast.add_person(show, person_id, name, new.aliases, new.role)


def update_person(
    store: ArtifactStore,
    show: str,
    person_id: str,
    *,
    name: str | None = None,
    aliases: Sequence[str] | None = None,
    role: str | None = None,
) -> Person:
    """Change what is given of a person."""
    with open_cast(store) as cast, recorded(store, cast, Command("update", parse_show(show), person_id)):
        return cast.update_person(show, person_id, name=name, aliases=aliases, role=role)


def remove_person(store: ArtifactStore, show: str, person_id: str, force: bool) -> list[str]:
    """Remove a person from the cast; return the keys of the pictures that were removed with them."""
    refuse_links(store, parse_show(show), parse_person_id(person_id))
    with open_repaired_cast(store) as (cast, killed):
        earlier = [command for command in killed if _is(command, "remove", show, person_id)]
        if earlier and person_id not in _ids(cast, show):
            return [key for command in earlier for key in command.pictures]
        with recorded(store, cast, Command("remove", parse_show(show), person_id)) as record:
            cast.person(show, person_id)
            record.add_pictures(tuple(key for seed in cast.seeds(show, person_id) for key in seed.files))
            return remove_images(store, cast.remove_person(show, person_id, force=force))


def merge_people(store: ArtifactStore, show: str, source: str, target: str) -> Person:
    """Merge `source` into `target`; return the person that stays."""
    command = Command("merge", parse_show(show), source, target)
    with open_repaired_cast(store) as (cast, killed):
        if command in killed and source not in _ids(cast, show):
            return cast.person(show, target)
        with recorded(store, cast, command):
            return cast.merge_people(show, source, target)


def _is(command: Command, kind: str, show: str, person_id: str) -> bool:
    return (command.kind, command.show, command.person) == (kind, show, person_id)


def _ids(cast: "CastStore", show: str) -> set[str]:
    return {person.person_id for person in cast.people(show)}


def list_cast(store: ArtifactStore, show: str) -> Cast:
    """Return the people of a show."""
    with open_cast(store) as cast:
        document = cast.people_document(parse_show(show))
    named = {f"{ep_id}:{identity}": person for ep_id, identity, person in named_identities(store, show)}
    people = tuple(
        CastMember(
            person_id=person["person_id"],
            name=person["name"],
            role=person["role"],
            aliases=tuple(person["aliases"]),
            reference_faces=person["seeds"],
            identities=_identities(person["person_id"], person["cluster_ids"], named),
        )
        for person in document["people"]
    )
    return Cast(show, people)


def _identities(person_id: str, matched: Sequence[str], named: Mapping[str, str]) -> tuple[str, ...]:
    """Return the identities of a person: those that people named, and those that the machine matched otherwise."""
    by_machine = {identity for identity in matched if identity not in named}
    return tuple(sorted(by_machine | {identity for identity, person in named.items() if person == person_id}))
