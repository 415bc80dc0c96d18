"""Integrity of the tracks: every fault is found and named, and a sound episode has none."""

import re
from collections.abc import Sequence
from typing import Any

import pytest

from screenalytics_assets.contract.schemas import Shots, Splits, Track, Tracks
from screenalytics_assets.tracks.integrity import shot_faults, track_faults
from tests.tiny_episode import EP_ID, make_crop, make_metrics, make_shot, make_track, origin

SHOTS = (make_shot(1, 0, 49), make_shot(2, 50, 99))


def sound() -> list[Track]:
    return [
        make_track(1, (0, 20)),
        make_track(2, (21, 30), split_from="track-00001", split_reason="hard"),
        make_track(3, (50, 99), shot=2),
    ]


def table(rows: Sequence[Track], stated: dict[str, Any] | None = None) -> Tracks:
    """The episode of `SHOTS` with these tracks, and metrics that agree but for what is `stated`."""
    splits = Splits(hard=1, streak=0, iou=0, total=1)
    metrics = make_metrics(**{"tracks": len(rows), "shots": 2, "splits": splits} | (stated or {}))
    documents = {"shots.json": Shots(ep_id=EP_ID, detectors=(), shots=SHOTS), "track_metrics.json": metrics}
    return Tracks(EP_ID, rows, origin("tracks", {}), "opencv_zoo", documents)


def test_sound_tracks_have_no_faults() -> None:
    assert track_faults(table(sound())) == []


def test_no_tracks_at_all_are_sound() -> None:
    none = Splits(hard=0, streak=0, iou=0, total=0)
    assert track_faults(table([], {"splits": none})) == []


BOX_AT_31 = {"boxes": (make_track(2, (31, 31)).boxes[0],)}

ROW_FAULTS = [
    pytest.param(2, {"track_id": "track-00001"}, "track-00001 occurs twice", id="id-twice"),
    pytest.param(
        1,
        {"split_from": "track-00003"},
        "track-00002 was split from track-00003, which does not come before it",
        id="split-from-a-later-one",
    ),
    pytest.param(
        1,
        {"split_from": "track-00002"},
        "track-00002 was split from track-00002, which does not come before it",
        id="split-from-itself",
    ),
    pytest.param(2, {"shot_id": "shot-0003"}, "track-00003 lies in shot-0003, which does not exist", id="no-such-shot"),
    pytest.param(
        2, {"first_frame": 49}, r"track-00003 spans 49-99, beyond shot-0002 \(50-99\)", id="begins-before-its-shot"
    ),
    pytest.param(0, {"last_frame": 50}, r"track-00001 spans 0-50, beyond shot-0001 \(0-49\)", id="crosses-a-cut"),
    pytest.param(0, {"first_frame": 21}, "track-00001 spans 21-20, beyond", id="turned-around"),
    pytest.param(1, BOX_AT_31, "track-00002 spans 21-30 and refers to frame 31", id="box-outside"),
    pytest.param(
        1,
        {"crops": (make_crop("track-00002", 20),)},
        "track-00002 spans 21-30 and refers to frame 20",
        id="crop-outside",
    ),
]


@pytest.mark.parametrize(("row", "changes", "words"), ROW_FAULTS)
def test_every_fault_of_a_row_is_named(row: int, changes: dict[str, Any], words: str) -> None:
    rows = sound()
    rows[row] = rows[row].model_copy(update=changes)
    (fault,) = track_faults(table(rows))
    assert re.match(words, fault)


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        pytest.param({"tracks": 4}, "track_metrics.json states tracks 4, and 3 can be counted", id="tracks"),
        pytest.param({"shots": 1}, "track_metrics.json states shots 1, and 2 can be counted", id="shots"),
        pytest.param(
            {"splits": Splits(hard=2, streak=0, iou=0, total=2)},
            "track_metrics.json states splits 2, and 1 can be counted",
            id="splits",
        ),
        pytest.param({"frames_decoded": 101}, "the shots cover 100 frames, and 101 were decoded", id="frames"),
    ],
)
def test_metrics_that_disagree_with_the_rows_are_named(metrics: dict[str, Any], words: str) -> None:
    assert track_faults(table(sound(), metrics)) == [words]


@pytest.mark.parametrize(
    ("spans", "frames", "faults"),
    [
        pytest.param([(0, 49), (50, 99)], 100, [], id="tiles"),
        pytest.param([(0, 99)], 100, [], id="one"),
        pytest.param([], 0, [], id="none"),
        pytest.param([(1, 99)], 100, ["shot-0001 spans 1-99, expected to begin at 0"], id="late-begin"),
        pytest.param([(0, 40), (50, 99)], 100, ["shot-0002 spans 50-99, expected to begin at 41"], id="gap"),
        pytest.param([(0, 60), (50, 99)], 100, ["shot-0002 spans 50-99, expected to begin at 61"], id="overlap"),
        pytest.param([(0, 89)], 100, ["the shots cover 90 frames, and 100 were decoded"], id="ends-early"),
        pytest.param([(0, 109)], 100, ["the shots cover 110 frames, and 100 were decoded"], id="ends-late"),
        pytest.param([], 100, ["the shots cover 0 frames, and 100 were decoded"], id="missing"),
        pytest.param(
            [(0, 49), (50, 48), (49, 99)], 100, ["shot-0002 spans 50-48, expected to begin at 50"], id="turned-around"
        ),
    ],
)
def test_shots_have_to_tile_the_video(spans: list[tuple[int, int]], frames: int, faults: list[str]) -> None:
    assert shot_faults([make_shot(k + 1, *span) for k, span in enumerate(spans)], frames) == faults
