"""Forget a person: erase reference faces, vectors, pictures and names, and prove by a search that nothing is left."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from screenalytics_app.actions.cast.database import open_cast
from screenalytics_app.actions.cast.forget_artifacts import erase_from_episode, erase_from_show, names_in_artifacts
from screenalytics_app.actions.cast.forget_clothing import erase_owned_clothing, named_by_decisions
from screenalytics_app.actions.cast.forget_decisions import erase_from_mirrors, erase_from_tables
from screenalytics_app.actions.cast.forget_journal import read_journal, remove_journal, write_journal
from screenalytics_app.actions.cast.forget_search import (
    RESERVED,
    Found,
    database_files_with,
    redact_logs,
    remove_partial_files,
    search,
)
from screenalytics_assets.automation.adoption import adopt_show, report_unknown
from screenalytics_assets.identities.adopt_earlier_words import adopt_earlier_words
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import reconcile
from screenalytics_resources.decisions.mirror import FILE as DECISIONS_FILE
from screenalytics_resources.episode_id import is_ep_id, is_show, parse_ep_id, parse_show
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.images import images_of, refuse_links, remove_empty_folders, remove_images
from screenalytics_resources.facebank.people_file import write_people_file
from screenalytics_resources.facebank.person_words import PersonWords, words_of
from screenalytics_resources.facebank.records import Traces, parse_person_id
from screenalytics_resources.promotion import recover

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore

_FILES_OF_SHOW = ("people.json", DECISIONS_FILE)
_REWRITES = 3
"""Most times that the database is rewritten. Once is enough, unless another process writes at the same time."""


@dataclass(frozen=True)
class ForgetResult:
    """What was removed, one line per item, and the shows that were searched.

    Attributes:
        resumed: an earlier call had been killed or was incomplete.
        damaged: one sentence per item that could not be read and that the erasure went on after.
        left: places that still contain the person; empty if the erasure is complete.
        of_user: files of the user that name the person, which are kept.
    """

    lines: tuple[str, ...]
    shows: tuple[str, ...]
    resumed: bool = False
    damaged: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    of_user: tuple[str, ...] = ()


@dataclass
class _Erasure:
    """One erasure: what it covers, and what it has done so far."""

    store: ArtifactStore
    cast: "CastStore"
    person_id: str
    show: str | None
    shows: Sequence[str]
    episodes: Sequence[str]
    lines: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def forget_person(store: ArtifactStore, person_id: str, show: str | None = None) -> ForgetResult:
    """Erase a person in one show, or in every show. Can be repeated: a call after a complete one finds nothing.

    The locks of all episodes and shows are held meanwhile, so that no run writes the name again. Tracks and identities
    stay, without a name. Truth files stay, because they belong to the user.

    A damaged item does not stop the erasure. At the end the database files, the data root, Dagster's storage and the
    alerts are searched for the person's ids, names, reference faces and vectors. Until that search finds nothing, a
    journal keeps what to search for, so that a call that was killed can be repeated.

    Raises:
        UserError: the id is invalid, the person's folder of pictures is a link, or another process holds an episode's
            lock; nothing is removed then.
    """
    person_id = parse_person_id(person_id)
    shows = [parse_show(show)] if show else _shows(store)
    episodes = [ep_id for ep_id in _episodes(store) if parse_ep_id(ep_id).show in shows]
    for name in shows:
        refuse_links(store, name, person_id)
    with ExitStack() as locks:
        for partition in (*episodes, *shows):
            locks.enter_context(episode_lock(store, partition, finish_promotion=False))
        with open_cast(store) as cast:
            return _forget(_Erasure(store, cast, person_id, show, shows, episodes))


def _forget(erasure: _Erasure) -> ForgetResult:
    store, cast, person_id, show = erasure.store, erasure.cast, erasure.person_id, erasure.show
    for ep_id in erasure.episodes:
        _recover(erasure, ep_id)
        _adopt_words(erasure, ep_id)  # words that are in an artifact alone stay, if the artifact must be removed
    interrupted = read_journal(store, person_id, show)
    traces = (interrupted or Traces()) | _traces(erasure)
    write_journal(store, person_id, show, traces)

    _erase_owned_clothing(erasure)  # before the names that no run has used yet are erased
    deleted_before = database_files_with(store, _words(erasure, traces))
    forgotten = cast.forget_rows(person_id, show)
    in_database = _words(erasure, traces)
    words = _words(erasure, replace(traces, origins=frozenset()))  # a photo may be called like an artifact's file
    ids = frozenset({person_id} | (traces.ids - words.others))
    in_artifacts = replace(words, words=words.words | ids, others=words.others - ids)
    erasure.lines += [f"{count} rows of {table}" for table, count in forgotten.rows.items()]
    if deleted_before and not forgotten.rows:
        erasure.lines.append(f"deleted rows in {len(deleted_before)} files of the database")
    _erase_decisions(erasure, ids, in_artifacts)
    _erase_deleted_rows(erasure)

    _erase_files(erasure, forgotten.files, ids, in_artifacts)
    erasure.lines += list(remove_partial_files(store, words))
    if erasure.lines or interrupted:
        _report_to_dagster(erasure)
    erasure.lines += [f"{place}: the words" for place in redact_logs(store, words)]
    found = _searched(erasure, words, in_database)
    left = (*erasure.left, *found.left)
    if not left:
        remove_journal(store, person_id, show)
    return ForgetResult(
        tuple(erasure.lines),
        tuple(erasure.shows),
        resumed=interrupted is not None,
        damaged=tuple(erasure.damaged),
        left=left,
        of_user=found.of_user,
    )


def _erase_owned_clothing(erasure: _Erasure) -> None:
    owners = [owner for show in erasure.shows for owner in erasure.cast.owners(show, person_id=erasure.person_id)]
    for ep_id in (ep_id for ep_id in erasure.episodes if parse_ep_id(ep_id).show in erasure.shows):
        owned = {owner.identity_id for owner in owners if owner.ep_id == ep_id}
        try:
            owned |= named_by_decisions(erasure.store, ep_id, erasure.person_id)
            if owned:
                erasure.lines += erase_owned_clothing(erasure.store, ep_id, owned)
        except OSError as error:
            erasure.left.append(_unreadable(ep_id, error))


def _erase_decisions(erasure: _Erasure, ids: frozenset[str], words: PersonWords) -> None:
    store, cast = erasure.store, erasure.cast
    erasure.lines += erase_from_tables(cast, erasure.show, ids, words)
    for log_id in (*erasure.episodes, *erasure.shows):
        try:
            erasure.lines += erase_from_mirrors(store, cast, log_id, ids, words)
            reconcile(store, cast, log_id)
        except UserError as error:
            erasure.damaged.append(str(error))
        except OSError as error:
            erasure.left.append(_unreadable(log_id, error))


def _words(erasure: _Erasure, traces: Traces) -> PersonWords:
    """Return what to search for, without what the rest of the cast, the shows and the artifacts are called."""
    others = erasure.cast.texts() | RESERVED | {*_shows(erasure.store), *erasure.episodes}
    return words_of(replace(traces, vectors=traces.vectors - erasure.cast.vector_starts()), others)


def _erase_deleted_rows(erasure: _Erasure) -> None:
    try:
        erasure.lines += [f"ended {sentence}" for sentence in erasure.cast.erase_deleted_rows()]
    except UserError as error:
        erasure.left.append(str(error))


def _traces(erasure: _Erasure) -> Traces:
    """Return what identifies the person now: in the database, the artifacts and the names of pictures."""
    traces = erasure.cast.traces(erasure.person_id, erasure.show)
    names: set[str] = set()
    for ep_id in erasure.episodes:
        try:
            names |= names_in_artifacts(erasure.store, ep_id, erasure.person_id)
        except OSError as error:
            erasure.left.append(_unreadable(ep_id, error))
    keys = [key for show in erasure.shows for key in images_of(erasure.store, show, erasure.person_id)]
    files = [key.rpartition("/")[2] for key in keys]
    known = {key for show in erasure.shows for seed in erasure.cast.seeds(show) for key in seed.files}
    seeds = {
        name.rpartition("_")[0]
        for key, name in zip(keys, files, strict=True)
        if name.startswith("seed-") and key not in known
    }
    return traces | Traces(names=frozenset(names), seeds=frozenset(seeds))


def _recover(erasure: _Erasure, ep_id: str) -> None:
    """Finish a killed promotion. A damaged one stays as it is; its sets are searched like all others."""
    try:
        recover(erasure.store, ep_id)
    except (UserError, OSError) as error:
        erasure.damaged.append(str(error))


def _adopt_words(erasure: _Erasure, ep_id: str) -> None:
    try:
        adopt_earlier_words(erasure.store, ep_id)
    except UserError as error:
        erasure.damaged.append(str(error))
    except OSError as error:
        erasure.left.append(_unreadable(ep_id, error))


def _erase_files(erasure: _Erasure, pictures: Sequence[str], ids: frozenset[str], words: PersonWords) -> None:
    store, cast = erasure.store, erasure.cast
    erasure.lines += _erase_pictures(erasure, pictures)
    for ep_id in erasure.episodes:
        try:
            store.remove_leftovers(ep_id)
            erasure.lines += erase_from_episode(store, ep_id, ids, words)
        except OSError as error:
            erasure.left.append(_unreadable(ep_id, error))
    for show in erasure.shows:
        erasure.lines += erase_from_show(store, show, ids, words)
        if store.manifest(show, "people.json").exists():
            write_people_file(store, cast, show)
            store.remove_leftovers(show)


def _erase_pictures(erasure: _Erasure, known: Sequence[str]) -> Iterator[str]:
    """Erase the pictures that the database listed, and everything else in the person's folders.

    After a merge, pictures of the person who stays are still in the folder of the person who was merged into them.
    """
    store, shows, person_id = erasure.store, erasure.shows, erasure.person_id
    kept = {key for show in shows for seed in erasure.cast.seeds(show) for key in seed.files}
    existing = {key for show in shows for key in images_of(store, show, person_id)}
    for key in sorted({*known, *existing} - kept):
        try:
            yield from remove_images(store, [key])
        except OSError as error:
            erasure.left.append(_unreadable(key.rpartition("/")[2], error))
    for show in shows:
        yield from remove_empty_folders(store, show, person_id)


def _searched(erasure: _Erasure, words: PersonWords, in_database: PersonWords) -> Found:
    """Search everything, and rewrite the database again while its files contain the person."""
    for _ in range(_REWRITES - 1):
        if not database_files_with(erasure.store, in_database):
            break
        _erase_deleted_rows(erasure)
    return search(erasure.store, words, in_database)


def _unreadable(place: str, error: OSError) -> str:
    return f"{place} (cannot be read or changed: {error.strerror})"


def _report_to_dagster(erasure: _Erasure) -> None:
    from screenalytics_app.actions.dagster_instance import open_instance

    with open_instance() as instance:
        for ep_id in erasure.episodes:
            report_unknown(instance, erasure.store, ep_id)
        for show in erasure.shows:
            adopt_show(instance, erasure.store, show)


def _shows(store: ArtifactStore) -> list[str]:
    """Return every show that has an episode, a cast, decisions or pictures."""
    named = {entry.name for entry in store.place.entries(store.base / "facebank") if entry.is_folder}
    manifests = {entry.name for entry in store.place.entries(store.base / "manifests") if is_show(entry.name)}
    listed = {show for show in manifests if any(store.manifest(show, file).exists() for file in _FILES_OF_SHOW)}
    return sorted(set(filter(is_show, named)) | listed | {parse_ep_id(ep_id).show for ep_id in _episodes(store)})


def _episodes(store: ArtifactStore) -> list[str]:
    """Return every episode that has a video, an artifact, or a kept set of a cleanup."""
    promoted = {entry.name for entry in store.place.entries(store.base / "promotions")}
    return sorted({*store.episodes(), *filter(is_ep_id, promoted)})
