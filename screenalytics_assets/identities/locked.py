"""Locked identities: an identity that a person locked keeps its tracks in every clustering, and no other joins it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints, Contradiction
from screenalytics_assets.clustering.linkage import number_by_first_appearance
from screenalytics_assets.identities.cluster_tracks import UNUSABLE, Clusters
from screenalytics_assets.identities.decided_links import locked_groups
from screenalytics_assets.moderation.state import Moderation

NO_LOCKS: Mapping[str, str] = {}
"""Mapping from track to lock where no identity is locked."""


def locked_tracks(moderation: Moderation) -> dict[str, str]:
    """Map each track of a locked identity to the first track of that identity, which stands for the lock."""
    return {track: group[0] for group in locked_groups(moderation) for track in group}


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
    for label, lock in enumerate(dict.fromkeys(locked[track] for track in track_ids if track in locked), first):
        labels[[row for row, track in enumerate(track_ids) if locked.get(track) == lock]] = label
    in_cluster = labels != UNUSABLE
    labels[in_cluster] = number_by_first_appearance(labels[in_cluster])
    return replace(
        clusters,
        labels=labels,
        outliers={int(free[row]): value for row, value in clusters.outliers.items()},
        adopted={int(free[row]): value for row, value in clusters.adopted.items()},
        joined={int(free[row]): value for row, value in clusters.joined.items()},
        constraints=without_locked_pairs(constraints, track_ids, locked),
        contradictions=tuple(
            Contradiction(_all_rows(free, c.must_link), _all_rows(free, c.cannot_link)) for c in clusters.contradictions
        ),
    )


def without_locked_pairs(constraints: Constraints, track_ids: Sequence[str], locked: Mapping[str, str]) -> Constraints:
    """Return the constraints of the rows `track_ids` without cannot-links between two tracks of one locked identity."""
    if not locked:
        return constraints
    lock_of_row = np.array([locked.get(track, "") for track in track_ids])
    first_row, second_row = constraints.cannot_link.T
    same_lock = (lock_of_row[first_row] == lock_of_row[second_row]) & (lock_of_row[first_row] != "")
    return replace(constraints, cannot_link=constraints.cannot_link[~same_lock])


def _all_rows(free: NDArray[np.int64], rows: tuple[int, int]) -> tuple[int, int]:
    """Translate a pair of free rows to rows of all tracks."""
    return int(free[rows[0]]), int(free[rows[1]])
