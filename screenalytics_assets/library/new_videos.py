"""Scan of the data root for new videos: which are complete, which are refused, and which are still being written.

A video is `videos/{ep_id}/episode.mp4`, or a file `videos/{ep_id}.{any video suffix}`, which is moved there once it is
complete. It is complete when its size and modification time have not changed for `STABLE_S` and its container can be
read. Several videos of one episode are refused together. A refused file is reported once, and again after it changes.
Only waiting, postponed and refused files are remembered, so the memory stays small in a large library.
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
from screenalytics_resources.tombstones import read_tombstone
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
    rivals: tuple[str, ...] = ()
    """Keys of the files if an episode has several. The key of such an entry is the episode id."""

    @property
    def is_placed(self) -> bool:
        """Whether the file is in the folder of its episode."""
        return "/" in self.key


@dataclass(frozen=True)
class ScanResult:
    """Complete videos in order of key, the reason for each file refused at this scan, and the memory for the next."""

    ready: tuple[VideoFile, ...]
    refused: Mapping[str, str]
    waiting: tuple[str, ...]
    memory: Memory
    seen: Mapping[str, SeenFile]
    """State of each complete video, by key."""

    def memory_with(self, postponed: Collection[VideoFile]) -> Memory:
        """Return the memory for the next scan, at which `postponed` videos count as complete at once."""
        return Memory(files={**self.memory.files, **{file.key: self.seen[file.key] for file in postponed}})


def list_videos(store: ArtifactStore, settled: Collection[str]) -> list[VideoFile]:
    """Return the files below `videos/` that may be videos of new episodes, in order of key.

    `settled` are the episodes whose video was dealt with, so their folders are not read unless another file names them.
    Several videos of one episode become one entry, which is refused. The video that a removed episode kept is left out.
    """
    folders: list[str] = []
    loose: dict[str, list[Entry]] = {}
    for entry in store.place.entries(store.base / VIDEOS):
        if entry.name.startswith("."):
            continue
        if entry.is_folder:
            folders.append(entry.name)
        else:
            loose.setdefault(PurePosixPath(entry.name).stem, []).append(entry)
    removed = store.removed()
    files = [file for name, entries in loose.items() if not is_ep_id(name) for file in _loose_files(name, entries)]
    for name in sorted({*folders, *(name for name in loose if is_ep_id(name))}):
        candidates = _loose_files(name, loose.get(name, [])) if is_ep_id(name) else []
        videos = [file for file in candidates if has_video_suffix(file.key)]
        if name in settled and not videos:
            continue
        placed = _placed_file(store, name) if name in folders else None
        group = [placed, *videos] if placed else videos
        if len(group) > 1:
            files.append(_rivals(name, group))
        elif name in removed:
            files += [file for file in group if not _is_kept(store, file)]
        else:
            files += group
        files += [file for file in candidates if file not in videos and name not in settled]
    return sorted(files, key=lambda file: file.key.split("/"))


def has_video_suffix(name: str) -> bool:
    """Return whether a file name has the suffix of a video container."""
    return any(name.endswith(suffix) for suffix in SUFFIXES)


def _loose_files(name: str, entries: Collection[Entry]) -> list[VideoFile]:
    ep_id = name if is_ep_id(name) else None
    return [VideoFile(printable(entry.name), ep_id, entry.size, entry.changed_ns) for entry in entries]


def _placed_file(store: ArtifactStore, name: str) -> VideoFile | None:
    file = _video_in(store, name)
    if file is None:
        return None
    ep_id = name if is_ep_id(name) else None
    return VideoFile(printable(f"{name}/{EPISODE_FILE}"), ep_id, file.size, file.changed_ns)


def _rivals(ep_id: str, group: Collection[VideoFile]) -> VideoFile:
    size, changed_ns = sum(file.size for file in group), max(file.changed_ns for file in group)
    return VideoFile(ep_id, ep_id, size, changed_ns, tuple(file.key for file in group))


def _is_kept(store: ArtifactStore, file: VideoFile) -> bool:
    """Return whether this is the unchanged video that a removed episode kept."""
    tombstone = read_tombstone(store, file.ep_id or "")
    kept = (tombstone.video_size, tombstone.video_changed_ns) if tombstone else None
    return file.is_placed and kept == (file.size, file.changed_ns)


def _video_in(store: ArtifactStore, folder: str) -> Entry | None:
    try:
        children = store.place.entries(store.base / VIDEOS / folder)
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
    complete: dict[str, SeenFile] = {}
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
            complete[file.key] = seen
    return ScanResult(tuple(ready), refused, tuple(waiting), Memory(files=remembered), complete)


def refuse_rivals(store: ArtifactStore, file: VideoFile) -> None:
    """Raise `UserError` if an episode has several videos, unless they are one file that a killed move left twice."""
    if is_moved(store, file):
        return
    placed, *others = file.rivals
    if store.video(file.ep_id or "").exists():
        names = " and ".join(f"videos/{key}" for key in others)
        raise UserError(
            f"{names} cannot be used because {file.ep_id} has another video, videos/{placed}. Move it out of the "
            f"folder, or use it with `screenalytics run --ep-id {file.ep_id} --video PATH --replace-video`."
        )
    names = ", ".join(f"videos/{key}" for key in file.rivals)
    raise UserError(f"{file.ep_id} has several videos: {names}. Keep one, and move the others out of the folder.")


def is_moved(store: ArtifactStore, file: VideoFile) -> bool:
    """Return whether the rivals are the episode's video and a loose file with the same content."""
    target = store.video(file.ep_id or "")
    placed, *others = file.rivals
    if len(others) != 1 or store.base / VIDEOS / placed != target:
        return False
    return store.place.is_same_content(target, store.base / VIDEOS / others[0])


def bring_in(store: ArtifactStore, file: VideoFile) -> str:
    """Move a complete video to the path of its episode, if it is elsewhere. Return the episode id.

    The caller must hold the lock of the episode. A call after one that was killed completes it.

    Raises:
        FileExistsError: the episode has another video.
        UserError: the episode has several videos.
    """
    if file.ep_id is None:
        raise ValueError(f"Expected a file named after an episode, but got {file.key}.")
    target = store.video(file.ep_id)
    if file.rivals:
        refuse_rivals(store, file)
        store.place.remove(store.base / VIDEOS / file.rivals[1])
    elif store.base / VIDEOS / file.key != target:
        store.place.move_new(store.base / VIDEOS / file.key, target)
    return file.ep_id


def _refusal(file: VideoFile, check: Callable[[VideoFile], None]) -> str | None:
    """Return why a file is not accepted as an episode, "" if it is, and None if it cannot be checked now."""
    if file.ep_id is None:
        return (
            f"videos/{file.key} does not have an episode id as its name. Rename it to one such as show-s01e02, with "
            f"lower-case letters, digits and hyphens, or move it out of the folder."
        )
    if not file.rivals and not file.is_placed and not has_video_suffix(file.key):
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
