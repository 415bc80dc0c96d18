"""Scan of the data root for new videos: which are complete, which are refused, and which are still being written.

A video is `videos/{ep_id}/episode.mp4`, or a file `videos/{ep_id}.{any video suffix}`, which is moved there once it is
complete. It is complete when its size and modification time have not changed for `STABLE_S` and its container can be
read. A refused file is reported once, and again after it changes. Only waiting and refused files are remembered, so the
memory stays small in a large library.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict

from screenalytics_resources.artifact_store import EPISODE_FILE, ArtifactStore
from screenalytics_resources.episode_id import is_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import printable
from screenalytics_resources.storage.place import Entry
from screenalytics_resources.transient import is_transient

VIDEOS = "videos"
SUFFIXES = frozenset({".mp4", ".m4v", ".mkv", ".mov", ".avi", ".webm", ".mpg", ".mpeg", ".ts", ".mxf", ".wmv"})
STABLE_S = 10.0
"""A file whose size and modification time are unchanged for this long, s, is no longer being written."""


class SeenFile(BaseModel):
    """State of a file at an earlier scan."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int
    changed_ns: int
    since: float
    """When it was first seen in this state, in seconds since 1970."""
    refused: bool = False


class Memory(BaseModel):
    """Files remembered between two scans, by path below `videos/`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: dict[str, SeenFile] = {}


@dataclass(frozen=True)
class VideoFile:
    """File below `videos/`. `key` is its path there, `ep_id` the episode id that its name states, if valid.

    The key is printable, because it goes to logs, alerts and the sensor's cursor. An episode's name always is.
    """

    key: str
    ep_id: str | None
    size: int
    changed_ns: int


@dataclass(frozen=True)
class ScanResult:
    """Complete videos in order of key, the reason for each file refused at this scan, and the memory for the next."""

    ready: tuple[VideoFile, ...]
    refused: Mapping[str, str]
    waiting: tuple[str, ...]
    memory: Memory


def list_videos(store: ArtifactStore, known: Collection[str]) -> list[VideoFile]:
    """Return the files below `videos/` that belong to no `known` episode, in order of key."""
    folder = store.base / VIDEOS
    files: list[VideoFile] = []
    for entry in store.place.entries(folder):
        stem = PurePosixPath(entry.name).stem
        if entry.name.startswith(".") or entry.name in known or stem in known:
            continue
        file = _video_in(store, entry) if entry.is_folder else entry
        if file is None:
            continue
        name = entry.name if entry.is_folder else stem
        files.append(
            VideoFile(
                key=printable(f"{entry.name}/{EPISODE_FILE}" if entry.is_folder else entry.name),
                ep_id=name if is_ep_id(name) else None,
                size=file.size,
                changed_ns=file.changed_ns,
            )
        )
    return files


def _video_in(store: ArtifactStore, folder: Entry) -> Entry | None:
    try:
        children = store.place.entries(store.base / VIDEOS / folder.name)
    except PermissionError:  # reading the video then reports it
        return Entry(EPISODE_FILE, False, 0, 0)
    return next((child for child in children if child.name == EPISODE_FILE), None)


def scan(files: Collection[VideoFile], memory: Memory, now: float, check: Callable[[VideoFile], None]) -> ScanResult:
    """Determine which of `files` are complete. `check` raises `UserError` for a file that is not a usable video.

    `now` is in seconds since 1970. A file is checked once it has stayed the same for `STABLE_S`.
    """
    ready: list[VideoFile] = []
    refused: dict[str, str] = {}
    waiting: list[str] = []
    remembered: dict[str, SeenFile] = {}
    for file in files:
        before = memory.files.get(file.key)
        unchanged = before is not None and (before.size, before.changed_ns) == (file.size, file.changed_ns)
        current = SeenFile(size=file.size, changed_ns=file.changed_ns, since=now)
        seen = before if before is not None and unchanged else current
        if seen.refused:
            remembered[file.key] = seen
        elif (now - seen.since < STABLE_S and file.ep_id is not None) or (reason := _refusal(file, check)) is None:
            waiting.append(file.key)
            remembered[file.key] = seen
        elif reason:
            refused[file.key] = reason
            remembered[file.key] = seen.model_copy(update={"refused": True})
        else:
            ready.append(file)
    return ScanResult(tuple(ready), refused, tuple(waiting), Memory(files=remembered))


def bring_in(store: ArtifactStore, file: VideoFile) -> str:
    """Move a complete video to the path of its episode, if it is elsewhere. Return the episode id."""
    if file.ep_id is None:
        raise ValueError(f"Expected a file named after an episode, but got {file.key}.")
    target, source = store.video(file.ep_id), store.base / VIDEOS / file.key
    if source != target:
        store.place.move(source, target)
    return file.ep_id


def bring_in_all(store: ArtifactStore, files: Collection[VideoFile]) -> tuple[dict[str, VideoFile], dict[str, str]]:
    """Bring in each of `files`. Returns the files by episode, and the reason for each file that could not be moved."""
    brought: dict[str, VideoFile] = {}
    failed: dict[str, str] = {}
    for file in files:
        try:
            brought[bring_in(store, file)] = file
        except (OSError, UserError) as error:
            failed[file.key] = printable(f"videos/{file.key} cannot be moved to its episode's folder ({error}).")
    return brought, failed


def _refusal(file: VideoFile, check: Callable[[VideoFile], None]) -> str | None:
    """Return why a file is not accepted as an episode, "" if it is, and None if it cannot be checked now."""
    if file.ep_id is None:
        return (
            f"videos/{file.key} does not have an episode id as its name. Rename it to one such as show-s01e02, with "
            f"lower-case letters, digits and hyphens, or move it out of the folder."
        )
    if "/" not in file.key and not any(file.key.endswith(suffix) for suffix in SUFFIXES):
        return (
            f"videos/{file.key} does not have the suffix of a video. Give it the suffix of its container, such as .mp4."
        )
    try:
        check(file)
    except Exception as error:  # one bad file must not keep the sensor from the others
        if is_transient(error):
            return None
        if isinstance(error, UserError):
            return str(error)
        problem = printable(f"{type(error).__name__}: {error}")
        return f"videos/{file.key} cannot be checked ({problem}). Replace it, or move it out of the folder."
    return ""
