"""Cuts by colour compared with those of PySceneDetect's own detectors, and cuts by structure with known ones."""

import csv
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scenedetect import FrameTimecode
from scenedetect.detectors import AdaptiveDetector, ContentDetector

from screenalytics_assets.settings.stages import DetectionSettings
from screenalytics_assets.tracks import cuts as module
from screenalytics_assets.tracks.cuts import ColourCuts, CutDetector
from screenalytics_assets.tracks.flashes import without_flashes
from screenalytics_assets.tracks.shots import place_frames
from screenalytics_assets.tracks.timed_frames import timed_frames
from screenalytics_resources.video.frames import Frame
from screenalytics_resources.video.probe import probe
from tests.tracks.test_shots import texture

FPS = 25.0
Picture = NDArray[np.uint8]
A, B, C = (texture(seed) for seed in (1, 2, 3))
WIDE = texture(4, width=400)
BLACK, WHITE = np.zeros_like(A), np.full_like(A, 255)


def faded(one: Picture, other: Picture, share: float) -> Picture:
    return (one + share * (other.astype(float) - one)).astype(np.uint8)


def noisy(picture: Picture, count: int, levels: int) -> list[Picture]:
    rng = np.random.default_rng(5)
    noise = rng.integers(-levels, levels + 1, (count, *picture.shape))
    return list(np.clip(picture + noise, 0, 255).astype(np.uint8))


def of_the_library(pictures: Iterable[Picture], adaptive: float, content: float) -> set[int]:
    detectors = (
        AdaptiveDetector(adaptive_threshold=adaptive, min_scene_len=1),
        ContentDetector(threshold=content, min_scene_len=1),
    )
    return {
        cut.frame_num
        for index, picture in enumerate(pictures)
        for detector in detectors
        for cut in detector.process_frame(FrameTimecode(index, FPS), picture)
    }


def own(pictures: Iterable[Picture], adaptive: float, content: float) -> set[int]:
    return fed(ColourCuts(adaptive, content), pictures)


def fed(detector: ColourCuts | CutDetector, pictures: Iterable[Picture]) -> set[int]:
    for index, picture in enumerate(pictures):
        detector.feed(Frame(index, index / FPS, picture, None))
    return detector.cuts


def fade(one: Picture, other: Picture, frames: int) -> list[Picture]:
    """Return the pictures between `one` and `other`, without either."""
    return [faded(one, other, (k + 1) / (frames + 1)) for k in range(frames)]


def zoomed(picture: Picture, factor: float) -> Picture:
    height, width = picture.shape[:2]
    matrix = np.array([[factor, 0, (1 - factor) * width / 2], [0, factor, (1 - factor) * height / 2]])
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


@pytest.mark.parametrize(
    ("pictures", "cuts"),
    [
        pytest.param([], set(), id="no-frame"),
        pytest.param([A], set(), id="one-frame"),
        pytest.param([A, B], {1}, id="cut-at-the-second-frame"),
        pytest.param([A] * 10, set(), id="still"),
        pytest.param([A] * 8 + [B] * 8, {8}, id="hard-cut"),
        pytest.param([A] * 8 + [B] * 2 + [C] * 8, {8, 10}, id="two-cuts-close-together"),
        pytest.param([A, B, C] * 3, set(range(1, 9)), id="every-frame-is-a-cut"),
        pytest.param([A] * 8 + [faded(A, BLACK, 0.4)] * 8, {8}, id="small-change-of-a-still-picture"),
        pytest.param([A] * 8 + [faded(A, BLACK, 0.05)] * 8, set(), id="change-below-the-smallest-score"),
        pytest.param([faded(A, B, k / 20) for k in range(21)], set(), id="dissolve"),
        pytest.param([*noisy(A, 8, 20), *noisy(faded(A, B, 0.35), 8, 20)], {8}, id="cut-that-only-stands-out"),
        pytest.param([BLACK] * 8 + [WHITE] * 8, {8}, id="black-to-white"),
        pytest.param([WIDE[:, 12 * k : 12 * k + 160].copy() for k in range(20)], None, id="fast-pan"),
    ],
)
@pytest.mark.parametrize(("adaptive", "content"), [(3.0, 27.0), (1.2, 60.0), (255.0, 5.0), (300.0, 300.0)])
def test_cuts_are_those_of_the_library(
    pictures: Sequence[Picture], cuts: set[int] | None, adaptive: float, content: float
) -> None:
    assert own(pictures, adaptive, content) == of_the_library(pictures, adaptive, content)
    if cuts is not None and (adaptive, content) == (3.0, 27.0):
        assert own(pictures, adaptive, content) == cuts


