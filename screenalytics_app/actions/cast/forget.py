"""Forget a person: erase reference faces, vectors, pictures and names from the database and the data root."""

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from screenalytics_assets.automation.adoption import report_unknown
from screenalytics_assets.contract.identity_records import Identities, Labels
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, CLEANUP_REPORT, IDENTITIES
from screenalytics_resources.artifact import DocumentSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import is_ep_id, parse_ep_id, parse_show
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from screenalytics_resources.facebank.images import images_of, remove_empty_folders, remove_images
from screenalytics_resources.facebank.people_file import write_people_file
from screenalytics_resources.facebank.records import parse_person_id
from screenalytics_resources.promotion import backups
from screenalytics_resources.sealed_files import load_document, save_document


@dataclass(frozen=True)
class ForgetResult:
    """What was removed, one line per item, and the shows that were searched."""

    lines: tuple[str, ...]
    shows: tuple[str, ...]


def forget_person(store: ArtifactStore, person_id: str, show: str | None = None) -> ForgetResult:
    """Erase a person in one show, or in every show. Idempotent: a second call finds nothing.

    The locks of all episodes are held meanwhile, so that no run writes the name again. Tracks and identities stay,
    without a name. Truth files stay, because they belong to the user.

    Raises:
        UserError: the id is invalid, or another process holds an episode's lock; nothing is removed then.
    """
    person_id = parse_person_id(person_id)
    shows = [parse_show(show)] if show else _shows(store)
    episodes = [ep_id for ep_id in store.episodes() if parse_ep_id(ep_id).show in shows]
    lines: list[str] = []
    with ExitStack() as locks:
        for ep_id in episodes:
            locks.enter_context(episode_lock(store, ep_id))
        with open_cast_store(store.root) as cast:
            forgotten = cast.forget(person_id, show)
            lines += [f"{count} rows of {table}" for table, count in forgotten.rows.items()]
            lines += _erase_pictures(store, cast, shows, person_id, forgotten.files)
            for ep_id in episodes:
                lines += _erase_from_episode(store, ep_id, person_id)
            for name in shows:
                if store.manifest(name, "people.json").exists():
                    write_people_file(store, cast, name)
        _report_to_dagster(store, episodes if lines else ())
    return ForgetResult(tuple(lines), tuple(shows))


def _erase_pictures(
    store: ArtifactStore, cast: CastStore, shows: Sequence[str], person_id: str, known: Sequence[str]
) -> Iterator[str]:
    """Erase the pictures that the database listed, and everything else in the person's folders.

    After a merge, pictures of the person who stays are still in the folder of the person who was merged into them.
    """
    kept = {key for show in shows for seed in cast.seeds(show) for key in seed.files}
    existing = {key for show in shows for key in images_of(store, show, person_id)}
    yield from remove_images(store, sorted({*known, *existing} - kept))
    for show in shows:
        yield from remove_empty_folders(store, show, person_id)


def _report_to_dagster(store: ArtifactStore, episodes: Sequence[str]) -> None:
    from screenalytics_app.actions.dagster_instance import open_instance

    with open_instance() as instance:
        for ep_id in episodes:
            report_unknown(instance, store, ep_id)


def _shows(store: ArtifactStore) -> list[str]:
    """Return every show that has an episode, a cast or pictures."""
    named = {entry.name for entry in store.place.entries(store.base / "facebank") if entry.is_folder}
    manifests = [entry.name for entry in store.place.entries(store.base / "manifests") if not is_ep_id(entry.name)]
    listed = {show for show in manifests if store.manifest(show, "people.json").exists()}
    return sorted(named | listed | {parse_ep_id(ep_id).show for ep_id in store.episodes()})


def _erase_from_episode(store: ArtifactStore, ep_id: str, person_id: str) -> Iterator[str]:
    """Erase the person from the artifacts of an episode, and from the backups that cleanups have made."""
    for place in (store, *(ArtifactStore(str(backup.folder)) for backup in backups(store, ep_id))):
        where = "" if place is store else f"{store.relative(place.base)}/"
        if _unname(place, ep_id, person_id):
            yield f"{where}manifests/{ep_id}/{IDENTITIES.file}: the name"
        for spec in (CAST_ASSIGNMENTS, CLEANUP_REPORT):
            path = place.manifest(ep_id, spec.file)
            if path.exists() and _mentions(place, spec, ep_id, person_id):
                place.place.remove(path)
                yield f"{where}manifests/{ep_id}/{spec.file}: removed, because it names the person"


def _unname(store: ArtifactStore, ep_id: str, person_id: str) -> bool:
    """Remove the person's name from every identity; return whether any had it."""
    if not store.manifest(ep_id, IDENTITIES.file).exists():
        return False
    document = load_artifact(store, IDENTITIES, ep_id)
    if not any(identity.labels.person_id == person_id for identity in document.content.identities):
        return False
    save_document(store, IDENTITIES, document.with_content(unnamed(document.content, person_id)))
    return True


def unnamed(content: Identities, person_id: str) -> Identities:
    """Return the identities without this person's name."""
    identities = tuple(
        identity.model_copy(update={"label": None, "labels": Labels()})
        if identity.labels.person_id == person_id
        else identity
        for identity in content.identities
    )
    return content.model_copy(update={"identities": identities})


def _mentions(store: ArtifactStore, spec: DocumentSpec[Any], ep_id: str, person_id: str) -> bool:
    content = load_document(store, spec, ep_id).content.model_dump_json()
    return re.search(rf"(?<![a-z0-9-]){re.escape(person_id)}(?![a-z0-9-])", content) is not None
