"""What lies behind a failed guardrail, as rows of small tables and of picture sheets, with ids for row numbers."""

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
"""How many of each are shown."""
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
    """Identities in terms of rows (U,) of `tracks.npy`: `members` holds the rows of each of `names`."""

    names: Sequence[str]
    members: Sequence[NDArray[np.int64]]
    tracks: Sequence[str]
    """Id of the track of each row."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """Index of the identity of each row (U,), -1 for rows in none."""
        labels = np.full(len(self.tracks), -1, np.int64)
        for index, rows in enumerate(self.members):
            labels[rows] = index
        return labels


def identity_rows(identities: Identities, embeddings: Sequence[TrackEmbedding]) -> IdentityRows:
    """The rows of each identity's tracks, ascending. Tracks without an embedding have none."""
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
    """The weakest links of the largest identity, the first on a tie: a sentence, rows of a table and of a sheet.

    A row of the sheet shows a typical track of one side, the two most similar tracks across, and a typical track
    of the other side.
    """
    largest = max(range(len(identities.names)), key=lambda index: len(identities.members[index]))
    members = identities.members[largest]
    found = weakest_links(vectors[members], WEAK_LINKS)
    table: list[TableRow] = []
    sheet = []
    for link in found.links:
        ends = (link.medoid_a, link.row_a, link.row_b, link.medoid_b)
        typical, track, other, other_typical = shown = [identities.tracks[members[row]] for row in ends]
        closest = round(link.closest_similarity, 4)
        sides = (closest, round(link.similarity, 4), link.size_a, link.size_b)
        values = (track, other, *sides, typical, other_typical)
        table.append(dict(zip(WEAK_LINK_COLUMNS, values, strict=True)))
        sheet.append(pair_row(track, other, closest, shown, accepted))
    sampled = "" if found.members_seen == len(members) else f"; {found.members_seen} of them, evenly spaced, were read"
    return f"{identities.names[largest]}, {len(members)} tracks{sampled}", table, sheet


def near_join_rows(
    vectors: NDArray[np.float32],
    identities: IdentityRows,
    threshold: float,
    constraints: Constraints,
    accepted: Accepted,
) -> tuple[list[TableRow], list[SheetRow]]:
    """The singletons nearest to another identity: rows of a table and of a sheet.

    A row of the sheet shows the singleton and that identity's most similar track.
    """
    labels = identities.labels
    inside = np.flatnonzero(labels >= 0)
    index_of_label, own = np.unique(labels[inside], return_inverse=True)
    pairs = among(constraints, inside).cannot_link
    table: list[TableRow] = []
    sheet = []
    for join in near_joins(vectors[inside], own.astype(np.int64), threshold, NEAR_JOINS, pairs):
        track, closest = (identities.tracks[inside[row]] for row in (join.row, join.closest_row))
        name = identities.names[index_of_label[join.label]]
        numbers = (round(join.similarity, 4), round(join.shortfall, 4))
        values = (track, name, *numbers, closest, join.blocked_by_cannot_link)
        table.append(dict(zip(NEAR_JOIN_COLUMNS, values, strict=True)))
        sheet.append(pair_row(track, name, join.similarity, [track, closest], accepted))
    return table, sheet
