"""Bringing a video into the data root."""

from pathlib import Path

from screenalytics_assets.episode_video.chosen_stream import choose_stream, chosen_stream
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.errors import UserError
from screenalytics_resources.video.probe import probe


def register_video(store: ArtifactStore, ep_id: str, video: Path | None, stream: int | None = None) -> None:
    """Put `video` at `videos/{ep_id}/episode.mp4`, in one step. A bad video changes nothing.

    The file is hard-linked where source and data root share a disk, and copied otherwise. Without `video` the existing
    one is used. `stream` is the video stream to use; without it an earlier choice stays, unless the video is another.

    Raises:
        UserError: the video is missing or unusable, or has no such stream, or cannot be copied.
    """
    target = store.video(ep_id)
    if video is None:
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
        choose_stream(store, ep_id, None)
        try:
            store.place.bring(video, target)
        except OSError as error:
            raise UserError(f"{video} could not be copied to {target.parent}: {error.strerror or error}.") from error
    if stream is not None:
        choose_stream(store, ep_id, stream)


def _same(video: Path, store: ArtifactStore, ep_id: str) -> bool:
    if not video.is_file() or video.stat().st_size != store.video(ep_id).stat().st_size:
        return False
    with store.local_video(ep_id) as existing:
        return video.samefile(existing) or file_sha256(video) == file_sha256(existing)
