"""Which tracks an anchor means."""

import pytest

from screenalytics_assets.contract.schemas import Track, TrackBox
from screenalytics_assets.moderation.anchors import anchor_of, identity_anchors
from screenalytics_assets.moderation.resolve import Resolver, box_at, iou
from tests.moderation.scenes import face, named, row_of_faces, scene_of_tracks
from tests.tiny_episode import FPS

SAID = face(1, 100, 150)


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        pytest.param([face(1, 100, 150)], [1], id="itself"),
        pytest.param([face(2, 100, 150)], [2], id="another-id"),
        pytest.param([face(2, 90, 160)], [2], id="longer"),
        pytest.param([face(2, 110, 140)], [2], id="shorter"),
        pytest.param([face(2, 100, 400)], [2], id="part-of-a-long-track"),
        pytest.param([face(2, 100, 120), face(3, 125, 150)], [2, 3], id="in-two-parts"),
        pytest.param([face(2, 100, 110), face(3, 140, 300)], [2], id="more-than-half-of-either"),
        pytest.param([face(2, 100, 150, 115.0)], [2], id="moved-a-little"),
        pytest.param([face(2, 100, 150, 130.0)], [], id="next-to-it"),
        pytest.param([face(2, 160, 200)], [], id="later"),
        pytest.param([face(1, 100, 150, 300.0)], [], id="same-id-elsewhere"),
        pytest.param([], [], id="no-tracks"),
    ],
)
def test_tracks_of_an_anchor(tracks: list[Track], expected: list[int]) -> None:
    anchor = anchor_of(SAID, row_of_faces(1))
    assert Resolver(scene_of_tracks(tracks)).tracks_of(anchor) == named(expected)


def test_a_moving_face_is_compared_where_it_is_at_that_time() -> None:
    boxes = [
        TrackBox(frame=f, ts=f / FPS, bbox=(x, 100.0, x + 40, 150.0), score=0.9) for f, x in ((100, 0), (150, 400))
    ]
    moving = SAID.model_copy(update={"boxes": tuple(boxes)})
    anchor = anchor_of(moving, scene_of_tracks([moving]))
    later = [
        TrackBox(frame=f, ts=f / FPS, bbox=(x, 100.0, x + 40, 150.0), score=0.9) for f, x in ((125, 200), (150, 400))
    ]
    half = face(2, 125, 150).model_copy(update={"boxes": tuple(later)})
    assert Resolver(scene_of_tracks([half])).tracks_of(anchor) == named([2])


@pytest.mark.parametrize(
    ("ts", "left"),
    [
        pytest.param(0.0, 100.0, id="before"),
        pytest.param(20.0, 100.0, id="first"),
        pytest.param(22.5, 150.0, id="between"),
        pytest.param(25.0, 200.0, id="last"),
        pytest.param(99.0, 200.0, id="after"),
    ],
)
def test_the_box_of_a_track_at_a_time(ts: float, left: float) -> None:
    boxes = [
        TrackBox(frame=f, ts=f / FPS, bbox=(x, 100.0, x + 40, 150.0), score=0.9) for f, x in ((100, 100), (125, 200))
    ]
    assert box_at(SAID.model_copy(update={"boxes": tuple(boxes)}), ts) == (left, 100.0, left + 40, 150.0)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param((0, 0, 10, 10), 1.0, id="equal"),
        pytest.param((5, 0, 15, 10), 1 / 3, id="half"),
        pytest.param((10, 0, 20, 10), 0.0, id="touching"),
        pytest.param((30, 30, 40, 40), 0.0, id="apart"),
    ],
)
def test_overlap_of_boxes(other: tuple[float, float, float, float], expected: float) -> None:
    assert iou((0, 0, 10, 10), other) == pytest.approx(expected)


def test_an_identity_is_named_by_its_longest_tracks_in_order_of_time() -> None:
    tracks = [face(n, n * 100, n * 100 + 20 + n) for n in range(1, 15)]
    anchors = identity_anchors(named(range(1, 15)), scene_of_tracks(tracks))
    assert [anchor.track_id for anchor in anchors] == list(named(range(3, 15)))
