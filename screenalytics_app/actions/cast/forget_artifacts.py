"""Erases a person from the artifacts of an episode, from every set that its cleanups keep, and from a season."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import ValidationError

from screenalytics_app.actions.cast.forget_clothing import erase_clothing, shows_person
from screenalytics_assets.contract.evaluation_records import AcceptedEvaluation, IdentityEvaluation
from screenalytics_assets.contract.identity_records import Identities, Identity, Labels
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import (
    CAST_ASSIGNMENTS,
    CLEANUP_REPORT,
    IDENTITIES,
    IDENTITY_EVALUATION,
    MERGE_SUGGESTIONS,
    SCREEN_TIME,
    SEASON_IDENTITIES,
    SEASON_SCREEN_TIME,
)
from screenalytics_assets.identity_evaluation import accepted
from screenalytics_assets.screen_time.files import episode_files, remove_files, season_files
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import is_show
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.person_words import PersonWords
from screenalytics_resources.sealed_files import save_document

if TYPE_CHECKING:
    from upath import UPath

_NAMED = (CAST_ASSIGNMENTS.file, IDENTITIES.file)
"""Files that state the names of people next to their ids."""


def artifact_sets(store: ArtifactStore, ep_id: str) -> list[ArtifactStore]:
    """Return the data root, and every set of artifacts in the promotions of the episode, damaged ones included.

    A show has no promotions.
    """
    if is_show(ep_id):
        return [store]
    entries = store.place.entries(store.path("promotions", ep_id))
    folders = [store.path("promotions", ep_id, entry.name) for entry in entries if entry.is_folder]
    return [store, *(store.nested(folder) for folder in folders)]


def names_in_artifacts(store: ArtifactStore, ep_id: str, person_id: str) -> set[str]:
    """Return the names that the artifacts give to a person id. Damaged files are read too."""
    named = re.compile(rf'"person_id":\s*"{re.escape(person_id)}",\s*"name":\s*("(?:[^"\\]|\\.)*")')
    names = set()
    for place in artifact_sets(store, ep_id):
        for file in _NAMED:
            names |= {_unquoted(name) for name in named.findall(text_of(place.manifest(ep_id, file)))}
    return names - {""}


def erase_from_episode(store: ArtifactStore, ep_id: str, ids: frozenset[str], words: PersonWords) -> Iterator[str]:
    """Erase the person; yield one line per file that changed. A damaged file that names the person is removed."""
    sets = artifact_sets(store, ep_id)
    named = [place for place in sets if _names_person(place, ep_id, words)]
    yield from erase_clothing(store, ep_id, named, ids, words.words)  # while the identities still name the person
    for place in sets:
        where = "" if place is store else f"{store.relative(place.base)}/"
        for file, erase in (
            (IDENTITIES.file, _unname),
            (IDENTITY_EVALUATION.file, _unname_evaluation),
            (accepted.FILE, _unname_accepted),
            (CAST_ASSIGNMENTS.file, None),
            (MERGE_SUGGESTIONS.file, None),
            (CLEANUP_REPORT.file, None),
        ):
            line = _erase(place, ep_id, file, erase, ids, words)
            if line:
                yield f"{where}manifests/{ep_id}/{file}: {line}"
        for name in _erase_screen_time(place, ep_id, SCREEN_TIME.file, episode_files(), words):
            yield f"{where}manifests/{ep_id}/{name}: removed, because it names the person"


def erase_from_show(store: ArtifactStore, show: str, ids: frozenset[str], words: PersonWords) -> Iterator[str]:
    """Erase the person from the artifacts of the season; yield one line per file that changed."""
    line = _erase(store, show, SEASON_IDENTITIES.file, _unname_season, ids, words)
    if line:
        yield f"manifests/{show}/{SEASON_IDENTITIES.file}: {line}"
    for name in _erase_screen_time(store, show, SEASON_SCREEN_TIME.file, season_files(), words):
        yield f"manifests/{show}/{name}: removed, because it names the person"


def _erase_screen_time(
    store: ArtifactStore, partition: str, document: str, files: Mapping[str, str], words: PersonWords
) -> list[str]:
    """Remove the screen time and all its files if one of its texts names the person; return their names.

    No search finds a name in a picture or in a Parquet file. Both have the names of the table, which is written before
    them, so a table that is missing may have named the person.
    """
    texts = [text_of(store.manifest(partition, name)) for name in (document, *files.values())]
    table = store.manifest(partition, files["csv"])
    named = any(words.mentioned_in(text) or words.found_in(text) for text in texts)
    if not named and table.exists():
        return []
    return remove_files(store, partition, {**({"json": document} if named else {}), **files})


def _names_person(store: ArtifactStore, ep_id: str, words: PersonWords) -> bool:
    texts = [text_of(store.manifest(ep_id, file)) for file in _NAMED]
    return any(words.mentioned_in(text) or words.found_in(text) for text in texts)


Erase = Callable[[ArtifactStore, str, frozenset[str], PersonWords], bool]


def _erase(
    store: ArtifactStore, ep_id: str, file: str, erase: Erase | None, ids: frozenset[str], words: PersonWords
) -> str:
    path = store.manifest(ep_id, file)
    if not words.mentioned_in(text_of(path)) and not words.found_in(text_of(path)):
        return ""
    if erase is None:
        store.place.remove(path)
        return "removed, because it names the person"
    try:
        changed = erase(store, ep_id, ids, words)
    except UserError:
        store.place.remove(path)
        return "removed, because it is damaged and names the person"
    if words.found_in(text_of(path)):
        store.place.remove(path)
        return "removed, because it names the person at an unexpected place"
    return "the name" if changed else ""


def _unname(store: ArtifactStore, ep_id: str, ids: frozenset[str], words: PersonWords) -> bool:
    """Remove the person's name from every identity; return whether any had it."""
    document = load_artifact(store, IDENTITIES, ep_id)
    content = _without_mentions(unnamed(document.content, ids, words.words), words)
    if content == document.content:
        return False
    save_document(store, IDENTITIES, document.with_content(content))
    return True


