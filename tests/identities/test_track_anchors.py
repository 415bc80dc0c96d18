"""Track anchors: known matches between the tracks of two runs, and properties of all matches."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screenalytics_assets.contract.schemas import Track, TrackBox
from screenalytics_assets.identities.track_anchors import anchors, match_tracks
from tests.tiny_episode import FPS, make_track

Sighting = tuple[int, float]
"""Frame, and left side in px of a box that is 40 px wide."""


def track_at(*sightings: Sighting, number: int = 1) -> Track:
    """Return a track that spans its stored boxes."""
    boxes = tuple(
        TrackBox(frame=frame, ts=frame / FPS, bbox=(left, 20.0, left + 40.0, 70.0), score=0.9)
        for frame, left in sightings
    )
    return make_track(number, (sightings[0][0], sightings[-1][0]), crop_frames=[], boxes=boxes)


def still(first: int, last: int, left: float = 20.0, number: int = 1) -> Track:
    """Return a track of a face that does not move, with a stored box at each end and in the middle."""
    return track_at(*((frame, left) for frame in sorted({first, (first + last) // 2, last})), number=number)


def matched(previous: Sequence[Track], current: Sequence[Track]) -> list[tuple[int, int, int]]:
    overlap = match_tracks(anchors(previous), current)
    return list(zip(overlap.previous.tolist(), overlap.current.tolist(), overlap.frames.tolist(), strict=True))


@pytest.mark.parametrize(
    ("track", "frame", "left"),
    [
        pytest.param(track_at((7, 1.0)), 7, 1.0, id="one-box"),
        pytest.param(track_at((0, 1.0), (40, 2.0), (100, 3.0)), 40, 2.0, id="nearest-to-the-middle"),
        pytest.param(track_at((0, 1.0), (40, 2.0), (60, 3.0), (100, 4.0)), 40, 2.0, id="the-earlier-on-a-tie"),
        pytest.param(track_at((0, 1.0), (9, 2.0)), 0, 1.0, id="only-the-ends"),
    ],
)
def test_an_anchor_is_a_stored_box_near_the_middle(track: Track, frame: int, left: float) -> None:
    (anchor,) = anchors([track])
    assert (anchor.track_id, anchor.first_frame, anchor.last_frame) == ("track-00001", *_span(track))
    assert (anchor.frame, anchor.bbox) == (frame, (left, 20.0, left + 40.0, 70.0))


def _span(track: Track) -> tuple[int, int]:
    return track.first_frame, track.last_frame


# A face that moves 4 px per frame, so its box does not overlap its old position after 10 frames.
MOVING = track_at((0, 0.0), (50, 200.0), (99, 396.0))


@pytest.mark.parametrize(
    ("previous", "current", "expected"),
    [
        pytest.param([], [], [], id="none"),
        pytest.param([], [still(0, 9)], [], id="none-before"),
        pytest.param([still(0, 9)], [], [], id="none-now"),
        pytest.param([still(0, 99), still(200, 219)], [still(0, 99), still(200, 219)], [(0, 0, 100), (1, 1, 20)],
                     id="nothing-changed"),
        pytest.param([still(0, 99), still(200, 219)], [still(200, 219), still(0, 99)], [(0, 1, 100), (1, 0, 20)],
                     id="in-another-order"),
        pytest.param([still(0, 99, number=1)], [still(0, 99, number=7)], [(0, 0, 100)], id="renumbered"),
        pytest.param([still(0, 9)], [still(20, 29)], [], id="at-another-time-under-the-same-id"),
        pytest.param([still(0, 9)], [still(10, 19)], [], id="adjacent-spans-share-no-frame"),
        pytest.param([still(0, 10)], [still(10, 19)], [(0, 0, 1)], id="spans-share-one-frame"),
        pytest.param([still(0, 99)], [still(3, 102)], [(0, 0, 97)], id="shifted-by-three-frames"),
        pytest.param([still(0, 99)], [still(0, 59), still(60, 99)], [(0, 0, 60), (0, 1, 40)], id="split-in-two"),
        pytest.param([still(0, 59), still(60, 99)], [still(0, 99)], [(0, 0, 60), (1, 0, 40)], id="joined"),
        pytest.param([still(0, 99)], [still(0, 99, left=300.0)], [], id="two-people-at-once"),
        # Boxes 40 px wide and d px apart have an intersection over union of (40 - d) / (40 + d).
        pytest.param([still(0, 99)], [still(0, 99, left=41.0)], [(0, 0, 100)], id="boxes-overlap-by-0.31"),
        pytest.param([still(0, 99)], [still(0, 99, left=42.0)], [], id="boxes-overlap-by-0.29"),
        pytest.param([MOVING], [track_at((0, 0.0), (99, 396.0))], [(0, 0, 100)], id="moving-between-stored-boxes"),
        pytest.param([MOVING], [track_at((0, 200.0), (99, 200.0))], [(0, 0, 100)],
                     id="boxes-are-compared-at-the-anchor"),
        pytest.param([still(0, 99)], [still(70, 99)], [(0, 0, 30)], id="a-piece-without-the-anchor-frame"),
        pytest.param([still(0, 99)], [still(0, 30, 900.0), still(70, 99)], [(0, 1, 30)], id="after-another-face"),
        pytest.param([still(0, 99)], [still(0, 30), still(70, 99, 900.0)], [(0, 0, 31)], id="before-another-face"),
        pytest.param([MOVING], [track_at((53, 212.0), (99, 396.0))], [(0, 0, 47)], id="a-moving-piece-near-the-anchor"),
        pytest.param([MOVING], [track_at((70, 280.0), (99, 396.0))], [], id="a-moving-piece-far-from-the-anchor"),
    ],
)  # fmt: skip
def test_known_matches(previous: list[Track], current: list[Track], expected: list[tuple[int, int, int]]) -> None:
    assert matched(previous, current) == expected


@pytest.mark.parametrize(
    ("previous", "current", "expected"),
    [
        pytest.param([still(0, 99), still(0, 99, 30)], [still(0, 99), still(0, 99, 30)], [(0, 0, 100), (1, 1, 100)],
                     id="faces-that-touch"),
        pytest.param([still(0, 99), still(0, 99, 30)], [still(0, 99, 30), still(0, 99)], [(0, 1, 100), (1, 0, 100)],
                     id="faces-that-touch-in-another-order"),
        pytest.param([still(0, 99), still(0, 99)], [still(0, 99), still(0, 99)], [(0, 0, 100), (1, 1, 100)],
                     id="a-face-detected-twice"),
        pytest.param([still(0, 99)], [still(40, 49, 30), still(0, 99)], [(0, 1, 100)], id="a-second-box-on-a-face"),
        pytest.param([still(0, 99)], [still(0, 59), still(50, 99)], [(0, 0, 60), (0, 1, 40)],
                     id="overlapping-pieces-divide-the-frames"),
        pytest.param([still(0, 59), still(50, 99)], [still(0, 99)], [(0, 0, 60), (1, 0, 40)],
                     id="joined-overlapping-pieces"),
        # The track at 20 px has a score of 0.6 with the first and 1 with the second.
        pytest.param([still(0, 99, 30), still(0, 99, 20)], [still(0, 99, 20)], [(1, 0, 100)], id="the-nearer-box"),
    ],
)  # fmt: skip
def test_each_frame_of_a_track_counts_once(
    previous: list[Track], current: list[Track], expected: list[tuple[int, int, int]]
) -> None:
    assert matched(previous, current) == expected


# Few positions, of which the first three touch, and few frames, so tracks often compete for frames.
TRACKS = st.lists(
    st.builds(
        lambda first, length, left: still(first, first + length, left),
        st.integers(0, 30),
        st.integers(0, 20),
        st.sampled_from([0.0, 10.0, 15.0, 300.0]),
    ),
    max_size=8,
)


@settings(max_examples=100, deadline=None)
@given(TRACKS)
def test_each_track_matches_itself_completely(tracks: list[Track]) -> None:
    assert matched(tracks, tracks) == [(k, k, t.last_frame - t.first_frame + 1) for k, t in enumerate(tracks)]


@settings(max_examples=100, deadline=None)
@given(TRACKS, TRACKS)
def test_no_track_shares_more_frames_than_it_spans(previous: list[Track], current: list[Track]) -> None:
    matches = matched(previous, current)
    assert matches == sorted(matches)
    for side, tracks in enumerate((previous, current)):
        for row, track in enumerate(tracks):
            assert sum(match[2] for match in matches if match[side] == row) <= track.last_frame - track.first_frame + 1
    assert all(frames > 0 for _, _, frames in matches)
