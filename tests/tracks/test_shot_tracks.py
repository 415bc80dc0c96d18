"""Tracks of one shot, on drawn frames with a scripted engine instead of models."""

from collections import Counter
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.settings.stages import TrackingSettings
from screenalytics_assets.tracks.candidates import Candidate
from screenalytics_assets.tracks.shot_tracks import EMBED_AT, ShotResult, ShotTracks, gate_settings
from tests.scripted_engine import FPS, Actor, Script, ScriptedEngine, as_engine, detections_of, draw, person_of


def close_shot(script: Script, engine: ScriptedEngine | None = None, **changes: object) -> ShotResult:
    shot = ShotTracks(as_engine(engine or ScriptedEngine({})), TrackingSettings.model_validate(changes), FPS)
    for frame, actors in script.items():
        shot.add(draw(frame, actors), frame, frame / FPS, detections_of(frame, actors))
    return shot.close()


def people(*spells: tuple[str, int], **changes: float) -> Script:
    """Return a script with one face that does not move and shows these people in turn, each for some frames."""
    turns = [person for person, frames in spells for _ in range(frames)]
    return {frame: [Actor(100, person, **changes)] for frame, person in enumerate(turns)}


def spans(result: ShotResult) -> list[tuple[int, int]]:
    return [(track.detections[0].frame, track.detections[-1].frame) for track in result.tracks]


def with_origin(result: ShotResult) -> list[tuple[int, int, str | None, int | None]]:
    return [
        (track.detections[0].frame, track.detections[-1].frame, track.split_reason, track.parent)
        for track in result.tracks
    ]


