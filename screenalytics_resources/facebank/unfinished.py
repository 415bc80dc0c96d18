"""Keeps the files of the cast consistent with its database if a command is killed between the two.

A command that changes both first records what it is about to do in `manifests/{show}/unfinished-*.json`. It removes
that record after the last file. A record that is left belongs to a command that was killed or whose disk was full. The
next command that opens the cast brings the files in line with the database, which is authoritative.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import reconcile
from screenalytics_resources.episode_id import is_show
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.images import is_image_key, remove_images
from screenalytics_resources.facebank.people_file import FILE, write_people_file

if TYPE_CHECKING:
    from upath import UPath

    from screenalytics_resources.facebank.cast_store import CastStore

PREFIX = "unfinished-"
Kind = Literal["add", "update", "remove", "merge", "assign", "unassign", "add-faces", "remove-face", "feature", "match"]


@dataclass(frozen=True)
class Command:
    """Command that changes the database and the files of a show.

    `person` and `target` are person ids. `pictures` are the keys of pictures that it adds or removes.
    """

    kind: Kind
    show: str
    person: str = ""
    target: str = ""
    pictures: tuple[str, ...] = ()

    def has_face(self, seed_id: str) -> bool:
        """Return whether it adds or removes this reference face."""
        return any(key.rpartition("/")[2].startswith(f"{seed_id}_") for key in self.pictures)


class Record:
    """The record of a running command."""

    def __init__(self, store: ArtifactStore, path: "UPath", command: Command) -> None:
        self._store, self._path, self._command = store, path, command
        self._write()

    def add_pictures(self, keys: tuple[str, ...]) -> None:
        """Record pictures before they are written, or before their rows are deleted."""
        self._command = replace(self._command, pictures=(*self._command.pictures, *keys))
        self._write()

    def _write(self) -> None:
        self._store.place.write(self._path, json.dumps(asdict(self._command)).encode() + b"\n", private=True)


@contextmanager
def recorded(store: ArtifactStore, cast: "CastStore", command: Command) -> Iterator[Record]:
    """Record `command` while the block runs. Afterwards `people.json` and the pictures agree with the database."""
    path = store.manifest(command.show, f"{PREFIX}{secrets.token_hex(6)}.json")
    with cast.command_lock(command.show):
        store.make_manifest_folder(command.show)
        record = Record(store, path, command)
        try:
            yield record
        finally:
            _finish(store, cast, path)


def finish_killed_commands(store: ArtifactStore, cast: "CastStore") -> tuple[Command, ...]:
    """Bring the files in line with the database after commands that were killed. Returns these commands."""
    shows = [entry.name for entry in store.place.entries(store.base / "manifests") if is_show(entry.name)]
    finished: list[Command] = []
    for show in shows:
        if not _records(store, show):
            continue
        with cast.no_command_lock(show) as alone:
            for path in _records(store, show) if alone else ():
                finished.append(_finish(store, cast, path))
    return tuple(finished)


def has_killed_commands(store: ArtifactStore, show: str) -> bool:
    """Return whether a command on this show was killed, or is running."""
    return bool(_records(store, show))


def _records(store: ArtifactStore, show: str) -> list["UPath"]:
    folder = store.base / "manifests" / show
    names = [entry.name for entry in store.place.entries(folder)]
    return [folder / name for name in names if name.startswith(PREFIX)]


def _finish(store: ArtifactStore, cast: "CastStore", path: "UPath") -> Command:
    """Bring the files in line with the database, and remove the record.

    That is: remove the pictures of the record that the database does not know, write `people.json`, and write the
    decisions again if the command changed them.
    """
    command = _read(path)
    known = {key for seed in cast.seeds(command.show) for key in seed.files}
    remove_images(store, [key for key in command.pictures if key not in known])
    if cast.revision(command.show) or store.manifest(command.show, FILE).exists():
        write_people_file(store, cast, command.show)
    if command.kind in ("merge", "remove"):
        _follow_decisions(store, cast, command.show)
    store.place.remove(path)
    store.place.remove_empty_folders(path.parent, store.base)
    return command


def _follow_decisions(store: ArtifactStore, cast: "CastStore", show: str) -> None:
    for ep_id in cast.decision_logs(show):
        try:
            reconcile(store, cast, ep_id)
        except UserError:  # a damaged mirror must not block the cast; the next use of the log reports it
            continue


def _read(path: "UPath") -> Command:
    """Return the recorded command. Records are written in one step, so only an edit makes them unreadable."""
    show = path.parent.name
    try:
        fields: Mapping[str, Any] = json.loads(path.read_bytes())
        pictures = tuple(key for key in fields["pictures"] if is_image_key(show, key))
        return Command(**{**fields, "show": show, "pictures": pictures})
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return Command("match", show)
