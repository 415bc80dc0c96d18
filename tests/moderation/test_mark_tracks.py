"""Marks of dismissed tracks, and faces that follow parts of tracks."""

import pytest

from screenalytics_assets.contract.schemas import Tracks
from screenalytics_assets.moderation.cut_tracks import cut_tracks
from screenalytics_assets.moderation.mark_tracks import before_decisions, follow_tracks, mark_tracks
from screenalytics_assets.moderation.state import Cut
from tests.tiny_episode import EP_ID, make_face, make_track, origin

TRACKS = [make_track(1, (0, 30), crop_frames=(0, 10, 20, 30)), make_track(2, (5, 40))]
FACES = [
    *(make_face(crop + 1, TRACKS[0], crop, crop) for crop in range(4)),
    *(make_face(crop + 5, TRACKS[1], crop, None) for crop in range(2)),
]
CUT = Cut("track-00001", 3.0, 1)


@pytest.mark.parametrize(
    ("steps", "deleted"),
    [
        pytest.param([set()], [], id="none"),
        pytest.param([{"track-00002"}], [2], id="one"),
        pytest.param([{"track-00002"}, {"track-00001"}], [1], id="one restored, another deleted"),
        pytest.param([{"track-00001"}, set()], [], id="restored"),
        pytest.param([{"track-00009"}], [], id="a track that is gone"),
    ],
)
def test_exactly_the_dismissed_tracks_are_marked(steps: list[set[str]], deleted: list[int]) -> None:
    rows = TRACKS
    for dismissed in steps:
        rows = mark_tracks(rows, dismissed)
    assert [track.deleted for track in rows] == [number in deleted for number in (1, 2)]
    assert mark_tracks(rows, set()) == TRACKS


@pytest.mark.parametrize(
    ("cuts", "dismissed", "expected"),
    [
        pytest.param([], set(), "1 1 1 1 2 2", id="as made"),
        pytest.param([], {"track-00002"}, "1 1 1 1 2x 2x", id="deleted"),
        pytest.param([CUT], set(), "1 1 3 3 2 2", id="cut"),
        pytest.param([CUT], {"track-00003"}, "1 1 3x 3x 2 2", id="later part deleted"),
        pytest.param([CUT], {"track-00001"}, "1x 1x 3 3 2 2", id="first part deleted"),
        pytest.param([CUT, Cut("track-00001", 5.0, 2)], set(), "1 1 3 4 2 2", id="cut twice"),
    ],
)
def test_faces_follow_their_tracks(cuts: list[Cut], dismissed: set[str], expected: str) -> None:
    rows = mark_tracks(cut_tracks(TRACKS, cuts).rows, dismissed)
    faces = follow_tracks(FACES, rows)
    assert " ".join(f"{int(face.track_id[-5:])}{'x' * face.deleted}" for face in faces) == expected
    assert follow_tracks(faces, rows) == faces
    assert follow_tracks(faces, TRACKS) == FACES


def test_before_decisions() -> None:
    tracks = Tracks(EP_ID, TRACKS, origin("tracks", {}))
    decided = tracks.with_rows(mark_tracks(cut_tracks(TRACKS, [CUT]).rows, {"track-00001", "track-00003"}))
    assert decided.digest != tracks.digest
    assert before_decisions(decided).digest == tracks.digest
