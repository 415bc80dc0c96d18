"""Association: which detections of a shot belong to one face."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from screenalytics_assets.settings.stages import TrackingSettings
from screenalytics_assets.tracks.association import FaceTracker
from screenalytics_resources.inference.packs import TrackBounds
from tests.tiny_episode import PACK

FPS = 10.0
Seen = tuple[float, float, float]
"""A face of 40 x 50 px: left edge and top edge in px, and score."""
Sighting = tuple[int, float]
"""Frame and left edge of a detection."""


def follow(
    detections: Mapping[int, Sequence[Seen]], times: Mapping[int, float] | None = None, **changes: float
) -> list[list[Sighting]]:
    """Run the tracker on `detections` by frame, and return the sightings of each track."""
    tracker = FaceTracker(TrackingSettings.model_validate(changes), PACK.tracks, FPS)
    tracks: dict[int, list[Sighting]] = defaultdict(list)
    for frame, seen in detections.items():
        boxes = np.array([(x, y, x + 40, y + 50) for x, y, _ in seen], np.float32).reshape(-1, 4)
        scores = np.array([score for _, _, score in seen], np.float32)
        ts = frame / FPS if times is None else times[frame]
        for found in tracker.update(frame, ts, boxes, scores):
            tracks[found.track].append((found.frame, detections[found.frame][found.index][0]))
    return [tracks[name] for name in sorted(tracks)]


def face(frame: int, x: float = 100.0, speed: float = 0.0, y: float = 50.0, score: float = 0.9) -> Seen:
    return (x + speed * frame, y, score)


def test_one_face_is_one_track_from_its_first_detection() -> None:
    assert follow({f: [face(f)] for f in range(5)}) == [[(f, 100.0) for f in range(5)]]


def test_two_faces_that_move_in_parallel_keep_their_tracks() -> None:
    both = {f: [face(f, 100, speed=6), face(f, 160, speed=6)] for f in range(12)}
    swapped = {f: seen[::-1] if f % 2 else seen for f, seen in both.items()}
    tracks = follow(swapped)
    assert sorted(tracks) == [[(f, x + 6.0 * f) for f in range(12)] for x in (100, 160)]


def test_each_first_detection_returns_to_its_own_track() -> None:
    tracks = follow({f: [face(f, 100, speed=8), face(f, 130, speed=8, y=60)] for f in (3, 4, 5)})
    assert sorted(tracks) == [[(f, x + 8.0 * f) for f in (3, 4, 5)] for x in (100, 130)]


def test_a_fast_face_does_not_take_the_first_detection_of_its_neighbour() -> None:
    # At frame 1 the left face overlaps the first detection of the right face more than its own.
    tracks = follow({f: [face(f, 100, speed=18), face(f, 130, speed=18)] for f in range(4)})
    assert sorted(tracks) == [[(f, x + 18.0 * f) for f in range(4)] for x in (100, 130)]


def test_a_face_that_appears_later_starts_at_its_own_first_frame() -> None:
    detections = {f: [face(f)] + ([face(f, 300)] if f >= 4 else []) for f in range(8)}
    assert follow(detections) == [[(f, 100.0) for f in range(8)], [(f, 300.0) for f in range(4, 8)]]


def test_a_face_seen_once_is_no_track() -> None:
    assert follow({0: [face(0)], 1: [], 2: [], 3: [face(3, 300)], 4: []}) == []


@pytest.mark.parametrize(
    ("missing", "names"),
    [
        pytest.param(3, 1, id="short-gap"),
        pytest.param(8, 1, id="gap-just-within-the-buffer"),
        pytest.param(12, 2, id="gap-beyond-the-buffer"),
        pytest.param(30, 2, id="long-gap"),
    ],
)
def test_a_gap_within_lost_buffer_s_keeps_the_track(missing: int, names: int) -> None:
    before, after = range(5), range(5 + missing, 10 + missing)
    detections = {f: [face(f)] if f in before or f in after else [] for f in range(10 + missing)}
    tracks = follow(detections, lost_buffer_s=1.0)
    assert len(tracks) == names
    assert [sighting for track in tracks for sighting in track] == [(f, 100.0) for f in (*before, *after)]


@pytest.mark.parametrize(("lost_buffer_s", "names"), [(0.3, 2), (2.0, 1)])
def test_lost_buffer_is_in_seconds(lost_buffer_s: float, names: int) -> None:
    detections = {f: [] if 5 <= f < 12 else [face(f)] for f in range(16)}
    assert len(follow(detections, lost_buffer_s=lost_buffer_s)) == names


def test_a_low_score_continues_a_track() -> None:
    scores = [0.9, 0.9, 0.3, 0.3, 0.9]
    assert follow({f: [face(f, score=s)] for f, s in enumerate(scores)}) == [[(f, 100.0) for f in range(5)]]


@pytest.mark.parametrize(
    "score",
    [
        pytest.param(0.3, id="below-track_thresh"),
        pytest.param(0.62, id="between-track_thresh-and-new_track_thresh"),
    ],
)
def test_a_low_score_never_starts_a_track(score: float) -> None:
    assert follow({f: [face(f, score=score)] for f in range(6)}) == []


@pytest.mark.parametrize(
    ("settings", "tracks"),
    [
        pytest.param({}, 1, id="of-the-pack"),
        pytest.param({"new_track_thresh": 0.6}, 0, id="set-for-new-tracks"),
        pytest.param({"track_thresh": 0.6}, 0, id="set-for-association"),
    ],
)
def test_scores_come_from_the_pack_unless_set(settings: dict[str, float], tracks: int) -> None:
    bounds = TrackBounds(new_track_score=0.5, track_score=0.5)
    tracker = FaceTracker(TrackingSettings.model_validate(settings), bounds, FPS)
    box, score = np.array([[100, 50, 140, 100]], np.float32), np.array([0.55], np.float32)
    assert len({found.track for f in range(6) for found in tracker.update(f, f / FPS, box, score)}) == tracks


def test_a_track_begins_at_the_detection_that_started_it_not_at_a_weak_one_before() -> None:
    scores = [0.3, 0.3, 0.9, 0.9]
    assert follow({f: [face(f, score=s)] for f, s in enumerate(scores)}) == [[(2, 100.0), (3, 100.0)]]


def test_a_weak_detection_nearby_is_not_used_as_the_first_one() -> None:
    # The weak detection at frame 0 overlaps the face of frame 1 more than the detection that started the track.
    detections = {0: [face(0, 100, speed=0), (106, 50, 0.3)], 1: [face(1, 108)], 2: [face(2, 110)]}
    assert follow(detections) == [[(0, 100.0), (1, 108.0), (2, 110.0)]]


def test_an_existing_track_claims_no_stray_detection_nearby() -> None:
    detections = {f: [face(f)] + ([face(f, 125)] if f == 4 else []) for f in range(8)}
    assert follow(detections) == [[(f, 100.0) for f in range(8)]]


def test_irregular_timestamps_keep_the_track() -> None:
    times = dict(enumerate([0.0, 0.04, 0.21, 0.25, 0.6, 0.61, 0.9]))
    detections = {f: [(100 + 60 * ts, 50.0, 0.9)] for f, ts in times.items()}
    assert [[frame for frame, _ in track] for track in follow(detections, times)] == [list(range(7))]


def test_a_long_time_between_two_frames_ends_the_track() -> None:
    times = {0: 0.0, 1: 0.1, 2: 0.2, 3: 5.0, 4: 5.1, 5: 5.2}
    tracks = follow({f: [face(f)] for f in times}, times)
    assert tracks == [[(f, 100.0) for f in (0, 1, 2)], [(f, 100.0) for f in (3, 4, 5)]]


@pytest.mark.parametrize("frames", [range(0), range(1), range(5)])
def test_frames_without_faces_give_nothing(frames: range) -> None:
    assert follow({f: [] for f in frames}) == []


def test_empty_frames_before_and_after_a_face_change_nothing() -> None:
    detections = {f: [face(f)] if 3 <= f < 7 else [] for f in range(10)}
    assert follow(detections) == [[(f, 100.0) for f in range(3, 7)]]


def test_a_jump_beyond_the_overlap_is_another_track() -> None:
    detections = {f: [face(f, 100 if f < 4 else 300)] for f in range(8)}
    assert follow(detections) == [[(f, 100.0) for f in range(4)], [(f, 300.0) for f in range(4, 8)]]
