"""The announcement of a log: how many decisions it has or is about to have, in a file beside the mirror.

It is written before a gesture is committed in the database. So a mirror with fewer decisions is behind, because a
process was killed before it wrote the mirror, and a reader knows that without the database. The file is not forced to
the disk: after a power failure it may be old or missing, and the next gesture brings both in line.
"""

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log_file import write_log_file

ANNOUNCEMENT = "decisions.announced"


def announce(store: ArtifactStore, ep_id: str, last_seq: int) -> None:
    """Say that the log has decisions up to `last_seq`, or will have. Only the owner of the log's lock may call this."""
    write_log_file(store, ep_id, ANNOUNCEMENT, str(last_seq).encode(), durable=False)


def is_behind(store: ArtifactStore, ep_id: str, mirrored: int) -> bool:
    """Return whether more decisions were announced than these. A damaged announcement counts as more."""
    (content,) = store.place.read_all([store.manifest(ep_id, ANNOUNCEMENT)])
    if content is None:
        return False
    return not content.isdigit() or int(content) > mirrored
