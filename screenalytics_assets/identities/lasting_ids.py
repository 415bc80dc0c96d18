"""Ids that last: a cluster keeps the id of the previous identity of which it holds more than half.

What is left gets new numbers, counted on from the highest ever given, so that no number comes back with another
meaning. The lineage says what became of what; it tells of the last change, so that a run which changes nothing
writes the same document again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.identity_records import IdChanges, Identities, TrackAnchor
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.locked import NOBODY
from screenalytics_assets.identities.track_anchors import anchors, match_tracks

NONE_HELD: Mapping[int, int] = {}
NO_LINEAGE = IdChanges(kept=(), new=(), retired=(), split_from={}, merged_from={})


@dataclass(frozen=True)
class LastingIds:
    """Id of each cluster, what became of the previous identities, and the number that the next new one gets."""

    names: Sequence[str]
    lineage: IdChanges
    next_number: int


def name_of(number: int) -> str:
    """The id of the identity with this number."""
    return f"identity-{number:05d}"


def lasting_ids(
    previous: Identities | None,
    clusters: Sequence[Sequence[str]],
    tracks: Sequence[Track],
    locked: Mapping[str, str] = NOBODY,
) -> LastingIds:
    """Ids of `clusters`, each the ids of its tracks, given the previous result of the same episode, if any.

    Identities weigh as many frames as their tracks span; see `carry_ids` for the rule. A cluster of tracks that a
    `locked` identity holds keeps that id.
    """
    if previous is None:
        return first_ids(len(clusters))
    spans = {track.track_id: track.last_frame - track.first_frame + 1 for track in tracks}
    own = np.array([sum(spans[track] for track in members) for members in clusters], np.int64)
    before = [identity.identity_id for identity in previous.identities]
    shared = shared_frames(previous, clusters, tracks)
    held = {
        cluster: before.index(locked[members[0]]) for cluster, members in enumerate(clusters) if members[0] in locked
    }
    ids = carry_ids(shared, _weights(previous), own, before, previous.next_identity_number, held)
    unmoved = previous.track_anchors == anchors(tracks) and _same(previous, clusters, ids.names)
    return replace(ids, lineage=previous.lineage) if unmoved else ids


def first_ids(count: int) -> LastingIds:
    """Ids of so many clusters where there was no result before."""
    return LastingIds([name_of(number) for number in range(1, count + 1)], NO_LINEAGE, count + 1)


def carry_ids(
    shared: NDArray[np.int64],
    weights: NDArray[np.int64],
    own: NDArray[np.int64],
    before: Sequence[str],
    next_number: int,
    held: Mapping[int, int] = NONE_HELD,
) -> LastingIds:
    """Ids of C clusters of weights `own` (C,) after P identities named `before` of weights `weights` (P,).

    `shared` (P, C) is what each two have in common; what vanished counts in `weights` all the same. Where a cluster
    holds more than half of several identities, the one of which it holds most gives its id, the older one on a tie,
    and the others are `merged_from`. `held` says which cluster is which previous identity by decree: no other cluster
    gets that id. A cluster with a new id is `split_from` the identity that more than half of
    its own weight was.
    """
    claimed = _claims(shared, weights, held)
    keeper = {
        cluster: max(mostly, key=lambda p: (shared[p, cluster], -p)) for cluster, mostly in claimed.items()
    } | dict(held)
    names: list[str] = []
    split_from: dict[str, str] = {}
    for cluster in range(len(own)):
        if cluster in keeper:
            names.append(before[keeper[cluster]])
            continue
        names.append(name_of(next_number))
        next_number += 1
        origin = int(shared[:, cluster].argmax()) if before else -1
        if origin >= 0 and 2 * shared[origin, cluster] > own[cluster]:
            split_from[names[-1]] = before[origin]
    merged_from = {
        names[cluster]: others
        for cluster, mostly in claimed.items()
        if (others := tuple(before[p] for p in mostly if p != keeper[cluster]))
    }
    lineage = IdChanges(
        kept=tuple(sorted(set(names) & set(before))),
        new=tuple(sorted(set(names) - set(before))),
        retired=tuple(sorted(set(before) - set(names))),
        split_from=dict(sorted(split_from.items())),
        merged_from=dict(sorted(merged_from.items())),
    )
    return LastingIds(names, lineage, next_number)


def shared_frames(
    previous: Identities, clusters: Sequence[Sequence[str]], tracks: Sequence[Track]
) -> NDArray[np.int64]:
    """Frames (previous identities, clusters) that each two share."""
    home = {track: row for row, identity in enumerate(previous.identities) for track in identity.track_ids}
    cluster_of = {track: column for column, members in enumerate(clusters) for track in members}
    known = [anchor for anchor in previous.track_anchors if anchor.track_id in home]
    now = [track for track in tracks if track.track_id in cluster_of]
    overlap = match_tracks(known, now)
    shared = np.zeros((len(previous.identities), len(clusters)), np.int64)
    rows = np.array([home[anchor.track_id] for anchor in known], np.int64)[overlap.previous]
    columns = np.array([cluster_of[track.track_id] for track in now], np.int64)[overlap.current]
    np.add.at(shared, (rows, columns), overlap.frames)
    return shared


def _weights(previous: Identities) -> NDArray[np.int64]:
    spans = {anchor.track_id: _span(anchor) for anchor in previous.track_anchors}
    return np.array([sum(spans[track] for track in i.track_ids) for i in previous.identities], np.int64)


def _span(anchor: TrackAnchor) -> int:
    return anchor.last_frame - anchor.first_frame + 1


def _claims(shared: NDArray[np.int64], weights: NDArray[np.int64], held: Mapping[int, int]) -> dict[int, list[int]]:
    """For each cluster that holds more than half of previous identities that are not held: these, in order."""
    claims: dict[int, list[int]] = {}
    if shared.size == 0:
        return claims
    best = shared.argmax(axis=1)
    for previous, cluster in enumerate(best.tolist()):
        if 2 * shared[previous, cluster] > weights[previous] and previous not in held.values():
            claims.setdefault(cluster, []).append(previous)
    return claims


def _same(previous: Identities, clusters: Sequence[Sequence[str]], names: Sequence[str]) -> bool:
    before = {identity.identity_id: tuple(identity.track_ids) for identity in previous.identities}
    return before == {name: tuple(members) for name, members in zip(names, clusters, strict=True)}
