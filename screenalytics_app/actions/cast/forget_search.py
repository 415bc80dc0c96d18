"""Proves that nothing of a person is left: searches the database, the data root, the alerts and Dagster's home."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from screenalytics_app.actions.cast.forget_journal import FOLDER as JOURNAL_FOLDER
from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_assets.screen_time.files import episode_files, season_files
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.records import Kind
from screenalytics_resources.facebank.connection import is_embedded
from screenalytics_resources.facebank.database_files import LOG, files_with
from screenalytics_resources.facebank.images import FOLDER
from screenalytics_resources.facebank.person_words import PersonWords
from screenalytics_resources.project import dagster_home
from screenalytics_resources.redaction import contains, log_files, redact

_ROOMS = ("manifests", "promotions", "embeds", "frames", "facebank", "jobs", "locks")
"""Folders of the data root whose files belong to Screenalytics, and are no logs. All others belong to the user."""
RESERVED = frozenset({*_ROOMS, *ARTIFACTS, *get_args(Kind), "crops", "thumbs", "videos", "alerts"})
"""Parts of paths, and kinds of decisions, that a person may be called like."""
_ELSEWHERE = ("database", JOURNAL_FOLDER, "alerts")
_LOGS_OF_DAGSTER = ("history", "schedules", "storage", "logs", ".logs_queue")
_WITHOUT_TEXT = (".jpg", ".jpeg", ".png", ".npy")
_TEXTS_OF_USER = (".json", ".jsonl", ".csv", ".yaml", ".yml", ".txt", ".md")
_SHEET = ".csv"
_TABLES = frozenset({episode_files()["csv"], season_files()["csv"]})
"""Files of this kind among the manifests that are not sheets that a reviewer fills in."""
_PARTIAL = ".partial-"


@dataclass(frozen=True)
class Found:
    """Where words of a person are left: in files of Screenalytics and Dagster, and in files of the user."""

    left: tuple[str, ...]
    of_user: tuple[str, ...]


def search(store: ArtifactStore, words: PersonWords, database_words: PersonWords) -> Found:
    """Search everything. `database_words` are searched for in the database alone."""
    ours, of_user = _files_with(store, words)
    left = [
        *(f"database/data/{name}" for name in database_files_with(store, database_words)),
        *ours,
        *_logs_with(store, words, contains),
    ]
    return Found(tuple(left), tuple(of_user))


def database_files_with(store: ArtifactStore, words: PersonWords) -> list[str]:
    """Return the files of the embedded database that contain the person. Another server's files are out of reach."""
    folder = _database(store)
    return files_with(folder, words.database_needles()) if folder else []


def redact_logs(store: ArtifactStore, words: PersonWords) -> list[str]:
    """Remove the person from Dagster's storage, the alerts and the database server's log; return what changed."""
    return _logs_with(store, words, redact)


def remove_partial_files(store: ArtifactStore, words: PersonWords) -> Iterator[str]:
    """Remove files with the person that killed writers left, and what a killed or damaged promotion left."""
    for key in _files_with(store, words)[0]:
        if key.rpartition("/")[2].startswith(_PARTIAL) or key.startswith("promotions/"):
            store.place.remove(store.base / key)
            yield f"{key}: removed, because it names the person"


def _files_with(store: ArtifactStore, words: PersonWords) -> tuple[list[str], list[str]]:
    """Return the files with the person in name or content, of Screenalytics and of the user, without logs."""
    ours: list[str] = []
    of_user: list[str] = []
    for path in store.place.files(store.base):
        key = store.relative(path)
        room = key.partition("/")[0]
        if room in _ELSEWHERE:
            continue
        named = words.found_in(key) if room == FOLDER else words.found_in_path(key)
        if named or (_is_text(room, key) and words.found_in(_text(store, key))):
            is_ours = room in _ROOMS and (not key.endswith(_SHEET) or key.rpartition("/")[2] in _TABLES)
            (ours if is_ours else of_user).append(key)
    return ours, of_user


def _is_text(room: str, key: str) -> bool:
    name = key.lower()
    return not name.endswith(_WITHOUT_TEXT) if room in _ROOMS else name.endswith(_TEXTS_OF_USER)


def _text(store: ArtifactStore, key: str) -> str:
    (content,) = store.place.read_all([store.base / key])
    return (content or b"").decode(errors="replace")


def _logs_with(store: ArtifactStore, words: PersonWords, test: Callable[[Path, PersonWords], bool]) -> list[str]:
    """Return the logs for which `test` is true, or fails: what cannot be read may name the person."""
    from screenalytics_assets.automation.alerts import ALERTS_FOLDER

    home = dagster_home().resolve()
    folders = [store.machine_folder / ALERTS_FOLDER, *(home / name for name in _LOGS_OF_DAGSTER)]
    paths = [path for folder in folders if folder.is_dir() for path in log_files(folder)]
    database = _database(store)
    if database and (database / LOG).exists():
        paths.append(database / LOG)
    found = []
    for path in paths:
        try:
            if test(path, words):
                found.append(str(path))
        except FileNotFoundError:
            continue
        except (OSError, sqlite3.Error) as error:
            found.append(f"{path} (cannot be searched: {type(error).__name__})")
    return found


def _database(store: ArtifactStore) -> Path | None:
    folder = store.machine_folder / "database" / "data"
    return folder if is_embedded() and folder.is_dir() else None
