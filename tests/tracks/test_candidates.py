"""Candidate crops: few, good, spread over the track, and cut from the right pixels."""

import weakref

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from screenalytics_assets.tracks.candidates import (
    FIRST_SLOT_S,
    Candidate,
    CandidateCrops,
    Detection,
    cut,
    encode,
    shrink,
    whole_pixels,
)
from screenalytics_assets.tracks.clothing import clothing_descriptor

Box = tuple[float, float, float, float]
LANDMARKS = np.zeros((5, 2), np.float32)
NOISE = np.random.default_rng(0).integers(0, 256, (120, 200, 3), np.uint8)


def detection(frame: int, ts: float, score: float, box: Box = (40, 30, 80, 80)) -> Detection:
    return Detection(frame, ts, np.array(box, np.float32), score, LANDMARKS)


def offered(detections: list[Detection], limit: int = 2, margin: float = 0.4, max_px: int = 320) -> list[Candidate]:
    crops = CandidateCrops(2 * limit, margin, max_px, 95)
    for found in detections:
        crops.offer(found, NOISE)
    return crops.all()


def test_the_best_of_a_time_slot_is_kept() -> None:
    slot = [detection(k, k * FIRST_SLOT_S / 5, score) for k, score in enumerate([0.6, 0.9, 0.7])]
    assert [c.detection.frame for c in offered(slot)] == [1]


def test_on_equal_scores_the_earlier_is_kept() -> None:
    assert [c.detection.frame for c in offered([detection(0, 0.0, 0.8), detection(1, 0.01, 0.8)])] == [0]


def test_every_time_slot_keeps_one() -> None:
    apart = [detection(k, k * FIRST_SLOT_S, 0.8) for k in range(4)]
    assert [c.detection.frame for c in offered(apart)] == [0, 1, 2, 3]


def test_with_too_many_candidates_slots_double_and_keep_the_better_of_two() -> None:
    scores = [0.6, 0.9, 0.8, 0.7, 0.65]
    five = [detection(k, k * FIRST_SLOT_S, score) for k, score in enumerate(scores)]
    # The slots are now 0.5 s long: frames 0-1, 2-3 and 4.
    assert [c.detection.frame for c in offered(five)] == [1, 2, 4]


def test_bigger_and_sharper_faces_count_as_better() -> None:
    flat = np.full_like(NOISE, 99)
    crops = CandidateCrops(4, 0.4, 320, 95)
    crops.offer(detection(0, 0.00, 0.8), flat)
    crops.offer(detection(1, 0.01, 0.8), NOISE)
    crops.offer(detection(2, 0.02, 0.8, (40, 30, 60, 55)), NOISE)
    assert [c.detection.frame for c in crops.all()] == [1]
    assert crops.all()[0].std > 20


def test_sparse_detections_stay_within_the_places() -> None:
    sparse = [detection(k, 3.0 * k, 0.8 + k / 100) for k in range(3)]
    # The slots must grow from 0.25 s to 4 s before two of the three share one.
    assert [c.detection.frame for c in offered(sparse, limit=1)] == [1, 2]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 1000).map(lambda thousandths: thousandths / 1000), min_size=1, max_size=120),
    st.integers(1, 6),
    st.floats(0.02, 3.0),
)
def test_few_good_and_spread(scores: list[float], limit: int, step: float) -> None:
    found = offered([detection(k, k * step, score) for k, score in enumerate(scores)], limit)
    assert 1 <= len(found) <= 2 * limit
    frames = [c.detection.frame for c in found]
    assert frames == sorted(frames)
    assert max(c.detection.score for c in found) == max(scores)


def test_a_long_track_is_covered_from_end_to_end() -> None:
    long = [detection(k, k / 10, 0.5 + (k * 7919 % 97) / 200) for k in range(3000)]
    times = [c.detection.ts for c in offered(long, limit=12)]
    assert 12 <= len(times) <= 24
    assert times[0] < 30
    assert times[-1] > 270
    assert np.diff(times).max() <= 2 * 300 / 12


def picture(candidate: Candidate) -> NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(candidate.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.astype(np.uint8)


def best_of_slots(scores: list[float], step: float, places: int) -> list[int]:
    """Return the frames that are kept if each new best detection replaces the one of its slot at once."""
    slot_s, best = FIRST_SLOT_S, dict[int, tuple[float, int]]()
    for frame, score in enumerate(scores):
        slot = int(frame * step / slot_s)
        best[slot] = max(best.get(slot, (score, -frame)), (score, -frame))
        while len(best) > places:
            slot_s *= 2
            kept, best = best, {}
            for value in kept.values():
                slot = int(-value[1] * step / slot_s)
                best[slot] = max(best.get(slot, value), value)
    return sorted(-negative for _, negative in best.values())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([0.6, 0.7, 0.8, 0.9]), min_size=1, max_size=80), st.integers(1, 6), st.floats(0.02, 1))
def test_a_late_encoding_keeps_the_same_candidates(scores: list[float], limit: int, step: float) -> None:
    found = offered([detection(k, k * step, score) for k, score in enumerate(scores)], limit)
    assert [c.detection.frame for c in found] == best_of_slots(scores, step, 2 * limit)


