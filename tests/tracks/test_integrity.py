"""Integrity of the tracks: every problem is found and named, and a sound episode has none."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from screenalytics_assets.contract.schemas import Shots, Splits, Track, Tracks
from screenalytics_assets.tracks.integrity import shot_problems, track_problems
from tests.tiny_episode import EP_ID, make_crop, make_metrics, make_shot, make_track, origin

SHOTS = (make_shot(1, 0, 49), make_shot(2, 50, 99))


def sound() -> list[Track]:
    return [
        make_track(1, (0, 20)),
        make_track(2, (21, 30), split_from="track-00001", split_reason="hard"),
        make_track(3, (50, 99), shot=2),
    ]


def table(rows: Sequence[Track], stated: dict[str, Any] | None = None) -> Tracks:
    """Return an episode of `SHOTS` with these tracks. Its metrics agree with them, except for `stated`."""
    splits = Splits(hard=1, streak=0, iou=0, total=1)
    metrics = make_metrics(**{"tracks": len(rows), "shots": 2, "splits": splits} | (stated or {}))
    documents = {"shots.json": Shots(ep_id=EP_ID, detectors=(), shots=SHOTS), "track_metrics.json": metrics}
    return Tracks(EP_ID, rows, origin("tracks", {}), "opencv_zoo", documents)


def test_sound_tracks_have_no_problems() -> None:
    assert track_problems(table(sound())) == []


def test_no_tracks_at_all_are_sound() -> None:
    none = Splits(hard=0, streak=0, iou=0, total=0)
    assert track_problems(table([], {"splits": none})) == []


BOX_AT_31 = {"boxes": (make_track(2, (31, 31)).boxes[0],)}

ROW_PROBLEMS = [
    pytest.param(2, {"track_id": "track-00001"}, "track-00001 occurs twice", id="id-twice"),
    pytest.param(
        1,
        {"split_from": "track-00003"},
        "track-00002 was split from track-00003, which is not in an earlier row",
        id="split-from-a-later-one",
    ),
    pytest.param(
        1,
        {"split_from": "track-00002"},
        "track-00002 was split from track-00002, which is not in an earlier row",
        id="split-from-itself",
    ),
    pytest.param(
        2, {"shot_id": "shot-0003"}, "track-00003 refers to shot-0003, which does not exist", id="no-such-shot"
    ),
    pytest.param(
        2, {"first_frame": 49}, r"track-00003 spans 49-99, beyond shot-0002 \(50-99\)", id="begins-before-its-shot"
    ),
    pytest.param(0, {"last_frame": 50}, r"track-00001 spans 0-50, beyond shot-0001 \(0-49\)", id="crosses-a-cut"),
    pytest.param(0, {"first_frame": 21}, "track-00001 spans 21-20, beyond", id="reversed"),
    pytest.param(1, BOX_AT_31, "track-00002 spans 21-30, but refers to frame 31", id="box-outside"),
    pytest.param(
        1,
        {"crops": (make_crop("track-00002", 20),)},
        "track-00002 spans 21-30, but refers to frame 20",
        id="crop-outside",
    ),
]


@pytest.mark.parametrize(("row", "changes", "words"), ROW_PROBLEMS)
def test_every_problem_of_a_row_is_named(row: int, changes: dict[str, Any], words: str) -> None:
    rows = sound()
    rows[row] = rows[row].model_copy(update=changes)
    (problem,) = track_problems(table(rows))
    assert re.match(words, problem)


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        pytest.param({"tracks": 4}, "track_metrics.json states 4 tracks, but there are 3", id="tracks"),
        pytest.param({"shots": 1}, "track_metrics.json states 1 shots, but there are 2", id="shots"),
        pytest.param(
            {"splits": Splits(hard=2, streak=0, iou=0, total=2)},
            "track_metrics.json states 2 splits, but there are 1",
            id="splits",
        ),
        pytest.param({"frames_decoded": 101}, "the shots cover 100 frames, but 101 were decoded", id="frames"),
    ],
)
def test_metrics_that_disagree_with_the_rows_are_named(metrics: dict[str, Any], words: str) -> None:
    assert track_problems(table(sound(), metrics)) == [words]


@pytest.mark.parametrize(
    ("spans", "frames", "problems"),
    [
        pytest.param([(0, 49), (50, 99)], 100, [], id="tiles"),
        pytest.param([(0, 99)], 100, [], id="one"),
        pytest.param([], 0, [], id="none"),
        pytest.param([(1, 99)], 100, ["shot-0001 spans 1-99, but it must begin at 0"], id="late-begin"),
        pytest.param([(0, 40), (50, 99)], 100, ["shot-0002 spans 50-99, but it must begin at 41"], id="gap"),
        pytest.param([(0, 60), (50, 99)], 100, ["shot-0002 spans 50-99, but it must begin at 61"], id="overlap"),
        pytest.param([(0, 89)], 100, ["the shots cover 90 frames, but 100 were decoded"], id="ends-early"),
        pytest.param([(0, 109)], 100, ["the shots cover 110 frames, but 100 were decoded"], id="ends-late"),
        pytest.param([], 100, ["the shots cover 0 frames, but 100 were decoded"], id="missing"),
        pytest.param(
            [(0, 49), (50, 48), (49, 99)], 100, ["shot-0002 spans 50-48, but it must begin at 50"], id="reversed"
        ),
    ],
)
def test_shots_must_tile_the_video(spans: list[tuple[int, int]], frames: int, problems: list[str]) -> None:
    assert shot_problems([make_shot(k + 1, *span) for k, span in enumerate(spans)], frames) == problems
