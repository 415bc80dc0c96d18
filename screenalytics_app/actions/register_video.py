"""Copy or hard-link a video into the data root."""

from pathlib import Path

from screenalytics_assets.episode_video.chosen_stream import choose_stream, chosen_stream
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.errors import UserError
from screenalytics_resources.video.probe import probe

REPLACED = "replaced"
"""Folder below `videos/{ep_id}/` with the earlier videos of the episode, named by their SHA-256."""


def register_video(
    store: ArtifactStore, ep_id: str, video: Path | None, stream: int | None = None, replace: bool = False
) -> None:
    """Put `video` at `videos/{ep_id}/episode.mp4` in one atomic step; nothing is written for an invalid video.

    Hard-links the file if source and data root are on one disk, and copies it otherwise. Without `video`, the
    registered one is used. `stream` is the index of the video stream to use. Without it, an earlier choice stays until
    the episode gets another video. With `replace`, `video` may replace another one, which is kept in
    `videos/{ep_id}/replaced/`. A killed call changes nothing or is completed by the next one.

    Raises:
        UserError: the video is missing or invalid, it has no such stream, it cannot be copied, or the episode has
            another video and `replace` is not set.
    """
    target = store.video(ep_id)
    if video is None:
        if replace:
            raise UserError("--replace-video needs the new video: give it with --video PATH.")
        if not target.exists():
            raise UserError(f"Episode {ep_id} has no video yet: give one with --video PATH.")
        if stream is not None:
            with store.local_video(ep_id) as existing:
                probe(existing, stream)
            choose_stream(store, ep_id, stream)
        return
    same = target.exists() and _same(video, store, ep_id)
    probe(video, stream if stream is not None or not same else chosen_stream(store, ep_id))
    if not same:
        if target.exists() and not replace:
            raise UserError(
                f"{ep_id} already has another video, {store.relative(target)}. Add --replace-video to use {video} "
                f"from now on; the old one is kept in {store.relative(target.parent)}/{REPLACED}/."
            )
        choose_stream(store, ep_id, None)
        try:
            _keep(store, ep_id)
            store.place.import_file(video, target)
        except OSError as error:
            raise UserError(f"{video} could not be copied to {target.parent}: {error.strerror or error}.") from error
    if stream is not None:
        choose_stream(store, ep_id, stream)


def _keep(store: ArtifactStore, ep_id: str) -> None:
    """Give the episode's video, if it has one, a second name that stays when the video is replaced."""
    target = store.video(ep_id)
    if not target.exists():
        return
    with store.local_video(ep_id) as existing:
        kept = store.path("videos", ep_id, REPLACED, f"{file_sha256(existing)}{target.suffix}")
    if not kept.exists():
        store.place.link(target, kept)


def _same(video: Path, store: ArtifactStore, ep_id: str) -> bool:
    if not video.is_file() or video.stat().st_size != store.video(ep_id).stat().st_size:
        return False
    with store.local_video(ep_id) as registered:
        return video.samefile(registered) or file_sha256(video) == file_sha256(registered)
