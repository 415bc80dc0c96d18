"""What people decided, as constraints of the clustering.

A person outranks the machine: two tracks that a person put together are no longer kept apart by a shared frame. A track
that a person said something about is vouched for. It stays in an identity even if its face is too weak to compare.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints, Pairs, unique_pairs
from screenalytics_assets.moderation.state import Moderation
from screenalytics_assets.moderation.vouched import vouched_tracks

Key = TypeVar("Key", bound=Hashable)
"""Identifies a track: its id, or episode and id."""


def decided_constraints(moderation: Moderation, track_ids: Sequence[str], sharing: Pairs) -> Constraints:
    """Return the constraints between the tracks of the rows `track_ids`; `sharing` (P, 2) are rows that share a frame.

    Tracks without a row are left out.
    """
    groups, vouched = decided_groups(moderation), vouched_tracks(moderation)
    return links(groups, moderation.apart, moderation.together, vouched, track_ids, sharing)


def links(
    groups: Iterable[Sequence[Key]],
    apart: Iterable[tuple[Key, Key]],
    together: Iterable[tuple[Key, Key]],
    vouched: Collection[Key],
    tracks: Sequence[Key],
    sharing: Pairs,
) -> Constraints:
    """Return the constraints between the rows of `tracks`; `sharing` (P, 2) are rows that share a frame.

    Args:
        groups: tracks of one person; no track is in two groups.
        apart: pairs of tracks of different people, which also stand for their groups.
        together: pairs of tracks that a person allowed to share a frame.
        vouched: tracks that a person said something about.
        tracks: the track of each row. Tracks without a row are left out.
        sharing: rows that share a frame.
    """
    row_of = {track: row for row, track in enumerate(tracks)}
    grouped = [(group, [row_of[t] for t in group if t in row_of]) for group in groups]
    rows_of_groups = [rows for _, rows in grouped]
    group_of = {row: number for number, rows in enumerate(rows_of_groups) for row in rows}
    allowed = {frozenset(pair) for pair in together}
    by_machine = [
        (one, other)
        for one, other in sharing.tolist()
        if (group_of.get(one, -1) != group_of.get(other, -2)) and frozenset((tracks[one], tracks[other])) not in allowed
    ]
    # One track stands for its group. Without a row, another track of the group takes its place.
    stand_in = {track: rows[0] for group, rows in grouped if rows for track in group} | row_of
    by_people = [(stand_in[one], stand_in[other]) for one, other in apart if {one, other} <= stand_in.keys()]
    return Constraints(
        cannot_link=unique_pairs(_pairs([*by_machine, *by_people])),
        must_link=_pairs(pair for rows in rows_of_groups for pair in pairwise(rows)),
        vouched=np.array(sorted(row_of[track] for track in vouched if track in row_of), np.int64),
    )


def decided_groups(moderation: Moderation) -> list[tuple[str, ...]]:
    """Return the tracks that stay in one identity: groups and locks, joined where they have a track in common."""
    group_of: dict[str, dict[str, None]] = {}
    for tracks in (*moderation.groups, *moderation.locks):
        joined = dict.fromkeys(tracks)
        for track in tracks:
            joined |= group_of.get(track, {})
        group_of |= dict.fromkeys(joined, joined)
    unique = {id(group): tuple(group) for group in group_of.values()}
    return list(unique.values())


def locked_groups(moderation: Moderation) -> list[tuple[str, ...]]:
    """Return the tracks of each locked identity, with those that a person has added to it since."""
    locked = {track for tracks in moderation.locks for track in tracks}
    return [group for group in decided_groups(moderation) if not locked.isdisjoint(group)]


def _pairs(pairs: Iterable[tuple[int, int]]) -> NDArray[np.int64]:
    return np.array(list(pairs), np.int64).reshape(-1, 2)
