"""Cuts: what both parts hold, which cuts are refused, and that undoing a cut restores the same bytes."""

from collections.abc import Sequence

import pytest

from screenalytics_assets.contract.schemas import Track, TrackBox
from screenalytics_assets.moderation.cut_tracks import cut_problem, cut_tracks, uncut_tracks
from screenalytics_assets.moderation.state import Cut
from tests.tiny_episode import BOX, FPS, make_track

Piece = tuple[str, int, int, int]
"""Id, first frame, last frame and number of crops."""


def long_track(number: int = 1, first: int = 0, score: float = 0.9) -> Track:
    """A track of 41 frames with crops every 5 frames, and boxes at both ends and in the middle."""
    boxes = tuple(
        TrackBox(frame=frame, ts=frame / FPS, bbox=BOX, score=score) for frame in (first, first + 20, first + 40)
    )
    track = make_track(number, (first, first + 40), crop_frames=range(first + 2, first + 40, 5))
    return track.model_copy(update={"boxes": boxes, "mean_score": 0.8765})


def pieces(rows: Sequence[Track]) -> list[Piece]:
    return [(track.track_id, track.first_frame, track.last_frame, len(track.crops)) for track in rows]


ONE, TWO = long_track(1), long_track(2, first=100)


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [
        pytest.param([], [("track-00001", 0, 40, 8), ("track-00002", 100, 140, 8)], id="no cut"),
        pytest.param(
            [Cut("track-00001", 20 / FPS, 3)],
            [("track-00001", 0, 17, 4), ("track-00005", 20, 40, 4), ("track-00002", 100, 140, 8)],
            id="at a detection, which belongs to the later part",
        ),
        pytest.param(
            [Cut("track-00001", 20.5 / FPS, 3)],
            [("track-00001", 0, 20, 4), ("track-00005", 22, 40, 4), ("track-00002", 100, 140, 8)],
            id="between two detections",
        ),
        pytest.param(
            [Cut("track-00001", 30 / FPS, 1), Cut("track-00001", 10 / FPS, 2)],
            [
                ("track-00001", 0, 7, 2),
                ("track-00004", 12, 27, 4),
                ("track-00003", 32, 40, 2),
                ("track-00002", 100, 140, 8),
            ],
            id="two cuts of a track, the later place first",
        ),
        pytest.param(
            [Cut("track-00001", 21 / FPS, 1), Cut("track-00001", 21.9 / FPS, 2)],
            [("track-00001", 0, 20, 4), ("track-00003", 22, 40, 4), ("track-00002", 100, 140, 8)],
            id="two cuts in one gap are one",
        ),
        pytest.param(
            [Cut("track-00001", 20 / FPS, 1), Cut("track-00002", 120 / FPS, 1)],
            [
                ("track-00001", 0, 17, 4),
                ("track-00003", 20, 40, 4),
                ("track-00002", 100, 117, 4),
                ("track-00004", 120, 140, 4),
            ],
            id="one decision cuts two tracks",
        ),
    ],
)
def test_parts(cuts: list[Cut], expected: list[Piece]) -> None:
    cut = cut_tracks([ONE, TWO], cuts)
    assert pieces(cut.rows) == expected
    assert cut.refused == ()
    assert sum(track.frame_count for track in cut.rows) == 82
    assert [crop for track in cut.rows for crop in track.crops] == [*ONE.crops, *TWO.crops]
    assert cut_tracks(cut.rows, []).rows == [ONE, TWO]


def test_the_later_part() -> None:
    """It names the track it was cut from, and has its own mean score, times and boxes."""
    mixed = ONE.model_copy(
        update={"boxes": tuple(box.model_copy(update={"score": 0.5}) if box.frame else box for box in ONE.boxes)}
    )
    first, later = cut_tracks([mixed], [Cut("track-00001", 4.0, 1)]).rows
    assert (first.split_from, first.split_reason, first.mean_score) == (None, None, 0.9)
    assert (later.split_from, later.split_reason) == ("track-00001", "person")
    assert later.mean_score == round((0.5 + 4 * 0.9 + 0.5) / 6, 4)
    assert (first.last_ts, later.first_ts, later.last_ts) == (17 / FPS, 4.0, 8.0)
    assert [box.frame for box in first.boxes] == [0, 17]
    assert [box.frame for box in later.boxes] == [20, 40]
    assert later.uncut is None


@pytest.mark.parametrize(
    ("steps", "same_as"),
    [
        pytest.param([[1], []], [], id="undo"),
        pytest.param([[1], [], [1]], [1], id="redo"),
        pytest.param([[1, 2], [1]], [1], id="undo the second"),
        pytest.param([[1, 2], [2]], [2], id="undo the first"),
        pytest.param([[1, 2], [2], [1, 2]], [1, 2], id="redo the first"),
        pytest.param([[1], [1, 3], [1, 2, 3], [3], []], [], id="undo all, in another order"),
    ],
)
def test_any_way_to_the_same_cuts_gives_the_same_bytes(steps: list[list[int]], same_as: list[int]) -> None:
    cuts = {1: Cut("track-00001", 4.0, 1), 2: Cut("track-00001", 6.0, 2), 3: Cut("track-00002", 22.0, 3)}
    rows: Sequence[Track] = [ONE, TWO]
    for step in steps:
        rows = cut_tracks(rows, [cuts[seq] for seq in step]).rows
    direct = cut_tracks([ONE, TWO], [cuts[seq] for seq in same_as]).rows
    assert [track.model_dump_json() for track in rows] == [track.model_dump_json() for track in direct]


def test_parts_keep_their_ids_when_a_cleanup_adds_tracks() -> None:
    cut = cut_tracks([ONE, TWO], [Cut("track-00001", 4.0, 1)])
    later = [*cut.rows, long_track(4, first=200)]
    again = cut_tracks(later, [Cut("track-00001", 4.0, 1), Cut("track-00002", 24.0, 2)])
    assert [track.track_id for track in again.rows] == [
        "track-00001",
        "track-00003",
        "track-00002",
        "track-00006",
        "track-00004",
    ]
    assert uncut_tracks(again.rows) == [ONE, TWO, later[-1]]


@pytest.mark.parametrize(
    ("ts", "problem"),
    [
        pytest.param(0.0, "at 0.00 s, because it is on screen from 0.00 s to 8.00 s", id="at its start"),
        pytest.param(8.01, "at 8.01 s, because it is on screen from 0.00 s to 8.00 s", id="after its end"),
        pytest.param(0.3, "at 0.30 s, because one part would have no picture", id="before all crops"),
        pytest.param(8.0, "at 8.00 s, because one part would have no picture", id="after all crops"),
        pytest.param(4.0, None, id="possible"),
    ],
)
def test_impossible_cuts(ts: float, problem: str | None) -> None:
    found = cut_problem(ONE, ts)
    assert found is None if problem is None else found is not None and problem in found
    cut = cut_tracks([ONE], [Cut("track-00001", ts, 1)])
    assert cut.refused == (() if found is None else (found,))
    assert len(cut.rows) == 1 + (found is None)


def test_a_cut_that_leaves_a_part_between_cuts_without_a_picture_is_refused() -> None:
    cuts = [Cut("track-00001", 4.0, 1), Cut("track-00001", 20 / FPS + 0.1, 2)]
    cut = cut_tracks([ONE], cuts)
    assert pieces(cut.rows) == [("track-00001", 0, 17, 4), ("track-00002", 20, 40, 4)]
    assert len(cut.refused) == 1
