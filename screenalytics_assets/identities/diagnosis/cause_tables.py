"""Causes of a failed guardrail as rows of tables and image sheets, with ids instead of row numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints, among
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import Face, TrackEmbedding
from screenalytics_assets.identities.contact_sheet import SheetRow
from screenalytics_assets.identities.diagnosis.near_joins import near_joins
from screenalytics_assets.identities.diagnosis.pair_sheet import pair_row
from screenalytics_assets.identities.diagnosis.weak_links import weakest_links

WEAK_LINKS, NEAR_JOINS = 5, 8
"""Number of weak links and of near joins that are shown."""
WEAK_LINK_COLUMNS = (
    "track",
    "other_track",
    "similarity",
    "average_similarity",
    "tracks_on_this_side",
    "tracks_on_the_other",
    "typical_track",
    "other_typical_track",
)
NEAR_JOIN_COLUMNS = ("track", "identity", "similarity", "missed_by", "closest_track", "share_a_frame")

TableRow = dict[str, str | int | float | bool]
Accepted = Mapping[str, Sequence[Face]]


@dataclass(frozen=True)
class IdentityRows:
    """Identities as rows (U,) of `tracks.npy`. `members` holds the rows of each identity in `names`."""

    names: Sequence[str]
    members: Sequence[NDArray[np.int64]]
    tracks: Sequence[str]
    """Track id of each row."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """Index of the identity of each row (U,), or -1 for rows in no identity."""
        labels = np.full(len(self.tracks), -1, np.int64)
        for index, rows in enumerate(self.members):
            labels[rows] = index
        return labels


def identity_rows(identities: Identities, embeddings: Sequence[TrackEmbedding]) -> IdentityRows:
    """Return the rows of the tracks of each identity, ascending. Tracks without an embedding have no row."""
    tracks = [row.track_id for row in embeddings if row.embedding_row is not None]
    row_of = {track: row for row, track in enumerate(tracks)}
    members = [
        np.array(sorted(row_of[track] for track in identity.track_ids if track in row_of), np.int64)
        for identity in identities.identities
    ]
    return IdentityRows([identity.identity_id for identity in identities.identities], members, tracks)


def weak_link_rows(
    vectors: NDArray[np.float32], identities: IdentityRows, accepted: Accepted
) -> tuple[str, list[TableRow], list[SheetRow]]:
    """Describe the weakest links of the largest identity, the first on a tie, as a sentence, table rows and sheet rows.

    A row of the sheet shows a typical track of one side, the most similar pair of tracks between the two sides, and a
    typical track of the other side.
    """
    largest = max(range(len(identities.names)), key=lambda index: len(identities.members[index]))
    members = identities.members[largest]
    weakest = weakest_links(vectors[members], WEAK_LINKS)
    table: list[TableRow] = []
    sheet = []
    for link in weakest.links:
        ends = (link.medoid_a, link.row_a, link.row_b, link.medoid_b)
        typical, track, other, other_typical = tracks = [identities.tracks[members[row]] for row in ends]
        closest = round(link.closest_similarity, 4)
        sides = (closest, round(link.similarity, 4), link.size_a, link.size_b)
        values = (track, other, *sides, typical, other_typical)
        table.append(dict(zip(WEAK_LINK_COLUMNS, values, strict=True)))
        sheet.append(pair_row(track, other, closest, tracks, accepted))
    sampled = (
        "" if weakest.members_seen == len(members) else f"; {weakest.members_seen} of them, evenly spaced, were used"
    )
    return f"{identities.names[largest]}, {len(members)} tracks{sampled}", table, sheet


def near_join_rows(
    vectors: NDArray[np.float32],
    identities: IdentityRows,
    threshold: float,
    constraints: Constraints,
    accepted: Accepted,
) -> tuple[list[TableRow], list[SheetRow]]:
    """Describe the singletons nearest to another identity, as table rows and sheet rows.

    A row of the sheet shows the singleton and the most similar track of that identity.
    """
    labels = identities.labels
    used_rows = np.flatnonzero(labels >= 0)
    index_of_label, compact_labels = np.unique(labels[used_rows], return_inverse=True)
    pairs = among(constraints, used_rows).cannot_link
    table: list[TableRow] = []
    sheet = []
    for join in near_joins(vectors[used_rows], compact_labels.astype(np.int64), threshold, NEAR_JOINS, pairs):
        track, closest = (identities.tracks[used_rows[row]] for row in (join.row, join.closest_row))
        name = identities.names[index_of_label[join.label]]
        numbers = (round(join.similarity, 4), round(join.shortfall, 4))
        values = (track, name, *numbers, closest, join.blocked_by_cannot_link)
        table.append(dict(zip(NEAR_JOIN_COLUMNS, values, strict=True)))
        sheet.append(pair_row(track, name, join.similarity, [track, closest], accepted))
    return table, sheet
