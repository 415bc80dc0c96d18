"""Boxes filled in between labels, tracks matched with runs, and frames that tracks cover."""

from collections.abc import Sequence

import numpy as np
import pytest

from screenalytics_assets.contract.schemas import TrackBox
from screenalytics_assets.identity_evaluation.box_matching import (
    BoxPath,
    best_runs,
    covered_frames,
    iou,
    path_of_track,
    person_of_path,
)
from tests.tiny_episode import make_track

Box = tuple[float, float, float, float]
HERE: Box = (0, 0, 10, 10)
THERE: Box = (100, 0, 110, 10)


def path(*boxes: tuple[int, Box]) -> BoxPath:
    return BoxPath(np.array([frame for frame, _ in boxes]), np.array([box for _, box in boxes], np.float64))


def still(first: int, last: int, box: Box = HERE, step: int = 1) -> BoxPath:
    return path(*((frame, box) for frame in range(first, last + 1, step)))


@pytest.mark.parametrize(
    ("frame", "x1"),
    [
        pytest.param(0, 10, id="before-the-first"),
        pytest.param(10, 10, id="at-the-first"),
        pytest.param(11, 12.5, id="a-quarter"),
        pytest.param(12, 15, id="half-way"),
        pytest.param(14, 20, id="at-a-label"),
        pytest.param(16, 10, id="back"),
        pytest.param(30, 0, id="after-the-last"),
    ],
)
def test_boxes_between_labels(frame: int, x1: float) -> None:
    run = path((10, (10, 0, 50, 40)), (14, (20, 0, 60, 40)), (18, (0, 0, 40, 40)))
    assert run.at(np.array([frame])).tolist() == [[x1, 0, x1 + 40, 40]]


@pytest.mark.parametrize(
    ("other", "value"),
    [
        pytest.param(HERE, 1, id="equal"),
        pytest.param((5, 0, 15, 10), 1 / 3, id="half-shifted"),
        pytest.param((0, 0, 10, 30), 1 / 3, id="three-times-as-tall"),
        pytest.param((10, 0, 20, 10), 0, id="touching"),
        pytest.param((20, 20, 30, 30), 0, id="apart-in-both-directions"),
    ],
)
def test_intersection_over_union(other: Box, value: float) -> None:
    assert iou(np.array([HERE], np.float64), np.array([other], np.float64)) == pytest.approx([value])


def test_the_path_of_a_track_has_the_boxes_of_its_crops() -> None:
    track = make_track(1, (0, 8), crop_frames=[0, 4])
    moved = TrackBox(frame=0, ts=0, bbox=THERE, score=0.9)
    found = path_of_track(track.model_copy(update={"boxes": (moved, *track.boxes[1:])}))
    assert found.frames.tolist() == [0, 4, 8]
    assert found.boxes[0].tolist() == list(THERE)


@pytest.mark.parametrize(
    ("frames", "best"),
    [
        pytest.param([3, 4], [-1, 0], id="six-frames-before"),
        pytest.param([26, 27], [0, -1], id="six-frames-after"),
        pytest.param([10, 15, 20], [0, 0, 0], id="within"),
    ],
)
def test_labels_hold_for_six_frames_beyond_a_run(frames: list[int], best: list[int]) -> None:
    track = path(*((frame, HERE) for frame in frames))
    assert best_runs(track, [path((10, HERE), (20, HERE))]).tolist() == best


def test_the_run_with_the_largest_overlap_wins_and_the_first_one_a_tie() -> None:
    near, nearer = still(0, 9, (4, 0, 14, 10)), still(5, 20, (1, 0, 11, 10))
    assert best_runs(still(5, 9, step=2), [near, nearer]).tolist() == [1, 1, 1]
    assert best_runs(still(0, 0), [near, still(0, 9, (4, 0, 14, 10))]).tolist() == [0]
    assert best_runs(still(0, 0), [still(0, 9, (6, 0, 16, 10))]).tolist() == [-1]


def test_labels_go_before_the_slack_of_a_run_in_the_same_place() -> None:
    shifted = (1, 0, 11, 10)
    assert best_runs(still(8, 12), [still(0, 9), still(10, 20, shifted)]).tolist() == [0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("runs", "people", "person"),
    [
        pytest.param([still(0, 99)], ["ann"], "ann", id="all"),
        pytest.param([still(0, 99, THERE)], ["ann"], None, id="elsewhere"),
        pytest.param([still(200, 300)], ["ann"], None, id="later"),
        pytest.param([], [], None, id="no-runs"),
        pytest.param([still(0, 27)], ["ann"], "ann", id="34-of-100"),
        pytest.param([still(0, 26)], ["ann"], None, id="33-of-100"),
        pytest.param([still(0, 30), still(50, 99)], ["ann", "bob"], "bob", id="majority"),
        pytest.param([still(0, 30), still(50, 75), still(76, 99)], ["bob", "ann", "ann"], "ann", id="two-runs-of-one"),
        pytest.param([still(0, 99)], ["?"], None, id="unknown"),
        pytest.param([still(0, 20), still(40, 99)], ["ann", "?"], None, id="mostly-unknown"),
        pytest.param([still(50, 99), still(0, 49)], ["ann", "bob"], "bob", id="tie"),
    ],
)
def test_whose_track(runs: Sequence[BoxPath], people: Sequence[str], person: str | None) -> None:
    assert person_of_path(still(0, 99), runs, people) == person


@pytest.mark.parametrize(
    ("tracks", "hold", "missed"),
    [
        pytest.param([], 0, list(range(10, 20)), id="no-track"),
        pytest.param([path((10, HERE), (19, HERE))], 0, [], id="all"),
        pytest.param([path((0, HERE), (99, HERE))], 0, [], id="longer-than-the-run"),
        pytest.param([path((12, HERE), (16, HERE))], 0, [10, 11, 17, 18, 19], id="part"),
        pytest.param([path((12, HERE), (16, HERE))], 2, [10, 11, 19], id="until-the-next-analysed-frame"),
        pytest.param([path((10, HERE), (13, HERE)), path((16, HERE), (19, HERE))], 0, [14, 15], id="gap"),
        pytest.param([path((0, HERE), (9, HERE)), path((20, HERE), (30, HERE))], 0, list(range(10, 20)), id="around"),
        pytest.param([path((10, THERE), (19, THERE))], 0, list(range(10, 20)), id="another-face"),
        pytest.param([path((10, THERE)), path((19, HERE))], 0, list(range(10, 19)), id="one-frame"),
    ],
)
def test_covered_frames(tracks: Sequence[BoxPath], hold: int, missed: list[int]) -> None:
    run = path((10, HERE), (19, HERE))
    assert [10 + int(index) for index in np.flatnonzero(~covered_frames(run, tracks, hold))] == missed
