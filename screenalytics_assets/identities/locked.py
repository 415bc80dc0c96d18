"""Locked identities: what people confirmed keeps its tracks, its id and its labels, whatever the clustering says."""

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

NOBODY: Mapping[str, str] = {}
"""No track is held by a locked identity."""


def locked_tracks(previous: Identities | None, tracks: Sequence[Track]) -> dict[str, str]:
    """Tracks that belong to a locked identity of the previous result, with its id.

    A track belongs to it if more than half of its span was that identity's: found by time and place, as a run that
    makes the tracks anew gives them other ids.
    """
    if previous is None:
        return {}
    home = {track: i.identity_id for i in previous.identities if i.locked for track in i.track_ids}
    known = [anchor for anchor in previous.track_anchors if anchor.track_id in home]
    overlap = match_tracks(known, tracks)
    frames: dict[tuple[str, str], int] = {}
    for then, now, count in zip(overlap.previous, overlap.current, overlap.frames, strict=True):
        key = tracks[now].track_id, home[known[then].track_id]
        frames[key] = frames.get(key, 0) + int(count)
    spans = {track.track_id: track.last_frame - track.first_frame + 1 for track in tracks}
    return {track: identity for (track, identity), count in frames.items() if 2 * count > spans[track]}


def free_rows(track_ids: Sequence[str], locked: Mapping[str, str]) -> NDArray[np.int64]:
    """Positions of the tracks that no locked identity holds."""
    return np.array([row for row, track in enumerate(track_ids) if track not in locked], np.int64)


def with_locked(
    clusters: Clusters, track_ids: Sequence[str], locked: Mapping[str, str], constraints: Constraints
) -> Clusters:
    """The clusters of the free rows together with the locked identities, in rows of all `track_ids`.

    `constraints` are between all rows. What is locked stays as people left it, even where two of its tracks share a
    frame: such pairs are no constraints of the result.
    """
    free = free_rows(track_ids, locked)
    labels = np.full(len(track_ids), UNUSABLE, np.int64)
    labels[free] = clusters.labels
    first = int(clusters.labels.max(initial=UNUSABLE)) + 1
    for label, identity in enumerate(dict.fromkeys(locked[track] for track in track_ids if track in locked), first):
        labels[[row for row, track in enumerate(track_ids) if locked.get(track) == identity]] = label
    inside = labels != UNUSABLE
    labels[inside] = number_by_first_appearance(labels[inside])
    holder = np.array([locked.get(track, "") for track in track_ids])
    one, other = constraints.cannot_link.T
    together = (holder[one] == holder[other]) & (holder[one] != "")
    return replace(
        clusters,
        labels=labels,
        outliers={int(free[row]): value for row, value in clusters.outliers.items()},
        adopted={int(free[row]): value for row, value in clusters.adopted.items()},
        constraints=Constraints(constraints.cannot_link[~together], constraints.must_link),
        contradictions=tuple(
            Contradiction(_pair(free, c.must_link), _pair(free, c.cannot_link)) for c in clusters.contradictions
        ),
    )


def _pair(free: NDArray[np.int64], rows: tuple[int, int]) -> tuple[int, int]:
    return int(free[rows[0]]), int(free[rows[1]])
