"""Tables of causes: row numbers become the ids of tracks and identities."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints
from screenalytics_assets.contract.schemas import Face
from screenalytics_assets.identities.diagnosis import weak_links
from screenalytics_assets.identities.diagnosis.cause_tables import IdentityRows, near_join_rows, weak_link_rows
from tests.tiny_episode import make_face, make_track


def at_degrees(*angles: float) -> NDArray[np.float32]:
    """Return unit vectors in the plane; the similarity of two is the cosine of the angle between them."""
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def name(track: int) -> str:
    return f"track-{track:05d}"


def faces_of(*tracks: int) -> dict[str, Sequence[Face]]:
    return {name(track): [make_face(track, make_track(track, (0, 30)), 0, track)] for track in tracks}


def crops(*tracks: int) -> list[str]:
    return [f"crops/{name(track)}/frame-000000.jpg" for track in tracks]


def rows(*members: Sequence[int]) -> IdentityRows:
    """Return identities of these rows. Rows 0 to 8 are tracks 11 to 19."""
    names = [f"identity-{number:05d}" for number in range(1, len(members) + 1)]
    return IdentityRows(names, [np.array(part, np.int64) for part in members], [name(k + 11) for k in range(9)])


# Rows 2 to 8: two people, at 0 to 4 and 76 to 80 degrees, and a track (row 5) at 30 that connects them. Row 0 is a
# singleton at 100 degrees, and row 1 is unusable.
VECTORS = at_degrees(100, 180, 0, 2, 4, 30, 76, 78, 80)
EPISODE = rows([0], [2, 3, 4, 5, 6, 7, 8])


def test_weakest_link_of_the_largest_identity() -> None:
    sentence, table, sheet = weak_link_rows(VECTORS, EPISODE, faces_of(*range(11, 20)))
    average = np.cos(np.deg2rad(np.subtract.outer([76, 78, 80], [0, 2, 4, 30]))).mean()
    assert sentence == "identity-00002, 7 tracks"
    assert table[0] == {
        "track": "track-00016",
        "other_track": "track-00017",
        "similarity": 0.6947,
        "average_similarity": pytest.approx(average, abs=1e-4),
        "tracks_on_this_side": 4,
        "tracks_on_the_other": 3,
        "typical_track": "track-00015",
        "other_typical_track": "track-00018",
    }
    assert sheet[0].caption == "track-00016 | track-00017  0.69"
    assert sheet[0].crop_keys == crops(15, 16, 17, 18)


def test_a_sample_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weak_links, "MOST_MEMBERS", 5)
    sentence, _, _ = weak_link_rows(VECTORS, EPISODE, {})
    assert sentence == "identity-00002, 7 tracks; 5 of them, evenly spaced, were used"


@pytest.mark.parametrize(
    ("cannot_link", "share_a_frame"),
    [
        pytest.param([(0, 4)], True, id="with-a-track-of-that-identity"),
        pytest.param([(0, 1)], False, id="with-an-unusable-track"),
    ],
)
def test_near_join_of_a_singleton(cannot_link: list[tuple[int, int]], share_a_frame: bool) -> None:
    constraints = Constraints(np.array(cannot_link, np.int64))
    table, sheet = near_join_rows(VECTORS, EPISODE, 0.4, constraints, faces_of(*range(11, 20)))
    average = float(np.cos(np.deg2rad(100 - np.array([0, 2, 4, 30, 76, 78, 80]))).mean())
    assert table == [
        {
            "track": "track-00011",
            "identity": "identity-00002",
            "similarity": pytest.approx(average, abs=1e-4),
            "missed_by": pytest.approx(0.4 - average, abs=1e-4),
            "closest_track": "track-00019",
            "share_a_frame": share_a_frame,
        }
    ]
    assert sheet[0].caption == f"track-00011 | identity-00002  {average:.2f}"
    assert sheet[0].crop_keys == crops(11, 19)


def test_identities_without_rows_are_skipped() -> None:
    table, _ = near_join_rows(VECTORS, rows([], [0], [], [2, 3]), 0.4, Constraints(), {})
    assert [(row["track"], row["identity"]) for row in table] == [("track-00011", "identity-00004")]
