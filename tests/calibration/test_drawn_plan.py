"""Plans of hard television episodes, drawn for people with photos."""

from collections import Counter, defaultdict

import numpy as np
import pytest

from screenalytics_assets.calibration.drawn_plan import NON_FACE_SHARE, draw_plan
from screenalytics_assets.calibration.drawn_tracks import LEAD_TRACKS
from screenalytics_assets.calibration.hard_television import PlannedTrack
from screenalytics_assets.calibration.non_faces import NON_FACE

PHOTOS = {f"person-{number:02d}": 20 for number in range(20)} | {"lead": 30}


@pytest.fixture(scope="module")
def plan() -> list[PlannedTrack]:
    return draw_plan(PHOTOS, np.random.default_rng(3))


def test_every_person_is_on_screen_and_leads_most(plan: list[PlannedTrack]) -> None:
    tracks = Counter(track.person for track in plan if track.person != NON_FACE)
    assert set(tracks) == set(PHOTOS)
    assert tracks["lead"] == LEAD_TRACKS


def test_the_share_of_tracks_without_a_face(plan: list[PlannedTrack]) -> None:
    shares = [track.person == NON_FACE for track in plan]
    assert np.mean(shares) == pytest.approx(NON_FACE_SHARE, abs=0.01)


def test_a_scene_has_a_few_people_at_one_time(plan: list[PlannedTrack]) -> None:
    people, frames = defaultdict(set), defaultdict(list)
    for track in plan:
        if track.person != NON_FACE:
            people[track.scene].add(track.person)
            frames[track.scene].append(track.frames)
    assert max(len(names) for names in people.values()) <= 4
    ends = [max(last for _, last in frames[scene]) for scene in sorted(frames)]
    starts = [min(first for first, _ in frames[scene]) for scene in sorted(frames)]
    assert all(end < start for end, start in zip(ends, starts[1:], strict=False))


def test_tracks_that_share_frames_show_two_people(plan: list[PlannedTrack]) -> None:
    faces = sorted((track for track in plan if track.person != NON_FACE), key=lambda track: track.frames)
    together = [
        (one, other) for one in faces for other in faces if one is not other and one.frames[0] == other.frames[0]
    ]
    assert together
    assert all(one.person != other.person for one, other in together)


def test_equal_seeds_draw_equal_plans(plan: list[PlannedTrack]) -> None:
    assert draw_plan(PHOTOS, np.random.default_rng(3)) == plan
