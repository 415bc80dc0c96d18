"""Copy or hard-link a video into the data root."""

from pathlib import Path

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.errors import UserError
from screenalytics_resources.video.probe import probe


def register_video(store: ArtifactStore, ep_id: str, video: Path | None) -> None:
    """Put `video` at `videos/{ep_id}/episode.mp4` in one atomic step; nothing is written for an invalid video.

    Hard-links the file if source and data root are on one disk, and copies it otherwise. Without `video`, the
    registered one is used.

    Raises:
        UserError: the video is missing or invalid, or it cannot be copied.
    """
    target = store.video(ep_id)
    if video is None:
        if not target.exists():
            raise UserError(f"Episode {ep_id} has no video yet: give one with --video PATH.")
        return
    probe(video)
    if not (target.exists() and _same(video, store, ep_id)):
        try:
            store.place.import_file(video, target)
        except OSError as error:
            raise UserError(f"{video} could not be copied to {target.parent}: {error.strerror or error}.") from error


def _same(video: Path, store: ArtifactStore, ep_id: str) -> bool:
    if video.stat().st_size != store.video(ep_id).stat().st_size:
        return False
    with store.local_video(ep_id) as registered:
        return video.samefile(registered) or file_sha256(video) == file_sha256(registered)
