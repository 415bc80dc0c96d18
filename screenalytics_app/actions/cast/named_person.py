"""People of a show by what they are called."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from screenalytics_app.actions.moderation.errors import NameConflictError
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.records import MAX_LENGTH, Person
from screenalytics_resources.facebank.unfinished import Command, recorded
from screenalytics_resources.plain_text import printable

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore


def find_named(people: Sequence[Person], name: str) -> Person | None:
    """Return the person of this name or alias, without regard to case and spaces around it; None if there is none.

    Raises:
        NameConflictError: several people have it.
        UserError: the name is blank.
    """
    wanted = _folded(name)
    if not wanted:
        raise UserError("The name is blank: write at least one letter.")
    found = [person for person in people if wanted in map(_folded, (person.name, *person.aliases))]
    if len(found) > 1:
        ids = [person.person_id for person in found]
        raise NameConflictError(f"{name.strip()} is the name of {' and '.join(ids)}: choose one of them.", ids)
    return found[0] if found else None


def person_named(store: ArtifactStore, cast: "CastStore", show: str, name: str) -> tuple[Person, bool]:
    """Return the person of this name in the cast of the show, added if there is none, and whether it was added.

    Raises:
        UserError: see `find_named`, or the database cannot be used.
    """
    known = find_named(cast.people(show), name)
    if known is not None:
        return known, False
    with recorded(store, cast, Command("add", show)):
        people = cast.people(show)
        try:
            return cast.add_person(show, id_of(name, {person.person_id for person in people}), name), True
        except UserError:  # another process may have added the person in the meantime
            known = find_named(cast.people(show), name)
            if known is None:
                raise
            return known, False


def id_of(name: str, taken: Collection[str]) -> str:
    """Return a person id made from a name: Zoë O'Hara becomes zoe-o-hara, and zoe-o-hara-2 if that is taken.

    A name without Latin letters or digits becomes `person`.
    """
    latin = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub("[^a-z0-9]+", "-", latin).strip("-")[: MAX_LENGTH - 10].strip("-") or "person"
    numbers = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(person_id for person_id in (stem, *numbers) if person_id not in taken)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", printable(name)).casefold().split())