def test_one_crop_per_slot_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[NDArray[np.uint8]] = []

    def counted(image: NDArray[np.uint8], quality: int) -> bytes:
        encoded.append(image)
        return encode(image, quality)

    monkeypatch.setattr("screenalytics_assets.tracks.candidates.encode", counted)
    rising = [detection(k, k * FIRST_SLOT_S / 5, 0.6 + k / 100) for k in range(15)]
    assert [c.detection.frame for c in offered(rising, limit=4)] == [4, 9, 14]
    assert len(encoded) == 3


def test_a_candidate_keeps_its_pixels_when_the_frame_is_reused() -> None:
    frame = NOISE.copy()
    crops = CandidateCrops(4, 0.2, 320, 95)
    crops.offer(detection(0, 0.0, 0.8), frame)
    frame[:] = 0
    assert crops.all()[0].jpeg == encode(NOISE[20:90, 30:90], 95)


def test_a_candidate_holds_its_crop_and_not_the_full_frame() -> None:
    (candidate,) = offered([detection(0, 0.0, 0.8)], margin=0.2)
    assert candidate.crop_box == (30, 20, 90, 90)
    assert candidate.jpeg == encode(NOISE[20:90, 30:90], 95)


def test_a_candidate_has_the_clothing_of_its_frame() -> None:
    colours = np.zeros((3, 600, 300, 3), np.uint8)
    for image, colour in zip(colours, [(200, 0, 0), (0, 200, 0), (0, 0, 200)], strict=True):
        image[:] = colour
    expected = [clothing_descriptor(image, np.array((100, 30, 140, 80), np.float32)) for image in colours]
    crops = CandidateCrops(4, 0.2, 320, 95)
    for index, (score, image) in enumerate(zip([0.8, 0.9, 0.7], colours, strict=True)):
        frame = image.copy()
        crops.offer(detection(index, index / 100, score, (100, 30, 140, 80)), frame)
        frame[:] = 0
    (candidate,) = crops.all()
    assert candidate.clothing is not None
    np.testing.assert_array_equal(candidate.clothing, expected[1])


def test_a_candidate_at_the_bottom_of_the_frame_has_no_clothing() -> None:
    (candidate,) = offered([detection(0, 0.0, 0.8, (40, 60, 80, 110))])
    assert candidate.clothing is None


@pytest.mark.parametrize("box", [(95, 20, 105, 30), (10, 0, 60, 20)], ids=["every-pixel", "full-width"])
def test_an_open_slot_does_not_keep_its_frame(box: Box) -> None:
    frame: NDArray[np.uint8] = np.zeros((120, 100 if box[2] < 100 else 200, 3), np.uint8)
    reference = weakref.ref(frame)
    crops = CandidateCrops(4, 0.2, 320, 95)
    crops.offer(detection(0, 0.0, 0.8, box), frame)
    del frame
    assert reference() is None


def test_a_large_candidate_is_shrunk_but_its_box_is_of_the_frame() -> None:
    (candidate,) = offered([detection(0, 0.0, 0.8)], margin=0.2, max_px=35)
    assert candidate.crop_box == (30, 20, 90, 90)
    assert picture(candidate).shape == (35, 30, 3)


@pytest.mark.parametrize(
    ("box", "margin", "expected"),
    [
        pytest.param((10, 20, 30, 40), 0.0, (10, 20, 30, 40), id="already-integers"),
        pytest.param((10.2, 20.7, 29.1, 39.9), 0.0, (10, 20, 30, 40), id="outward"),
        pytest.param((50, 40, 60, 60), 0.5, (40, 30, 70, 70), id="margin-of-the-longer-side"),
        pytest.param((2, 3, 22, 23), 0.5, (0, 0, 32, 33), id="clipped-left-and-top"),
        pytest.param((180, 100, 199, 119), 0.5, (170, 90, 200, 120), id="clipped-right-and-bottom"),
        pytest.param((-30, -30, -10, -10), 0.0, (0, 0, 1, 1), id="outside-left"),
        pytest.param((300, 300, 320, 320), 0.0, (199, 119, 200, 120), id="outside-right"),
        pytest.param((50.0, 50.0, 50.0, 50.0), 0.0, (50, 50, 51, 51), id="empty-box-is-one-pixel"),
        pytest.param((-10, -10, 500, 500), 0.4, (0, 0, 200, 120), id="larger-than-the-picture"),
    ],
)
def test_whole_pixels(box: Box, margin: float, expected: tuple[int, int, int, int]) -> None:
    found = whole_pixels(np.array(box, np.float32), margin, (120, 200, 3))
    assert found == expected
    assert cut(NOISE, found).size > 0


@pytest.mark.parametrize(
    ("shape", "max_px", "expected"),
    [
        pytest.param((40, 60, 3), 60, (40, 60, 3), id="fits"),
        pytest.param((40, 60, 3), 100, (40, 60, 3), id="never-enlarged"),
        pytest.param((40, 60, 3), 30, (20, 30, 3), id="halved"),
        pytest.param((60, 40, 3), 30, (30, 20, 3), id="high"),
        pytest.param((1, 90, 3), 30, (1, 30, 3), id="flat-keeps-a-pixel"),
    ],
)
def test_shrink(shape: tuple[int, int, int], max_px: int, expected: tuple[int, int, int]) -> None:
    picture: NDArray[np.uint8] = np.full(shape, 7, np.uint8)
    small = shrink(picture, max_px)
    assert small.shape == expected
    assert (small == 7).all()