def test_scores_are_exactly_those_of_the_library() -> None:
    pictures = [A, B, faded(A, B, 0.3), WHITE, *noisy(C, 6, 30), BLACK, WIDE[:, :160].copy()]
    library = ContentDetector()
    expected = [library._calculate_frame_score(FrameTimecode(k, FPS), picture) for k, picture in enumerate(pictures)]
    converted = [module._hsv(picture) for picture in pictures]
    assert [0.0, *(module._score(hsv, last) for last, hsv in pairwise(converted))] == expected


@pytest.mark.parametrize(("name", "count"), [("pbreak", 67), ("bubble02", 10)])
def test_cuts_of_real_clips_are_those_of_the_library(name: str, count: int, shared: Path) -> None:
    clip = shared / "data" / "television" / name / "clip.mp4"
    pictures = [frame.thumbnail for frame in timed_frames(clip, probe(clip), DetectionSettings())]
    cuts = own(pictures, 3.0, 27.0)
    assert cuts == of_the_library(pictures, 3.0, 27.0)
    assert len(cuts) == count


GREY = np.full_like(A, 128)
GREY_A, GREY_B = (np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8) for picture in (A, B))
SOFT_A, SOFT_B = faded(GREY, GREY_A, 0.5), faded(GREY, GREY_B, 0.5)


@pytest.mark.parametrize(
    ("pictures", "by_colour", "expected"),
    [
        pytest.param([A] * 8 + [B] * 8, {8}, {8}, id="hard-cut"),
        pytest.param([A] * 8 + [B], {8}, {8}, id="cut-at-the-last-frame"),
        pytest.param([A] * 8 + [B] * 2 + [C] * 8, {8, 10}, {8, 10}, id="two-cuts-close-together"),
        pytest.param([A] * 8 + [faded(A, B, 0.5)] + [B] * 8, {8, 9}, {8, 9}, id="blended-frame"),
        pytest.param([SOFT_A] * 8 + [SOFT_B] * 8, set(), {8}, id="similar-colours"),
        pytest.param([GREY] * 8 + [faded(GREY, BLACK, 0.1)] * 8, set(), set(), id="blank-pictures"),
        pytest.param([A] * 8 + [faded(A, BLACK, 0.4)] * 8, {8}, set(), id="light-goes-down"),
        pytest.param([faded(A, BLACK, 0.6)] * 8 + [A] * 8, {8}, set(), id="light-goes-on"),
        pytest.param([A] * 8 + [A[..., ::-1].copy()] * 8, {8}, set(), id="other-colours"),
        pytest.param([A] * 8 + [zoomed(A, 1.1)] * 8, {8}, set(), id="zoom"),
        pytest.param([A] * 8 + [zoomed(A, 3.0)] * 8, {8}, {8}, id="close-up"),
        pytest.param([*fade(GREY_A, WHITE, 12), WHITE, *fade(WHITE, GREY_B, 12)], set(), {15}, id="white-fade"),
        pytest.param([*fade(GREY_A, BLACK, 12), *[BLACK] * 9, *fade(BLACK, GREY_B, 12)], set(), {23}, id="black-fade"),
        pytest.param([WHITE] * 8 + fade(WHITE, GREY_B, 12), set(), set(), id="fades-in-at-the-beginning"),
        pytest.param([A] * 8 + [WHITE] * 8 + fade(WHITE, GREY_B, 12), {8}, {8}, id="cut-to-white-before-a-fade"),
        pytest.param(
            fade(GREY_A, BLACK, 12) + [faded(BLACK, GREY_B, 0.1 + 0.15 * (k % 2)) for k in range(40)],
            set(),
            {13},
            id="flickers-in-the-dark",
        ),
    ],
)
def test_the_structure_confirms_cuts(pictures: list[Picture], by_colour: set[int], expected: set[int]) -> None:
    assert own(pictures, 3.0, 27.0) == by_colour
    assert fed(CutDetector(3.0, 27.0), pictures) == expected


@pytest.mark.parametrize(("name", "unlabelled"), [("steamboat", []), ("promo", [1010])])
def test_cuts_of_real_clips_are_the_labelled_ones(name: str, unlabelled: list[int], shared: Path) -> None:
    """Colours alone miss all three cuts of the first clip, and in the second one of 22; they add four false ones."""
    folder = shared / "data" / "television" / name
    with (folder / "shots.csv").open(encoding="utf-8") as rows:
        labelled = [int(row["first_frame"]) for row in csv.DictReader(rows)][1:]
    source = timed_frames(folder / "clip.mp4", probe(folder / "clip.mp4"), DetectionSettings())
    frames = without_flashes(source, source.probe.fps)
    found = [p.frame.index for p in place_frames(frames, CutDetector(3.0, 27.0)) if p.starts_shot]
    assert [cut for cut in found if min(abs(cut - right) for right in labelled) > 2] == unlabelled
    assert len(found) == len(labelled) + len(unlabelled)