def _without_mentions(content: Identities, words: PersonWords) -> Identities:
    """Return the identities without labels that mention the person, such as `Ann's friend`."""

    def label(text: str | None) -> str | None:
        return None if text and (words.mentioned_in(text) or words.found_in(text)) else text

    rows = tuple(row.model_copy(update={"label": label(row.label)}) for row in content.identities)
    return content.model_copy(update={"identities": rows})


def _unname_season(store: ArtifactStore, show: str, ids: frozenset[str], words: PersonWords) -> bool:
    document = load_artifact(store, SEASON_IDENTITIES, show)
    rows = document.content.identities
    kept = tuple(row.model_copy(update={"person_id": None}) if row.person_id in ids else row for row in rows)
    if kept == rows:
        return False
    save_document(
        store, SEASON_IDENTITIES, document.with_content(document.content.model_copy(update={"identities": kept}))
    )
    return True


def unnamed(content: Identities, ids: Collection[str], names: Collection[str]) -> Identities:
    """Return the identities without the name of the person with these ids and names."""
    return content.model_copy(update={"identities": tuple(_unnamed(row, ids, names) for row in content.identities)})


def _unnamed(identity: Identity, ids: Collection[str], names: Collection[str]) -> Identity:
    changes: dict[str, object] = {}
    if shows_person(identity, ids, names):
        changes = {"label": None, "labels": Labels()}
    if identity.not_people and not set(ids).isdisjoint(identity.not_people):
        changes["not_people"] = tuple(person for person in identity.not_people if person not in ids) or None
    return identity.model_copy(update=changes) if changes else identity


def _unname_evaluation(store: ArtifactStore, ep_id: str, ids: frozenset[str], words: PersonWords) -> bool:
    document = load_artifact(store, IDENTITY_EVALUATION, ep_id)
    content = _without_person(document.content, words)
    if content == document.content:
        return False
    save_document(store, IDENTITY_EVALUATION, document.with_content(content))
    return True


def _unname_accepted(store: ArtifactStore, ep_id: str, ids: frozenset[str], words: PersonWords) -> bool:
    path = store.manifest(ep_id, accepted.FILE)
    try:
        stored = AcceptedEvaluation.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise UserError(f"{store.relative(path)} cannot be read.") from error
    content = stored.model_copy(update={"evaluation": _without_person(stored.evaluation, words)})
    if content == stored:
        return False
    store.write(path, content.model_dump_json(indent=1).encode() + b"\n")
    return True


def _without_person(evaluation: IdentityEvaluation, words: PersonWords) -> IdentityEvaluation:
    """Return the evaluation without what it states about the person of the truth file by name. Its sums stay."""
    changes: dict[str, object] = {}
    if evaluation.shots is not None:
        assigned = evaluation.shots.assignment
        kept = {identity: person for identity, person in assigned.items() if not words.mentioned_in(person)}
        if kept != dict(assigned):
            changes["shots"] = evaluation.shots.model_copy(update={"assignment": kept})
    if evaluation.coverage is not None:
        rows = tuple(row for row in evaluation.coverage.by_person if not words.mentioned_in(row.person))
        if rows != evaluation.coverage.by_person:
            changes["coverage"] = evaluation.coverage.model_copy(update={"by_person": rows})
    return evaluation.model_copy(update=changes) if changes else evaluation


def text_of(path: "UPath") -> str:
    """Return the content of a file, which may be damaged; nothing if it does not exist."""
    try:
        content: bytes = path.read_bytes()
    except FileNotFoundError:
        return ""
    return content.decode(errors="replace")


def _unquoted(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return ""
