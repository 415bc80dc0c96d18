"""Tracks that share a frame."""

import numpy as np

from screenalytics_assets.clustering.constraints import sharing_frames
from screenalytics_assets.moderation.state import Scene


def tracks_sharing_frames(scene: Scene) -> dict[str, frozenset[str]]:
    """Return, for each track that shares a frame with others, these others."""
    first = np.array([track.first_frame for track in scene.tracks], np.int64)
    last = np.array([track.last_frame for track in scene.tracks], np.int64)
    ids = [track.track_id for track in scene.tracks]
    sharing: dict[str, set[str]] = {}
    for one, other in sharing_frames(first, last).tolist():
        sharing.setdefault(ids[one], set()).add(ids[other])
        sharing.setdefault(ids[other], set()).add(ids[one])
    return {track: frozenset(others) for track, others in sharing.items()}
