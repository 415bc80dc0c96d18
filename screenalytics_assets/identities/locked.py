"""Locked identities: an identity that a person confirmed keeps its tracks, id and labels in every clustering."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints, Contradiction
from screenalytics_assets.clustering.linkage import number_by_first_appearance
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.cluster_tracks import UNUSABLE, Clusters
from screenalytics_assets.identities.track_anchors import match_tracks

NO_LOCKS: Mapping[str, str] = {}
"""Mapping from track to locked identity where no identity is locked."""


def locked_tracks(previous: Identities | None, tracks: Sequence[Track]) -> dict[str, str]:
    """Map the tracks that belong to a locked identity of the previous result to the id of that identity.

    A track belongs to a locked identity if more than half of its span did before. Tracks are compared by time and
    place, because their ids change when tracking runs again.
    """
    if previous is None:
        return {}
    identity_of = {track: i.identity_id for i in previous.identities if i.locked for track in i.track_ids}
    anchors = [anchor for anchor in previous.track_anchors if anchor.track_id in identity_of]
    overlap = match_tracks(anchors, tracks)
    frames: dict[tuple[str, str], int] = {}
    for then, now, count in zip(overlap.previous, overlap.current, overlap.frames, strict=True):
        key = tracks[now].track_id, identity_of[anchors[then].track_id]
        frames[key] = frames.get(key, 0) + int(count)
    spans = {track.track_id: track.last_frame - track.first_frame + 1 for track in tracks}
    return {track: identity for (track, identity), count in frames.items() if 2 * count > spans[track]}


def free_rows(track_ids: Sequence[str], locked: Mapping[str, str]) -> NDArray[np.int64]:
    """Return the positions of the tracks that belong to no locked identity."""
    return np.array([row for row, track in enumerate(track_ids) if track not in locked], np.int64)


def with_locked(
    clusters: Clusters, track_ids: Sequence[str], locked: Mapping[str, str], constraints: Constraints
) -> Clusters:
    """Combine the clusters of the free rows with the locked identities. The result indexes all `track_ids`.

    `constraints` index all rows, too. A locked identity keeps its tracks even if two of them share a frame. Such pairs
    are removed from the constraints of the result.
    """
    free = free_rows(track_ids, locked)
    labels = np.full(len(track_ids), UNUSABLE, np.int64)
    labels[free] = clusters.labels
    first = int(clusters.labels.max(initial=UNUSABLE)) + 1
    for label, identity in enumerate(dict.fromkeys(locked[track] for track in track_ids if track in locked), first):
        labels[[row for row, track in enumerate(track_ids) if locked.get(track) == identity]] = label
    in_cluster = labels != UNUSABLE
    labels[in_cluster] = number_by_first_appearance(labels[in_cluster])
    lock_of_row = np.array([locked.get(track, "") for track in track_ids])
    first_row, second_row = constraints.cannot_link.T
    same_lock = (lock_of_row[first_row] == lock_of_row[second_row]) & (lock_of_row[first_row] != "")
    return replace(
        clusters,
        labels=labels,
        outliers={int(free[row]): value for row, value in clusters.outliers.items()},
        adopted={int(free[row]): value for row, value in clusters.adopted.items()},
        joined={int(free[row]): value for row, value in clusters.joined.items()},
        constraints=Constraints(constraints.cannot_link[~same_lock], constraints.must_link),
        contradictions=tuple(
            Contradiction(_all_rows(free, c.must_link), _all_rows(free, c.cannot_link)) for c in clusters.contradictions
        ),
    )


def _all_rows(free: NDArray[np.int64], rows: tuple[int, int]) -> tuple[int, int]:
    """Translate a pair of free rows to rows of all tracks."""
    return int(free[rows[0]]), int(free[rows[1]])
