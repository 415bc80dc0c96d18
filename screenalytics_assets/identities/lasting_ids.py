"""Lasting ids: a cluster keeps the id of the previous identity of which it contains more than half.

All other clusters get new numbers, counted on from the highest number ever given, so a number never returns with a
different meaning. The lineage records what happened to each previous identity. It describes the last change, so a run
that changes nothing writes the same document again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.identity_records import IdChanges, Identities, TrackAnchor
from screenalytics_assets.contract.record_types import identity_id_of
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.previous_ids import PreviousIds
from screenalytics_assets.identities.track_anchors import anchors, match_tracks

NO_FIXED_IDS: Mapping[int, int] = {}
NO_LINEAGE = IdChanges(kept=(), new=(), retired=(), split_from={}, merged_from={})


@dataclass(frozen=True)
class LastingIds:
    """Id of each cluster, the lineage of the previous identities, and the number for the next new identity."""

    names: Sequence[str]
    lineage: IdChanges
    next_number: int


def lasting_ids(
    previous: Identities | None,
    clusters: Sequence[Sequence[str]],
    tracks: Sequence[Track],
    locked: Collection[str] = (),
    moderated: PreviousIds | None = None,
) -> LastingIds:
    """Return the ids of `clusters`, which are lists of track ids, given the previous result of the episode, if any.

    The weight of an identity is the number of frames that its tracks span. `carry_ids` has the rule. A cluster of
    `locked` tracks gets the id of the identity that it shares most with. The ids come from `moderated`, the previous
    result with the decisions of people laid over it, if given. The lineage refers to the previous result as stored.
    """
    if previous is None:
        return first_ids(len(clusters))
    spans = {track.track_id: track.last_frame - track.first_frame + 1 for track in tracks}
    cluster_weights = np.array([sum(spans[track] for track in members) for members in clusters], np.int64)
    stored = PreviousIds.of(previous)
    source = moderated or stored
    shared = shared_frames(source, clusters, tracks)
    fixed = _fixed_ids(shared, [not set(locked).isdisjoint(members) for members in clusters])
    ids = carry_ids(shared, _identity_weights(source), cluster_weights, list(source.tracks), source.next_number, fixed)
    if previous.track_anchors == anchors(tracks) and _same_members(stored, clusters, ids.names):
        return replace(ids, lineage=previous.lineage)
    if moderated is None:
        return ids
    shared = shared_frames(stored, clusters, tracks)
    changes = lineage_of(ids.names, shared, _identity_weights(stored), cluster_weights, list(stored.tracks))
    return replace(ids, lineage=changes)


def _fixed_ids(shared: NDArray[np.int64], locked: Sequence[bool]) -> dict[int, int]:
    """Map each locked cluster to the previous identity that it shares most with, if any. The largest share comes first.

    `shared` is (previous identities, clusters).
    """
    if shared.size == 0:
        return {}
    fixed: dict[int, int] = {}
    chosen = [cluster for cluster, is_locked in enumerate(locked) if is_locked]
    for cluster in sorted(chosen, key=lambda cluster: (-int(shared[:, cluster].max()), cluster)):
        free = np.where(np.isin(np.arange(len(shared)), list(fixed.values())), 0, shared[:, cluster])
        if free.any():
            fixed[cluster] = int(free.argmax())
    return fixed


def first_ids(count: int) -> LastingIds:
    """Return the ids of `count` clusters without a previous result."""
    return LastingIds([identity_id_of(number) for number in range(1, count + 1)], NO_LINEAGE, count + 1)


def carry_ids(
    shared: NDArray[np.int64],
    previous_weights: NDArray[np.int64],
    cluster_weights: NDArray[np.int64],
    previous_ids: Sequence[str],
    next_number: int,
    fixed: Mapping[int, int] = NO_FIXED_IDS,
) -> LastingIds:
    """Carry the ids of P previous identities over to C clusters.

    `previous_ids` and `previous_weights` (P,) describe the identities, `cluster_weights` (C,) the clusters, and
    `shared` (P, C) is the weight that each pair has in common. Tracks that vanished still count in `previous_weights`.
    If a cluster contains more than half of several identities, it gets the id of the one that it shares most with, the
    older one on a tie, and is `merged_from` the others. `fixed` maps clusters to the previous identities whose ids they
    must get; no other cluster gets these ids. A cluster with a new id is `split_from` the identity that more than half
    of its own weight belonged to.
    """
    claimed = _claims(shared, previous_weights, fixed)
    id_source = {
        cluster: max(contents, key=lambda p: (shared[p, cluster], -p)) for cluster, contents in claimed.items()
    } | dict(fixed)
    names: list[str] = []
    for cluster in range(len(cluster_weights)):
        if cluster in id_source:
            names.append(previous_ids[id_source[cluster]])
            continue
        names.append(identity_id_of(next_number))
        next_number += 1
    changes = lineage_of(names, shared, previous_weights, cluster_weights, previous_ids)
    return LastingIds(names, changes, next_number)


def lineage_of(
    names: Sequence[str],
    shared: NDArray[np.int64],
    previous_weights: NDArray[np.int64],
    cluster_weights: NDArray[np.int64],
    previous_ids: Sequence[str],
) -> IdChanges:
    """Return what happened to the previous identities when the clusters got these `names`; see `carry_ids`."""
    known, retired = set(previous_ids), set(previous_ids) - set(names)
    split_from: dict[str, str] = {}
    for cluster, name in enumerate(names):
        origin = int(shared[:, cluster].argmax()) if previous_ids else -1
        if name not in known and origin >= 0 and 2 * shared[origin, cluster] > cluster_weights[cluster]:
            split_from[name] = previous_ids[origin]
    merged_from: dict[str, tuple[str, ...]] = {}
    for cluster, contents in _claims(shared, previous_weights, NO_FIXED_IDS).items():
        if merged := tuple(previous_ids[previous] for previous in contents if previous_ids[previous] in retired):
            merged_from[names[cluster]] = merged
    return IdChanges(
        kept=tuple(sorted(set(names) & known)),
        new=tuple(sorted(set(names) - known)),
        retired=tuple(sorted(retired)),
        split_from=dict(sorted(split_from.items())),
        merged_from=dict(sorted(merged_from.items())),
    )


def shared_frames(
    previous: PreviousIds, clusters: Sequence[Sequence[str]], tracks: Sequence[Track]
) -> NDArray[np.int64]:
    """Return the number of frames, (previous identities, clusters), that each pair shares."""
    identity_of = {track: row for row, members in enumerate(previous.tracks.values()) for track in members}
    cluster_of = {track: column for column, members in enumerate(clusters) for track in members}
    previous_anchors = [anchor for anchor in previous.anchors if anchor.track_id in identity_of]
    current = [track for track in tracks if track.track_id in cluster_of]
    overlap = match_tracks(previous_anchors, current)
    shared = np.zeros((len(previous.tracks), len(clusters)), np.int64)
    rows = np.array([identity_of[anchor.track_id] for anchor in previous_anchors], np.int64)[overlap.previous]
    columns = np.array([cluster_of[track.track_id] for track in current], np.int64)[overlap.current]
    np.add.at(shared, (rows, columns), overlap.frames)
    return shared


def _identity_weights(previous: PreviousIds) -> NDArray[np.int64]:
    spans = {anchor.track_id: _span(anchor) for anchor in previous.anchors}
    return np.array([sum(spans[track] for track in members) for members in previous.tracks.values()], np.int64)


def _span(anchor: TrackAnchor) -> int:
    return anchor.last_frame - anchor.first_frame + 1


def _claims(
    shared: NDArray[np.int64], previous_weights: NDArray[np.int64], fixed: Mapping[int, int]
) -> dict[int, list[int]]:
    """Map each cluster to the previous identities, not fixed, of which it contains more than half, in order."""
    claims: dict[int, list[int]] = {}
    if shared.size == 0:
        return claims
    best = shared.argmax(axis=1)
    for previous, cluster in enumerate(best.tolist()):
        if 2 * shared[previous, cluster] > previous_weights[previous] and previous not in fixed.values():
            claims.setdefault(cluster, []).append(previous)
    return claims


def _same_members(previous: PreviousIds, clusters: Sequence[Sequence[str]], names: Sequence[str]) -> bool:
    return previous.tracks == {name: tuple(members) for name, members in zip(names, clusters, strict=True)}
