"""Screen time of a show, added up over episodes with known seconds."""

from collections.abc import Mapping

import pytest

from screenalytics_assets.contract.identity_records import IdChanges
from screenalytics_assets.contract.screen_time_records import ScreenTime, SeasonScreenTime
from screenalytics_assets.contract.season_records import SeasonIdentities, SeasonIdentity, SeasonMetadata
from screenalytics_assets.season_screen_time.build_season import build_season
from screenalytics_assets.season_screen_time.checks import Loaded, season_seconds_add_up
from screenalytics_assets.season_screen_time.integrity import season_time_problems
from tests.screen_time.small import screen_time_of, spanning, spans
from tests.tiny_episode import PACK

E1, E2 = "tiny-s01e01", "tiny-s01e02"
TRACKS = [spanning(1, 0, 1), spanning(2, 0.5, 2), spanning(3, 4, 5)]


def episode(ep_id: str, people: Mapping[int, str] | None = None) -> ScreenTime:
    """Return an episode with an identity for each of its three tracks."""
    content = screen_time_of(TRACKS, {1: [1], 2: [2], 3: [3]}, people)
    return content.model_copy(update={"ep_id": ep_id})


def season_of(*tracks: tuple[Mapping[str, tuple[str, ...]], str | None]) -> SeasonIdentities:
    """Return the identities of a season with these tracks by episode, and the person that each is."""
    identities = tuple(
        SeasonIdentity(
            identity_id=f"identity-{number:05d}",
            tracks=of_episodes,
            episode_identities={},
            num_tracks=1,
            seconds_on_screen=1.0,
            cohesion=1.0,
            min_similarity=1.0,
            person_id=person,
        )
        for number, (of_episodes, person) in enumerate(tracks, 100)
    )
    return SeasonIdentities(
        show="tiny",
        schema_version=1,
        config={},
        metadata=SeasonMetadata(
            num_episodes=2,
            num_tracks=1,
            num_unusable_tracks=0,
            num_identities=len(identities),
            num_singletons=0,
            largest_identity=1,
            cannot_link_pairs=0,
            prevented_merges=0,
            mode="full",
            mode_reason="",
            joined_tracks=0,
            model_pack=PACK.name,
            cluster_thresh=0.5,
        ),
        episodes=(),
        left_out=(),
        identities=identities,
        lineage=IdChanges(kept=(), new=(), retired=(), split_from={}, merged_from={}),
        next_identity_number=200,
    )


T1, T2, T3 = "track-00001", "track-00002", "track-00003"
CASES = {
    "a person in two episodes": (
        [episode(E1, {1: "Ann"}), episode(E2, {3: "Ann"})],
        None,
        {"ann": {E1: 1.04, E2: 1.04}},
    ),
    "an unnamed identity of the season in two episodes": (
        [episode(E1), episode(E2)],
        season_of(({E1: (T1,), E2: (T3,)}, None)),
        {"identity-00100": {E1: 1.04, E2: 1.04}},
    ),
    "an identity of the season that people named": (
        [episode(E1, {3: "Ann"}), episode(E2)],
        season_of(({E2: (T1,)}, "ann")),
        {"ann": {E1: 1.04, E2: 1.04}},
    ),
    "two identities of an episode that are one in the season, overlapping": (
        [episode(E1), episode(E2)],
        season_of(({E1: (T1, T2)}, None)),
        {"identity-00100": {E1: 2.04}},
    ),
    "an identity in none of the season": (
        [episode(E1), episode(E2)],
        None,
        {f"{E1}:identity-00001": {E1: 1.04}, f"{E2}:identity-00001": {E2: 1.04}},
    ),
    "a name of the episode outranks the season": (
        [episode(E1, {1: "Ben"}), episode(E2)],
        season_of(({E1: (T1,), E2: (T1,)}, None)),
        {"ben": {E1: 1.04}, "identity-00100": {E2: 1.04}},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_build_season(name: str) -> None:
    episodes, season, expected = CASES[name]
    content = build_season("tiny", episodes, season)
    lanes = {lane.lane_id: lane for lane in content.lanes}
    for lane_id, by_episode in expected.items():
        lane = lanes[lane_id]
        assert {ep_id: presence.seconds for ep_id, presence in lane.episodes.items()} == by_episode
        assert lane.seconds == pytest.approx(sum(by_episode.values()))
        assert lane.share == pytest.approx(lane.seconds / 20, abs=1e-6)
    assert content.duration_s == 20.0
    assert season_time_problems(content, {one.ep_id: one for one in episodes}) == []


def test_what_two_identities_share_counts_once() -> None:
    season = season_of(({E1: (T1, T2)}, None))
    (lane,) = [one for one in build_season("tiny", [episode(E1)], season).lanes if one.lane_id == "identity-00100"]
    presence = lane.episodes[E1]
    assert [(row.first_s, row.end_s) for row in presence.appearances] == [(0.0, 2.04)]
    assert presence.identity_ids == ("identity-00001", "identity-00002")
    assert presence.shots == 1
    assert spans(episode(E1).lanes[0]) == [(0.5, 2.04, "automatic")]


EPISODES = {one.ep_id: one for one in (episode(E1, {1: "Ann"}), episode(E2, {3: "Ann"}))}
GOOD = build_season("tiny", list(EPISODES.values()), None)


def with_ann(**changes: object) -> SeasonScreenTime:
    lanes = tuple(lane.model_copy(update=changes) if lane.lane_id == "ann" else lane for lane in GOOD.lanes)
    return GOOD.model_copy(update={"lanes": lanes})


ANN = next(lane for lane in GOOD.lanes if lane.lane_id == "ann")
PROBLEMS = {
    "none": (GOOD, []),
    "a total too long": (with_ann(seconds=3.0), ["lane 1 has 3.0 s, but its episodes have 2.080 s"]),
    "an episode too long": (
        with_ann(episodes={**ANN.episodes, E2: ANN.episodes[E2].model_copy(update={"seconds": 9.0})}),
        [
            "lane 1 has 9.0 s in tiny-s01e02, where its identities have 1.040 s or more, and 1.040 s or less",
            "lane 1 has 2.08 s, but its episodes have 10.040 s",
        ],
    ),
    "an episode lost": (
        with_ann(episodes={E1: ANN.episodes[E1]}),
        ["identity-00003 of tiny-s01e02 counts 0 times instead of 1"],
    ),
    "an identity in two lanes": (
        GOOD.model_copy(update={"lanes": (*GOOD.lanes, ANN)}),
        [
            "identity-00001 of tiny-s01e01 counts 2 times instead of 1",
            "identity-00003 of tiny-s01e02 counts 2 times instead of 1",
        ],
    ),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems(name: str) -> None:
    content, expected = PROBLEMS[name]
    assert season_time_problems(content, EPISODES) == expected
    outcome = season_seconds_add_up(Loaded(content, EPISODES, ()))
    assert (outcome.passed, outcome.severity) == (not expected, "ERROR")


def test_a_changed_episode_is_a_warning() -> None:
    outcome = season_seconds_add_up(Loaded(with_ann(seconds=9.0), EPISODES, (E2,)))
    assert (outcome.passed, outcome.severity) == (False, "WARN")
    assert "made before tiny-s01e02 changed; run `screenalytics season --show tiny` again" in outcome.description


def test_a_show_without_episodes() -> None:
    content = build_season("tiny", [], None)
    assert (content.lanes, content.duration_s) == ((), 0.0)
