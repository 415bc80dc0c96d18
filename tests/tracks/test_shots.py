"""Shots: frames that begin a shot, frames that may show two shots, and cuts found by the real detectors."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Shot
from screenalytics_assets.tracks.cuts import CutDetector
from screenalytics_assets.tracks.shots import (
    LOOKAHEAD,
    PlacedFrame,
    ShotList,
    is_transition,
    place_frames,
    shot_id,
    starts_shot,
)
from screenalytics_resources.video.frames import Frame

FPS = 25.0
GREY = np.full((90, 160, 3), 128, np.uint8)

CUTS = [
    pytest.param(set(), [], [], id="no-cut"),
    pytest.param({5}, [5], [4, 5], id="one-cut"),
    pytest.param({1}, [1], [0, 1], id="cut-after-the-first-frame"),
    pytest.param({19}, [19], [18, 19], id="cut-before-the-last-frame"),
    pytest.param({5, 6}, [6], [4, 5, 6], id="adjacent-cuts-are-one-transition"),
    pytest.param({5, 7}, [7], [4, 5, 6, 7], id="cuts-two-apart-are-one-transition"),
    pytest.param({5, 8}, [5, 8], [4, 5, 7, 8], id="cuts-three-apart-are-two-shots"),
    pytest.param({5, 7, 9}, [9], [4, 5, 6, 7, 8, 9], id="chain-of-cuts-is-one-transition"),
    pytest.param({5, 6, 9}, [6, 9], [4, 5, 6, 8, 9], id="transition-then-a-cut"),
    pytest.param({5, 12}, [5, 12], [4, 5, 11, 12], id="two-cuts"),
]


class ScriptedCuts:
    """Test double of the cut detector that reports each known cut `delay` frames late."""

    def __init__(self, cuts: set[int], delay: int) -> None:
        self._pending = cuts
        self._delay = delay
        self.cuts: set[int] = set()

    def feed(self, frame: Frame) -> None:
        self.cuts |= {cut for cut in self._pending if cut + self._delay == frame.index}


def frames(count: int) -> list[Frame]:
    return [Frame(index, index / FPS, GREY, None) for index in range(count)]


def place(count: int, cuts: set[int], delay: int = 2) -> list[PlacedFrame]:
    # A duck-typed double is enough because `place_frames` uses only `feed` and `cuts`.
    return list(place_frames(frames(count), ScriptedCuts(cuts, delay)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("cuts", "starts", "transition"), CUTS)
def test_known_cuts(cuts: set[int], starts: list[int], transition: list[int]) -> None:
    assert [frame for frame in range(20) if starts_shot(frame, cuts)] == starts
    assert [frame for frame in range(20) if is_transition(frame, cuts)] == transition


@pytest.mark.parametrize("delay", [0, 1, 2])
@pytest.mark.parametrize(("cuts", "starts", "transition"), CUTS)
def test_placed_frames_keep_order_and_know_their_shot(
    cuts: set[int], starts: list[int], transition: list[int], delay: int
) -> None:
    # The detectors' window is 2 frames. A cut near the end is reported at the last frame at the latest.
    late = min(delay, 19 - max(cuts, default=0))
    placed = place(20, cuts, late)
    assert [p.frame.index for p in placed] == list(range(20))
    assert [p.frame.index for p in placed if p.starts_shot] == starts
    assert [p.frame.index for p in placed if p.in_transition] == transition
    assert [p.shot for p in placed] == [sum(start <= index for start in starts) for index in range(20)]


@pytest.mark.parametrize("count", [0, 1, LOOKAHEAD - 1, LOOKAHEAD, LOOKAHEAD + 1])
def test_short_videos_lose_no_frame(count: int) -> None:
    placed = place(count, set())
    assert [(p.frame.index, p.shot, p.starts_shot, p.in_transition) for p in placed] == [
        (index, 0, False, False) for index in range(count)
    ]


def test_a_cut_in_a_video_shorter_than_the_lookahead_counts() -> None:
    assert [p.shot for p in place(4, {2}, delay=1)] == [0, 0, 1, 1]


def test_no_more_frames_wait_than_the_lookahead() -> None:
    taken: list[int] = []

    def counted() -> Iterator[Frame]:
        for frame in frames(30):
            taken.append(frame.index)
            yield frame

    for placed in place_frames(counted(), ScriptedCuts({10}, 2)):  # type: ignore[arg-type]
        assert taken[-1] <= placed.frame.index + LOOKAHEAD
        assert taken[-1] >= min(placed.frame.index + 4, 29), "a frame was placed before its window was seen"


def test_shot_list_tiles_the_video() -> None:
    shots = ShotList()
    for placed in place(20, {5, 8}):
        shots.add(placed)
    assert shots.shots() == (
        Shot(shot_id="shot-0001", first_frame=0, last_frame=4, first_ts=0.0, last_ts=0.16),
        Shot(shot_id="shot-0002", first_frame=5, last_frame=7, first_ts=0.2, last_ts=0.28),
        Shot(shot_id="shot-0003", first_frame=8, last_frame=19, first_ts=0.32, last_ts=0.76),
    )


def test_shot_list_without_frames_is_empty() -> None:
    assert ShotList().shots() == ()


@pytest.mark.parametrize(("number", "name"), [(0, "shot-0001"), (9, "shot-0010"), (12344, "shot-12345")])
def test_shot_id(number: int, name: str) -> None:
    assert shot_id(number) == name


def texture(seed: int, width: int = 160) -> NDArray[np.uint8]:
    """Return a smooth, colourful image, 90 px high, that differs from those of other seeds."""
    import cv2

    coarse = np.random.default_rng(seed).integers(0, 256, (9, max(2, width // 10), 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, 90), interpolation=cv2.INTER_CUBIC), np.uint8)


def shots_found(thumbnails: Sequence[NDArray[np.uint8]]) -> list[tuple[int, int]]:
    detector = CutDetector(adaptive_threshold=3.0, content_threshold=27.0)
    shots = ShotList()
    for placed in place_frames((Frame(k, k / FPS, t, None) for k, t in enumerate(thumbnails)), detector):
        shots.add(placed)
    return [(shot.first_frame, shot.last_frame) for shot in shots.shots()]


A, B, C = texture(1), texture(2), texture(3)
HALF = ((A.astype(np.uint16) + B) // 2).astype(np.uint8)
WIDE = texture(4, width=400)


@pytest.mark.parametrize(
    ("thumbnails", "expected"),
    [
        pytest.param([A] * 20, [(0, 19)], id="still"),
        pytest.param([A] * 12 + [B] * 12, [(0, 11), (12, 23)], id="hard-cut"),
        pytest.param([A] * 12 + [HALF] + [B] * 12, [(0, 12), (13, 24)], id="blended-frame-belongs-to-the-shot-before"),
        pytest.param([A] * 12 + [B] * 6 + [C] * 12, [(0, 11), (12, 17), (18, 29)], id="two-cuts-close-together"),
        pytest.param([A] * 12 + [B] * 3 + [A] * 12, [(0, 11), (12, 14), (15, 26)], id="shot-of-three-frames"),
        pytest.param([A] * 20 + [B] * 2, [(0, 19), (20, 21)], id="cut-two-frames-before-the-end"),
        pytest.param([A] * 20 + [B], [(0, 19), (20, 20)], id="cut-at-the-last-frame"),
        pytest.param([WIDE[:, k * 2 : k * 2 + 160] for k in range(60)], [(0, 59)], id="slow-pan"),
    ],
)
def test_real_detectors_on_drawn_pictures(thumbnails: list[NDArray[np.uint8]], expected: list[tuple[int, int]]) -> None:
    assert shots_found([np.ascontiguousarray(picture) for picture in thumbnails]) == expected


def test_a_divided_shot_has_the_times_of_its_frames() -> None:
    shots = ShotList()
    for placed in place(20, {5}):
        shots.add(placed)
    shots.divide(12)
    assert shots.last_shot_frames == range(12, 20)
    shots.divide(15)
    assert [(s.first_frame, s.last_frame, s.first_ts, s.last_ts) for s in shots.shots()] == [
        (0, 4, 0.0, 0.16),
        (5, 11, 0.2, 0.44),
        (12, 14, 0.48, 0.56),
        (15, 19, 0.6, 0.76),
    ]
