"""Looks ahead: the faces of each frame, detected in threads of their own and yielded in order."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.tracks.looks import look_ahead
from screenalytics_assets.tracks.shots import PlacedFrame
from screenalytics_resources.inference.detectors import Detections
from screenalytics_resources.video.frames import Frame

THUMBNAIL = np.zeros((4, 4, 3), np.uint8)


def frame(index: int, has_image: bool = True, in_transition: bool = False, in_flash: bool = False) -> PlacedFrame:
    image = np.full((2, 2, 3), index, np.uint8) if has_image else None
    return PlacedFrame(Frame(index, index / 25, THUMBNAIL, image, in_flash), 0, False, in_transition)


def one_face(image: NDArray[np.uint8]) -> Detections:
    """Return a face whose score is the number of the frame."""
    scores = np.array([image[0, 0, 0]], np.float32)
    return Detections(np.zeros((1, 4), np.float32), scores, np.zeros((1, 5, 2), np.float32))


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_frames_keep_their_order_and_their_faces(threads: int) -> None:
    frames = [frame(0), frame(1, has_image=False), frame(2), frame(3, in_transition=True), frame(4, in_flash=True)]
    frames += [frame(index, has_image=index % 3 == 0) for index in range(5, 40)]
    looks = list(look_ahead(frames, one_face, threads))
    assert [look.placed for look in looks] == frames
    found = {look.placed.frame.index: look.faces.scores.tolist() for look in looks if look.faces is not None}
    assert found == {index: [index] for index in [0, 2, *range(6, 40, 3)]}


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_second_look_depends_on_the_first_of_ten_pictures(threads: int) -> None:
    asked: dict[int, float | None] = {}

    def second_look(image: NDArray[np.uint8], first: Detections | None) -> Detections:
        asked[int(image[0, 0, 0])] = None if first is None else float(first.scores[0])
        return one_face(image)

    frames = [frame(index, has_image=index != 3) for index in range(24)]
    looks = list(look_ahead(frames, one_face, threads, second_look))
    assert [look.placed for look in looks] == frames
    assert asked == {
        index: {0: None, 11: None, 21: None}.get(index, 0 if index < 11 else 11 if index < 21 else 21)
        for index in range(24)
        if index != 3
    }


def test_pictures_are_looked_at_at_once() -> None:
    both = threading.Barrier(2, timeout=30)

    def meet(image: NDArray[np.uint8]) -> Detections:
        both.wait()  # breaks if only one thread ever arrives
        return one_face(image)

    assert len(list(look_ahead([frame(0), frame(1)], meet, threads=2))) == 2


@pytest.mark.parametrize(("threads", "held"), [pytest.param(1, 2, id="one thread"), pytest.param(3, 4, id="three")])
def test_only_a_few_pictures_are_held(threads: int, held: int) -> None:
    taken = 0

    def source() -> Iterator[PlacedFrame]:
        nonlocal taken
        for index in range(20):
            taken += 1
            yield frame(index)

    most = 0
    for done, _ in enumerate(look_ahead(source(), one_face, threads)):
        most = max(most, taken - done)
    assert most == held


def test_error_of_the_detector_is_raised_at_its_frame() -> None:
    def fail_at_two(image: NDArray[np.uint8]) -> Detections:
        if image[0, 0, 0] == 2:
            raise ValueError("damaged picture")
        return one_face(image)

    looks = look_ahead([frame(index) for index in range(6)], fail_at_two, threads=2)
    assert [next(looks).placed.frame.index, next(looks).placed.frame.index] == [0, 1]
    with pytest.raises(ValueError, match="damaged picture"):
        next(looks)


def test_error_of_the_source_ends_the_threads() -> None:
    def source() -> Iterator[PlacedFrame]:
        yield frame(0)
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        list(look_ahead(source(), one_face, threads=2))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("detect")]
