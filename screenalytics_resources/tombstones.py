"""Tombstones of removed episodes: `removed/{ep_id}.json`.

While the tombstone exists, no sensor, schedule or backfill registers the episode again, and no run builds it, although
its video may still be in `videos/`. `screenalytics run` deletes the tombstone.
"""

from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, ValidationError

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError


class Tombstone(BaseModel):
    """Record of a removal. `video_size` and `video_changed_ns` describe the video that was kept, 0 without one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ep_id: str
    removed_at: datetime | None
    """None if the record is unreadable."""
    video_size: int = 0
    """Bytes."""
    video_changed_ns: int = 0
    """Time of the video's last change, ns since 1970."""


def write_tombstone(store: ArtifactStore, ep_id: str) -> None:
    """Write the tombstone of an episode. The caller must hold the lock of the episode."""
    video = store.video(ep_id)
    entry = next((one for one in store.place.entries(video.parent) if one.name == video.name), None)
    size, changed_ns = (entry.size, entry.changed_ns) if entry else (0, 0)
    path = store.tombstone(ep_id)
    for entry in store.place.entries(path.parent):  # partial files of killed calls
        if entry.name.startswith(".") and path.name in entry.name:
            store.place.remove(path.parent / entry.name)
    tombstone = Tombstone(ep_id=ep_id, removed_at=datetime.now(UTC), video_size=size, video_changed_ns=changed_ns)
    store.write(path, tombstone.model_dump_json().encode() + b"\n")


def delete_tombstone(store: ArtifactStore, ep_id: str) -> None:
    """Delete the tombstone of an episode, if it has one. The caller must hold the lock of the episode."""
    store.place.remove(store.tombstone(ep_id))


def read_tombstone(store: ArtifactStore, ep_id: str) -> Tombstone | None:
    """Return the tombstone of an episode, or None. An unreadable one still counts, without a time and a video."""
    (content,) = store.place.read_all([store.tombstone(ep_id)])
    if content is None:
        return None
    try:
        return Tombstone.model_validate_json(content)
    except ValidationError:
        return Tombstone(ep_id=ep_id, removed_at=None)


def refuse_removed(store: ArtifactStore, ep_id: str) -> None:
    """Raise `UserError` with the way back if the episode was removed."""
    tombstone = read_tombstone(store, ep_id)
    if tombstone is not None:
        raise UserError(removal_sentence(tombstone))


def removal_sentence(tombstone: Tombstone) -> str:
    """Return the sentence that states when an episode was removed and how to bring it back."""
    ep_id = tombstone.ep_id
    day = f" on {tombstone.removed_at:%Y-%m-%d}" if tombstone.removed_at else ""
    return (
        f"Episode {ep_id} was removed{day}. Bring it back with "
        f"`screenalytics run --ep-id {ep_id}`, with --video PATH if its video is not in videos/{ep_id}/."
    )
