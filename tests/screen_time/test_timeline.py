"""The time line of an episode, from tracks with known times."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.moderation.state import NO_MODERATION, Moderation
from screenalytics_assets.screen_time.integrity import screen_time_problems
from tests.screen_time.small import screen_time_of, spanning, spans
from tests.tiny_episode import make_track


@dataclass(frozen=True)
class Case:
    """Tracks, what identities they are in, and the expected spans of each lane, by lane id."""

    tracks: Sequence[Track]
    identities: Mapping[int, Sequence[int]]
    lanes: Mapping[str, list[tuple[float, float, str]]]
    people: Mapping[int, str] = field(default_factory=dict)
    uncertain: Sequence[int] = ()
    moderation: Moderation = NO_MODERATION
    unassigned: Sequence[int] = ()
    fps: float = 25.0


ONE = "identity-00001"
T1, T2 = "track-00001", "track-00002"
CASES = {
    "no tracks": Case([], {}, {}),
    "no identities": Case([spanning(1, 0, 1)], {}, {}, unassigned=[1]),
    "one frame": Case([spanning(1, 2, 2)], {1: [1]}, {ONE: [(2.0, 2.04, "automatic")]}),
    "overlapping tracks of one identity": Case(
        [spanning(1, 0, 2), spanning(2, 1, 3)], {1: [1, 2]}, {ONE: [(0.0, 3.04, "automatic")]}
    ),
    "the next frame": Case([spanning(1, 0, 0.96), spanning(2, 1.0, 2)], {1: [1, 2]}, {ONE: [(0.0, 2.04, "automatic")]}),
    "a gap of one frame": Case(
        [spanning(1, 0, 0.92), spanning(2, 1.0, 2)],
        {1: [1, 2]},
        {ONE: [(0.0, 0.96, "automatic"), (1.0, 2.04, "automatic")]},
    ),
    "two identities of one person": Case(
        [spanning(1, 0, 2), spanning(2, 1, 3)],
        {1: [1], 2: [2]},
        {"ann": [(0.0, 3.04, "automatic")]},
        people={1: "Ann", 2: "Ann"},
    ),
    "one person next to another": Case(
        [spanning(1, 0, 2), spanning(2, 1, 2.5)],
        {1: [1], 2: [2]},
        {ONE: [(0.0, 2.04, "automatic")], "identity-00002": [(1.0, 2.54, "automatic")]},
    ),
    "a deleted track": Case(
        [spanning(1, 0, 1), make_track(2, (50, 60), deleted=True)], {1: [1, 2]}, {ONE: [(0.0, 1.04, "automatic")]}
    ),
    "an identity of deleted tracks": Case([make_track(1, (50, 60), deleted=True)], {1: [1]}, {}),
    "only an uncertain track": Case([spanning(1, 0, 1)], {1: [1]}, {ONE: [(0.0, 1.04, "uncertain")]}, uncertain=[1]),
    "an uncertain track behind a certain one": Case(
        [spanning(1, 0, 2), spanning(2, 1, 3)],
        {1: [1, 2]},
        {ONE: [(0.0, 2.04, "automatic"), (2.04, 3.04, "uncertain")]},
        uncertain=[2],
    ),
    "named by a person": Case(
        [spanning(1, 0, 1), spanning(2, 2, 3)],
        {1: [1, 2]},
        {ONE: [(0.0, 1.04, "confirmed"), (2.0, 3.04, "automatic")]},
        moderation=Moderation(names={T1: "ann"}),
    ),
    "locked by a person": Case(
        [spanning(1, 0, 1)], {1: [1]}, {ONE: [(0.0, 1.04, "confirmed")]}, moderation=Moderation(locks=((T1,),))
    ),
    "reviewed by a person, although uncertain": Case(
        [spanning(1, 0, 1)],
        {1: [1]},
        {ONE: [(0.0, 1.04, "confirmed")]},
        uncertain=[1],
        moderation=Moderation(reviewed=frozenset({T1})),
    ),
    "put together by a person": Case(
        [spanning(1, 0, 1), spanning(2, 0.5, 2)],
        {1: [1, 2]},
        {ONE: [(0.0, 2.04, "confirmed")]},
        moderation=Moderation(groups=((T1, T2),)),
    ),
    "variable frame rate": Case(
        [spanning(1, 0, 1.013, 24.3), spanning(2, 1.09, 2, 24.3)],
        {1: [1, 2]},
        {ONE: [(0.0, 1.054, "automatic"), (1.09, 2.041, "automatic")]},
        fps=24.3,
    ),
    "film on television": Case(
        [spanning(1, 0, 1.001, 24000 / 1001), spanning(2, 1.0427, 2.002, 24000 / 1001)],
        {1: [1, 2]},
        {ONE: [(0.0, 2.044, "automatic")]},
        fps=24000 / 1001,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_timeline(name: str) -> None:
    case = CASES[name]
    content = screen_time_of(
        case.tracks,
        case.identities,
        case.people,
        case.fps,
        uncertain=case.uncertain,
        moderation=case.moderation,
        unassigned=case.unassigned,
    )
    lanes = {lane.lane_id: lane for lane in content.lanes}
    assert {lane_id: spans(lane) for lane_id, lane in lanes.items()} == case.lanes
    for lane_id, lane in lanes.items():
        assert lane.seconds == pytest.approx(sum(end - first for first, end, _ in case.lanes[lane_id]))
        assert lane.first_s == case.lanes[lane_id][0][0]
        assert lane.end_s == case.lanes[lane_id][-1][1]
        assert lane.share == pytest.approx(lane.seconds / 10.0, abs=1e-6)
    assert screen_time_problems(content, case.tracks, (), 1 / case.fps) == []


def test_lanes_are_in_order_of_their_seconds() -> None:
    content = screen_time_of([spanning(1, 0, 1), spanning(2, 0, 3), spanning(3, 5, 6)], {1: [1], 2: [2], 3: [3]})
    assert [lane.lane_id for lane in content.lanes] == ["identity-00002", "identity-00001", "identity-00003"]


def test_shots_count_once() -> None:
    tracks = [spanning(1, 0, 1, shot=1), spanning(2, 0.5, 1, shot=1), spanning(3, 2, 3, shot=2)]
    (lane,) = screen_time_of(tracks, {1: [1, 2, 3]}).lanes
    assert (lane.shots, lane.shot_ids) == (2, ("shot-0001", "shot-0002"))


def test_tracks_in_no_identity_have_seconds_of_their_own() -> None:
    content = screen_time_of([spanning(1, 0, 1), spanning(2, 0.5, 2)], {}, unassigned=[1, 2])
    assert content.tracks_in_no_identity == (T1, T2)
    assert content.seconds_in_no_identity == 2.04


def test_a_video_that_ends_before_its_last_track_is_as_long_as_that() -> None:
    content = screen_time_of([spanning(1, 0, 12)], {1: [1]}, duration_s=10.0)
    assert (content.duration_s, content.lanes[0].share) == (12.04, 1.0)


def test_an_episode_of_a_thousand_tracks_takes_well_under_a_second() -> None:
    tracks = [spanning(number, number, number + 20) for number in range(1, 1001)]
    identities = {number: [3 * number - 2, 3 * number - 1, 3 * number] for number in range(1, 334)}
    began = time.process_time()
    content = screen_time_of(tracks, identities, duration_s=1100.0)
    assert len(content.lanes) == 333
    assert time.process_time() - began < 0.5
