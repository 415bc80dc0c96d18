"""Erases a person from the decision logs: from the database, from each mirror, and from copies of mirrors."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from screenalytics_app.actions.cast.forget_artifacts import artifact_sets, text_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.forgetting import without_person
from screenalytics_resources.decisions.mirror import FILE, line_of, make_mirror, read_decisions, read_seal, write_mirror
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.person_words import PersonWords

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore


def erase_from_tables(cast: "CastStore", show: str | None, ids: frozenset[str], words: PersonWords) -> Iterator[str]:
    """Erase ids and texts of the person in the database, in one show or in every show; yield a line if any changed."""
    erased = cast.erase_in_decisions(show, partial(without_person, ids=ids, mentions=partial(_mentions, words)))
    if erased:
        yield f"the name in {erased} decisions"


def erase_from_mirrors(
    store: ArtifactStore, cast: "CastStore", ep_id: str, ids: frozenset[str], words: PersonWords
) -> Iterator[str]:
    """Erase the person from every mirror of the episode or show; yield a line per file. A damaged one is removed."""
    with cast.decisions_file_lock(ep_id):
        for place in artifact_sets(store, ep_id):
            path = place.manifest(ep_id, FILE)
            if _mentions(words, text_of(path)):
                line = _erase_from_mirror(place, ep_id, ids, words)
                if words.found_in(text_of(path)):
                    place.place.remove(path)
                    line = "removed, because it names the person at an unexpected place"
                if line:
                    yield f"{store.relative(path)}: {line}"


def _erase_from_mirror(store: ArtifactStore, ep_id: str, ids: frozenset[str], words: PersonWords) -> str:
    try:
        seal, before = read_seal(store, ep_id), read_decisions(store, ep_id)
    except UserError:
        store.place.remove(store.manifest(ep_id, FILE))
        return "removed, because it is damaged and names the person"
    after = tuple(without_person(decision, ids, partial(_mentions, words)) for decision in before)
    if seal is None or after == before:
        return ""
    write_mirror(store, ep_id, make_mirror(seal.epoch, list(map(line_of, after))))
    return "the name"


def _mentions(words: PersonWords, text: str) -> bool:
    return words.mentioned_in(text) or words.found_in(text)
