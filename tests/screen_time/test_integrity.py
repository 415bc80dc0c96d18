"""The check of screen time, each problem with data that has it."""

from collections.abc import Callable

import pytest

from screenalytics_assets.contract.screen_time_records import Lane, ScreenTime
from screenalytics_assets.screen_time.integrity import covered_seconds, screen_time_problems
from tests.screen_time.small import screen_time_of, spanning
from tests.tiny_episode import make_track

TRACKS = [spanning(1, 0, 2), spanning(2, 1, 3), spanning(3, 5, 6), make_track(4, (90, 95), deleted=True)]
GOOD = screen_time_of(TRACKS, {1: [1, 2], 2: [4]}, unassigned=[3])
FRAME_S = 1 / 25
Change = Callable[[ScreenTime], ScreenTime]


def lane(**changes: object) -> Change:
    """Change the first lane."""

    def change(content: ScreenTime) -> ScreenTime:
        first: Lane = content.lanes[0].model_copy(update=changes)
        return content.model_copy(update={"lanes": (first, *content.lanes[1:])})

    return change


def whole(**changes: object) -> Change:
    return lambda content: content.model_copy(update=changes)


PROBLEMS = {
    "none": (whole(), []),
    "seconds counted twice": (
        lane(seconds=4.08),
        [
            "identity-00001 has 4.08 s, but the sum of its states is 3.040 s",
            "identity-00001 has 4.08 s, but the sum of its appearances is 3.040 s",
            "identity-00001 has 4.08 s, but what its tracks cover is 3.040 s",
        ],
    ),
    "a state too long": (
        lane(confirmed_seconds=1.0),
        ["identity-00001 has 3.04 s, but the sum of its states is 4.040 s"],
    ),
    "an appearance lost": (
        lane(appearances=()),
        ["identity-00001 has 3.04 s, but the sum of its appearances is 0.000 s"],
    ),
    "a track lost": (lane(track_ids=("track-00001",)), ["track-00002 is on screen but counts nowhere"]),
    "a deleted track": (
        lane(track_ids=("track-00001", "track-00002", "track-00004")),
        ["track-00004 counts, but is deleted or does not exist"],
    ),
    "a track in two places": (
        whole(tracks_in_no_identity=("track-00002", "track-00003")),
        ["track-00002 counts 2 times"],
    ),
    "seconds in no identity": (
        whole(seconds_in_no_identity=9.0),
        ["tracks in no identity have 9.0 s, but cover 1.040 s"],
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems(name: str) -> None:
    change, expected = PROBLEMS[name]
    assert screen_time_problems(change(GOOD), TRACKS, (), FRAME_S) == expected


def test_a_track_that_a_person_dismissed_counts_nowhere() -> None:
    content = screen_time_of(TRACKS, {1: [1, 2]})
    assert screen_time_problems(content, TRACKS, ("track-00003",), FRAME_S) == []


def test_covered_seconds_is_a_union() -> None:
    assert covered_seconds([], FRAME_S) == 0.0
    assert covered_seconds(TRACKS[:3], FRAME_S) == pytest.approx(3.04 + 1.04)
