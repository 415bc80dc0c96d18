"""New videos below the data root: which are complete, which are no episodes, and which are still being written.

A video is `videos/{ep_id}/episode.mp4`, or a file `videos/{ep_id}.{any video suffix}` that is moved there once it is
complete. It counts as complete when size and time of change have stayed the same for a while and its container can
be read. What is no episode is said once, until it changes. Only what waits or was refused is remembered, so the
memory stays small however large the library is.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict

from screenalytics_resources.artifact_store import EPISODE_FILE, ArtifactStore
from screenalytics_resources.episode_id import is_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import printable

VIDEOS = "videos"
SUFFIXES = frozenset({".mp4", ".m4v", ".mkv", ".mov", ".avi", ".webm", ".mpg", ".mpeg", ".ts", ".mxf", ".wmv"})
STABLE_S = 10.0
"""A file whose size and time of change have not moved for so long, s, is no longer being written."""


class Seen(BaseModel):
    """A file as it was at an earlier look."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int
    changed_ns: int
    since: float
    """When it was first seen so, in seconds since 1970."""
    refused: bool = False


class Memory(BaseModel):
    """What is remembered between two looks, by path below `videos/`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: dict[str, Seen] = {}


@dataclass(frozen=True)
class VideoFile:
    """A file below `videos/`: `key` is its path there, `ep_id` the episode that its name stands for, if any.

    The key is printable, because it goes to logs, alerts and the sensor's cursor. An episode's name always is.
    """

    key: str
    ep_id: str | None
    size: int
    changed_ns: int


@dataclass(frozen=True)
class Found:
    """Complete videos, in order of key; one sentence for each file refused at this look; and what to remember."""

    ready: tuple[VideoFile, ...]
    refused: Mapping[str, str]
    waiting: tuple[str, ...]
    memory: Memory


def list_videos(store: ArtifactStore, known: Collection[str]) -> list[VideoFile]:
    """Files below `videos/` that are of no `known` episode, in order of key."""
    folder = store.base / VIDEOS
    found: list[VideoFile] = []
    for entry in store.place.entries(folder):
        stem = PurePosixPath(entry.name).stem
        if entry.name.startswith(".") or entry.name in known or stem in known:
            continue
        inside = store.place.entries(folder / entry.name) if entry.is_folder else []
        file = next((each for each in inside if each.name == EPISODE_FILE), None) if entry.is_folder else entry
        if file is None:
            continue
        name = entry.name if entry.is_folder else stem
        found.append(
            VideoFile(
                key=printable(f"{entry.name}/{EPISODE_FILE}" if entry.is_folder else entry.name),
                ep_id=name if is_ep_id(name) else None,
                size=file.size,
                changed_ns=file.changed_ns,
            )
        )
    return found


def look(files: Collection[VideoFile], memory: Memory, now: float, check: Callable[[VideoFile], None]) -> Found:
    """Tell which of `files` are complete; `check` raises `UserError` for a file that is no usable video.

    `now` is in seconds since 1970. A file is checked once it has stayed the same for `STABLE_S`.
    """
    ready: list[VideoFile] = []
    refused: dict[str, str] = {}
    waiting: list[str] = []
    remembered: dict[str, Seen] = {}
    for file in files:
        before = memory.files.get(file.key)
        same = before is not None and (before.size, before.changed_ns) == (file.size, file.changed_ns)
        seen = before if before is not None and same else Seen(size=file.size, changed_ns=file.changed_ns, since=now)
        if seen.refused:
            remembered[file.key] = seen
        elif now - seen.since < STABLE_S and not _wrong_name(file):
            waiting.append(file.key)
            remembered[file.key] = seen
        elif sentence := _refusal(file, check):
            refused[file.key] = sentence
            remembered[file.key] = seen.model_copy(update={"refused": True})
        else:
            ready.append(file)
    return Found(tuple(ready), refused, tuple(waiting), Memory(files=remembered))


def bring_in(store: ArtifactStore, file: VideoFile) -> str:
    """Put a complete video where its episode looks for it, if it is not there yet; the episode's id."""
    if file.ep_id is None:
        raise ValueError(f"Expected a file with an episode's name, but got {file.key}.")
    target, source = store.video(file.ep_id), store.base / VIDEOS / file.key
    if source != target:
        store.place.move(source, target)
    return file.ep_id


def _wrong_name(file: VideoFile) -> bool:
    return file.ep_id is None


def _refusal(file: VideoFile, check: Callable[[VideoFile], None]) -> str:
    """Why a file is no episode; nothing where it is one."""
    if file.ep_id is None:
        return (
            f"videos/{file.key} is no episode: name it show-s01e02 in lower-case letters, digits and hyphens, or take "
            f"it out of the folder."
        )
    if "/" not in file.key and not any(file.key.endswith(suffix) for suffix in SUFFIXES):
        return f"videos/{file.key} is no video by its name: give it the suffix of its container, such as .mp4."
    try:
        check(file)
    except UserError as error:
        return str(error)
    return ""
