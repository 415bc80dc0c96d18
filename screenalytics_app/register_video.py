"""Bringing a video into the data root."""

import os
import secrets
import shutil
from pathlib import Path

from screenalytics_resources.artifact_store import ArtifactStore, local_path
from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.errors import UserError
from screenalytics_resources.video.probe import probe


def register_video(store: ArtifactStore, ep_id: str, video: Path | None) -> Path:
    """Put `video` at `videos/{ep_id}/episode.mp4` and return that path; nothing is written for a bad video.

    A hard link where source and data root share a disk, else a copy, made under a temporary name and then
    renamed. Without `video` the one that is already there serves.
    """
    target = local_path(store.video(ep_id))
    if video is None:
        if not target.exists():
            raise UserError(f"Episode {ep_id} has no video yet: give one with --video PATH.")
        return target
    probe(video)
    if target.exists() and _same(video, target):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".partial-{target.name}-{secrets.token_hex(4)}")
    try:
        _link_or_copy(video, temporary)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _same(one: Path, other: Path) -> bool:
    if one.samefile(other):
        return True
    return one.stat().st_size == other.stat().st_size and file_sha256(one) == file_sha256(other)


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source.resolve(), target)
    except OSError:  # another disk, or one without hard links
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            raise UserError(f"{source} could not be copied to {target.parent}: {error.strerror}.") from None