def picture(candidate: Candidate) -> NDArray[np.uint8]:
    image = cv2.imdecode(np.frombuffer(candidate.jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return image.astype(np.uint8)


def test_tracks_come_in_order_of_first_frame_then_from_left_to_right() -> None:
    script = {
        f: [Actor(250), Actor(10)] + ([Actor(130)] if f >= 3 else []) + ([Actor(190)] if f >= 1 else [])
        for f in range(8)
    }
    result = close_shot(script)
    assert [(t.detections[0].frame, t.detections[0].box[0]) for t in result.tracks] == [
        (0, 10),
        (0, 250),
        (1, 190),
        (3, 130),
    ]
    assert [t.parent for t in result.tracks] == [None] * 4


def test_the_first_detection_has_the_crop_of_its_own_frame() -> None:
    # The film changes from ann to ben between two frames. The first crop must show ann.
    script = people(("ann", 1), ("ben", 5))
    script = {frame: [replace(actors[0], score=0.99 - frame / 10)] for frame, actors in script.items()}
    result = close_shot(script, track_thresh=0.3, new_track_thresh=0.3, min_mean_score=0, gate_enabled=False)
    first = result.tracks[0].candidates[0]
    assert (first.detection.frame, spans(result)) == (0, [(0, 5)])
    x, y = first.detection.landmarks[2].astype(int)
    assert person_of(picture(first)[y - first.crop_box[1], x - first.crop_box[0]]) == "ann"


@pytest.mark.parametrize(
    ("spells", "expected", "reasons"),
    [
        pytest.param([("ann", 40)], [(0, 39)], [None], id="one-person"),
        pytest.param([("ann", 20), ("like-ann", 20)], [(0, 39)], [None], id="the-same-person-turned"),
        pytest.param([("ann", 20), ("ben", 20)], [(0, 19), (20, 39)], [None, "hard"], id="another-person"),
        pytest.param(
            [("ann", 20), ("ben", 10), ("ann", 10)],
            [(0, 19), (20, 29), (30, 39)],
            [None, "hard", "hard"],
            id="another-person-for-a-while",
        ),
        pytest.param([("ann", 20), ("doubtful", 20)], [(0, 19), (20, 39)], [None, "streak"], id="doubt-that-lasts"),
        pytest.param([("ann", 20), ("doubtful", 10), ("ann", 10)], [(0, 39)], [None], id="doubt-that-passes"),
        pytest.param([("ann", 20), ("blurred", 20)], [(0, 39)], [None], id="a-face-that-cannot-be-distinguished"),
        pytest.param([("blurred", 20), ("ann", 20)], [(0, 39)], [None], id="blurred-at-the-beginning"),
        pytest.param(
            [("ann", 20), ("blurred", 10), ("ben", 10)],
            [(0, 29), (30, 39)],
            [None, "hard"],
            id="another-person-after-blurred-faces",
        ),
        # The gate samples the face once per second and misses changes between the samples.
        pytest.param([("ann", 21), ("ben", 8), ("ann", 11)], [(0, 39)], [None], id="between-two-samples"),
    ],
)
def test_the_gate_splits_where_the_person_changes(
    spells: list[tuple[str, int]], expected: list[tuple[int, int]], reasons: list[str | None]
) -> None:
    result = close_shot(people(*spells))
    assert spans(result) == expected
    assert [track.split_reason for track in result.tracks] == reasons
    assert [track.parent for track in result.tracks] == [None, *[0] * (len(expected) - 1)]
    assert sorted(result.splits.elements()) == sorted(reason for reason in reasons if reason)


@pytest.mark.parametrize(
    ("spells", "changes", "expected", "dropped"),
    [
        pytest.param([(0.76, 5)], {}, [(0, 4, None, None)], [], id="a-face"),
        pytest.param([(0.74, 5)], {}, [], [(0, 4)], id="a-lamp"),
        pytest.param([(0.74, 6)], {}, [(0, 5, None, None)], [], id="half-a-second"),
        pytest.param([(0.74, 5)], {"min_mean_score": 0.5}, [(0, 4, None, None)], [], id="another-score"),
        pytest.param([(0.74, 20)], {"non_face_max_s": 2}, [], [(0, 19)], id="another-length"),
        pytest.param([(0.7, 2), (0.9, 3)], {}, [(0, 4, None, None)], [], id="a-face-that-is-weak-at-first"),
    ],
)
def test_brief_tracks_with_a_low_mean_score_are_dropped(
    spells: list[tuple[float, int]],
    changes: dict[str, object],
    expected: list[tuple[int, int, str | None, int | None]],
    dropped: list[tuple[int, int]],
) -> None:
    scores = [score for score, frames in spells for _ in range(frames)]
    result = close_shot({frame: [Actor(100, score=score)] for frame, score in enumerate(scores)}, **changes)
    assert with_origin(result) == expected
    assert [(n.detections[0].frame, n.detections[-1].frame, n.reason) for n in result.non_faces] == [
        (first, last, "low_mean_score") for first, last in dropped
    ]


def test_a_dropped_piece_is_no_parent_and_no_split() -> None:
    turns = [("doubtful", 0.7), ("ann", 0.9), ("ben", 0.7), ("ann", 0.9)]
    script = {
        20 * turn + f: [Actor(100, person, score)] for turn, (person, score) in enumerate(turns) for f in range(20)
    }
    result = close_shot(script, gate_hard=0.31, non_face_max_s=3)
    assert with_origin(result) == [(20, 39, None, None), (60, 79, "hard", 0)]
    assert result.splits == Counter({"hard": 1})
    assert [(n.detections[0].frame, n.detections[-1].frame) for n in result.non_faces] == [(0, 19), (40, 59)]


def test_returns_of_a_dropped_track_are_not_counted() -> None:
    script = {f: [] if 5 <= f < 12 else [Actor(100, score=0.7)] for f in range(20)}
    result = close_shot(script, non_face_max_s=3)
    assert (result.tracks, result.returns_after_gap, len(result.non_faces)) == ([], 0, 1)


def test_a_jump_with_a_doubtful_face_splits() -> None:
    script = {f: [Actor(100, "ann") if f < 5 else Actor(122, "doubtful")] for f in range(8)}
    result = close_shot(script, gate_min_iou=0.4)
    assert (spans(result), result.splits["iou"]) == ([(0, 4), (5, 7)], 1)
    same = {f: [Actor(100 if f < 5 else 122, "ann")] for f in range(8)}
    assert spans(close_shot(same, gate_min_iou=0.4)) == [(0, 7)]


def test_crops_belong_to_the_piece_that_they_show() -> None:
    result = close_shot(people(("ann", 20), ("ben", 20)))
    for track, person in zip(result.tracks, ["ann", "ben"], strict=True):
        assert track.candidates
        for candidate in track.candidates:
            x, y = candidate.detection.landmarks[2].astype(int)
            assert person_of(picture(candidate)[y - candidate.crop_box[1], x - candidate.crop_box[0]]) == person


def test_parents_are_indices_within_the_shot() -> None:
    script = {
        f: [Actor(20, "ann"), Actor(200, "ann" if f < 20 else "ben")] + ([Actor(110, "ben")] if f >= 30 else [])
        for f in range(40)
    }
    result = close_shot(script)
    assert spans(result) == [(0, 39), (0, 19), (20, 39), (30, 39)]
    assert [track.parent for track in result.tracks] == [None, None, 1, None]


def test_a_piece_can_be_a_single_detection() -> None:
    script = people(("ann", 10), ("ben", 1), ("ann", 10))
    result = close_shot(script, gate_every_s=0.1)
    assert spans(result) == [(0, 9), (10, 10), (11, 20)]
    assert [len(track.detections) for track in result.tracks] == [10, 1, 10]


def test_a_short_piece_of_a_long_track_keeps_a_crop() -> None:
    # With only as many candidates as a finished track keeps, ann's clearer face would displace those of ben's 2 s.
    script = {
        frame: [replace(actors[0], score=0.7 if actors[0].person == "ben" else 0.9)]
        for frame, actors in people(("ann", 310), ("ben", 20), ("ann", 300)).items()
    }
    result = close_shot(script)
    assert spans(result) == [(0, 309), (310, 329), (330, 629)]
    assert [bool(track.candidates) for track in result.tracks] == [True, True, True]


def test_without_the_gate_no_face_is_embedded_and_no_track_split() -> None:
    engine = ScriptedEngine({})
    result = close_shot(people(("ann", 20), ("ben", 20)), engine, gate_enabled=False)
    assert (spans(result), engine.faces_embedded) == ([(0, 39)], 0)


def test_a_face_that_is_sampled_once_is_not_embedded() -> None:
    engine = ScriptedEngine({})
    close_shot(people(("ann", 8)), engine)
    assert engine.faces_embedded == 0


def test_samples_are_embedded_in_full_batches() -> None:
    engine = ScriptedEngine({})
    close_shot(people(("ann", 100)), engine, gate_every_s=0.05)
    assert engine.faces_embedded == 100
    assert max(engine.batches) == EMBED_AT


@pytest.mark.parametrize(
    ("missing", "returns"),
    [
        pytest.param(0, 0, id="no-gap"),
        pytest.param(3, 0, id="short-gap"),
        pytest.param(7, 1, id="longer-than-max_gap_s"),
    ],
)
def test_a_return_after_max_gap_is_counted(missing: int, returns: int) -> None:
    script = {f: [] if 6 <= f < 6 + missing else [Actor(100)] for f in range(20)}
    result = close_shot(script, max_gap_s=0.5, lost_buffer_s=1.0)
    assert (spans(result), result.returns_after_gap) == ([(0, 19)], returns)


def test_a_shot_without_faces_has_no_tracks() -> None:
    assert close_shot({f: [] for f in range(5)}) == ShotResult([], Counter(), 0, [])


def test_gate_bounds_come_from_the_pack_unless_set() -> None:
    engine = as_engine(ScriptedEngine({}))
    thresholds = engine.pack.thresholds
    default = gate_settings(TrackingSettings(), engine.pack)
    assert (default.hard, default.soft) == (thresholds.gate_hard, thresholds.gate_soft)
    assert default.min_norm == engine.pack.norms.unusable
    explicit = gate_settings(TrackingSettings(gate_hard=0.05, gate_soft=0.9, gate_streak=4), engine.pack)
    assert (explicit.hard, explicit.soft, explicit.streak) == (0.05, 0.9, 4)


def test_a_face_that_left_is_settled_before_the_shot_ends() -> None:
    """Its images must be released before the end of the shot, which may last an hour."""
    script = {f: [Actor(100)] if f < 10 else [Actor(220)] if f >= 150 else [] for f in range(200)}
    shot = ShotTracks(as_engine(ScriptedEngine({})), TrackingSettings(), FPS)
    for frame, actors in script.items():
        shot.add(draw(frame, actors), frame, frame / FPS, detections_of(frame, actors))
    assert len(shot._followed) == 1
    assert spans(shot.close()) == [(0, 9), (150, 199)]


def test_pieces_are_sorted_by_first_frame() -> None:
    """The second piece of one face follows another face that began before the split."""
    script = {f: [Actor(20, "ann" if f < 40 else "ben"), *([Actor(220)] if f >= 15 else [])] for f in range(80)}
    result = close_shot(script)
    assert spans(result) == [(0, 39), (15, 79), (40, 79)]
    assert [track.parent for track in result.tracks] == [None, None, 0]


def divided(script: Script, blended: range, after_frame: int, **changes: object) -> tuple[ShotResult, ShotResult]:
    """Return the tracks before and after the frames `blended`, which are known at `after_frame`."""
    shot = ShotTracks(as_engine(ScriptedEngine({})), TrackingSettings.model_validate(changes), FPS)
    before = None
    for frame, actors in script.items():
        shot.add(draw(frame, actors), frame, frame / FPS, detections_of(frame, actors))
        if frame == after_frame:
            before = shot.divide(blended)
    assert before is not None
    return before, shot.close()


@pytest.mark.parametrize(
    ("script", "before", "after"),
    [
        pytest.param(people(("ann", 20), ("doubtful", 10), ("ben", 20)), [(0, 19)], [(30, 49)], id="two-people"),
        pytest.param(people(("ann", 50)), [(0, 19)], [(30, 49)], id="the-same-person"),
        pytest.param({f: [Actor(100)] if f < 26 else [] for f in range(50)}, [(0, 19)], [], id="ends-within"),
        pytest.param({f: [Actor(100)] if f > 23 else [] for f in range(50)}, [], [(30, 49)], id="begins-within"),
        pytest.param({f: [Actor(100)] if 19 < f < 30 else [] for f in range(50)}, [], [], id="only-within"),
        pytest.param({f: [Actor(100)] if f > 40 else [] for f in range(50)}, [], [(41, 49)], id="begins-later"),
        pytest.param({f: [] for f in range(50)}, [], [], id="no-faces"),
    ],
)
def test_a_shot_is_divided_where_frames_are_blended(
    script: Script, before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    results = divided(script, range(20, 30), after_frame=34)
    assert [spans(result) for result in results] == [before, after]
    for result in results:
        assert not result.splits
        for track in result.tracks:
            assert (track.parent, track.split_reason) == (None, None)
            frames = range(track.detections[0].frame, track.detections[-1].frame + 1)
            assert track.candidates
            assert all(candidate.detection.frame in frames for candidate in track.candidates)


def test_each_part_of_a_divided_shot_has_its_own_splits() -> None:
    script = people(("ann", 15), ("ben", 20), ("ann", 30))
    before, after = divided(script, range(20, 25), after_frame=29)
    assert (spans(before), dict(before.splits)) == ([(0, 19)], {}), "ben is sampled at 20, within the blended frames"
    assert after.splits.total() == 1
    assert [track.parent for track in after.tracks] == [None, 0]
    longer, _ = divided(script, range(30, 33), after_frame=36)
    assert (spans(longer), dict(longer.splits)) == ([(0, 19), (20, 29)], {"hard": 1})
