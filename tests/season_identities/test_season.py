"""Season identities: known clusters across episodes, lasting ids, incremental runs, and episodes left out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from screenalytics_assets.clustering.constraints import no_pairs
from screenalytics_assets.contract.season_records import SeasonIdentities
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.moderation.season import SeasonModeration
from screenalytics_assets.season_identities.build_season import build_season
from screenalytics_assets.season_identities.cluster_season import (
    cluster_season,
    join_season,
    season_config,
    why_not_incremental,
)
from screenalytics_assets.season_identities.gather import GatheredEpisode, GatheredShow
from screenalytics_assets.settings.stages import ClusteringSettings
from tests.tiny_episode import CLEAR_NORM, PLAIN_PACK, make_track, unit

A, B, C = unit(1, 0, 0), unit(0, 1, 0), unit(0, 0, 1)
PEOPLE = {"a": A, "b": B, "c": C}
SETTINGS = ClusteringSettings()
BOUNDS = thresholds(SETTINGS, PLAIN_PACK)
CONFIG = season_config(SETTINGS, BOUNDS)


def episode(
    number: int, people: str, digest: str = "d", weak: str = "", together: Sequence[int] = ()
) -> GatheredEpisode:
    """Return an episode with one track per letter, which is the person it shows.

    Tracks of the people in `weak` are unusable. The tracks in `together` share a frame.
    """
    tracks = [make_track(k + 1, (20 * k, 20 * k + 9)) for k in range(len(people))]
    return GatheredEpisode(
        ep_id=f"demo-s01e{number:02d}",
        tracks=tracks,
        outside=[],
        vectors=np.stack([PEOPLE[person] for person in people]),
        norms=np.array([0.0 if person in weak else CLEAR_NORM for person in people]),
        cannot_link=np.array([together], np.int64) if together else no_pairs(),
        frame_s=0.2,
        pack=PLAIN_PACK.name,
        tracks_digest=digest,
        tracking_digest=digest,
        embeddings_digest=digest,
        exceptions_sha256="none",
        identity_of={
            track.track_id: f"identity-{1 + ord(p) - ord('a'):05d}" for track, p in zip(tracks, people, strict=True)
        },
    )


def full(*episodes: GatheredEpisode, previous: SeasonIdentities | None = None) -> SeasonIdentities:
    gathered = GatheredShow(episodes, [])
    return build_season("demo", gathered, cluster_season(gathered, SETTINGS, BOUNDS), CONFIG, previous, False, "")


def joined(previous: SeasonIdentities, *episodes: GatheredEpisode) -> SeasonIdentities:
    gathered = GatheredShow(episodes, [])
    assert why_not_incremental(gathered, previous, CONFIG, gathered.decisions) == ""
    return build_season("demo", gathered, join_season(gathered, previous, BOUNDS), CONFIG, previous, True, "")


def members(season: SeasonIdentities) -> dict[str, dict[str, list[int]]]:
    """Map the last digit of each identity to its track numbers by episode number."""
    return {
        identity.identity_id[-1]: {ep_id[-1]: [int(t[-1]) for t in tracks] for ep_id, tracks in identity.tracks.items()}
        for identity in season.identities
    }


def test_one_person_is_one_identity_in_all_episodes() -> None:
    season = full(episode(1, "abab"), episode(2, "bca"))
    assert members(season) == {"1": {"1": [1, 3], "2": [3]}, "2": {"1": [2, 4], "2": [1]}, "3": {"2": [2]}}
    assert season.identities[0].episode_identities == {
        "demo-s01e01": ("identity-00001",),
        "demo-s01e02": ("identity-00001",),
    }
    assert [identity.seconds_on_screen for identity in season.identities] == [6.0, 6.0, 2.0]
    assert (season.metadata.num_tracks, season.metadata.num_singletons, season.metadata.largest_identity) == (7, 1, 3)


def test_tracks_that_share_a_frame_stay_apart_across_episodes() -> None:
    season = full(episode(1, "aa", together=(0, 1)), episode(2, "aa"))
    identity_of = {ep: name for name, by_ep in members(season).items() for ep, tracks in by_ep.items() if 1 in tracks}
    assert len(members(season)) == 2
    assert set(identity_of) == {"1", "2"}
    assert season.metadata.cannot_link_pairs == 1
    assert season.metadata.prevented_merges == 1


def test_unusable_tracks_are_listed_by_episode() -> None:
    season = full(episode(1, "aac", weak="c"), episode(2, "a"))
    assert [e.unusable_tracks for e in season.episodes] == [("track-00003",), ()]
    assert season.metadata.num_unusable_tracks == 1


def test_ids_stay_and_new_numbers_follow() -> None:
    first = full(episode(1, "abc"))
    again = full(episode(1, "abc"), episode(2, "cab"), previous=first)
    assert {name: sorted(episodes) for name, episodes in members(again).items()} == {
        "1": ["1", "2"],
        "2": ["1", "2"],
        "3": ["1", "2"],
    }
    assert full(episode(1, "abc"), episode(2, "cab"), previous=again) == again  # no change: the same document
    fewer = full(episode(1, "ab", digest="other"), previous=again)  # tracked again, so all tracks are new
    assert sorted(members(fewer)) == ["4", "5"]
    assert fewer.lineage.retired == ("identity-00001", "identity-00002", "identity-00003")


def test_tracks_of_new_episodes_join_and_old_ones_stay() -> None:
    first = full(episode(1, "aabb"))
    season = joined(first, episode(1, "aabb"), episode(2, "bcca"))
    assert members(season) == {"1": {"1": [1, 2], "2": [4]}, "2": {"1": [3, 4], "2": [1]}, "3": {"2": [2, 3]}}
    assert (season.metadata.mode, season.metadata.joined_tracks) == ("incremental", 2)
    assert members(season) == members(full(episode(1, "aabb"), episode(2, "bcca"), previous=first))


def decided(*episodes: GatheredEpisode, **said: Any) -> GatheredShow:
    return GatheredShow(episodes, [], SeasonModeration(**said))


def track(episode: int, number: int) -> tuple[str, str]:
    return f"demo-s01e{episode:02d}", f"track-{number:05d}"


A_AND_B_APART = ((track(1, 1), track(1, 2)), (track(2, 1), track(2, 2)))
DECISIONS = {
    "nothing": ({}, [{"1": [1], "2": [1]}, {"1": [2], "2": [2]}]),
    "same": (
        {"groups": ((track(1, 1), track(2, 2)),), "apart": A_AND_B_APART},
        [{"1": [1], "2": [2]}, {"1": [2]}, {"2": [1]}],
    ),
    "differ": ({"apart": ((track(1, 1), track(2, 1)),)}, [{"1": [1]}, {"1": [2], "2": [2]}, {"2": [1]}]),
}


@pytest.mark.parametrize(("said", "expected"), DECISIONS.values(), ids=DECISIONS)
@pytest.mark.parametrize("incremental", [False, True])
def test_decisions_hold_across_episodes(said: dict[str, Any], expected: list[Any], incremental: bool) -> None:
    episodes = episode(1, "ab"), episode(2, "ab")
    gathered = decided(*episodes, **said)
    previous = full(episodes[0])
    clusters = join_season(gathered, previous, BOUNDS) if incremental else cluster_season(gathered, SETTINGS, BOUNDS)
    season = build_season("demo", gathered, clusters, CONFIG, previous, incremental, "")
    assert sorted(members(season).values(), key=str) == sorted(expected, key=str)


def test_a_track_that_a_person_named_is_usable_and_gives_its_name() -> None:
    names = {track(1, 1): "ann", track(2, 1): "ann"}
    gathered = decided(episode(1, "ab"), episode(2, "c", weak="c"), groups=((track(1, 1), track(2, 1)),), names=names)
    previous = full(episode(1, "ab"))
    for clusters in (cluster_season(gathered, SETTINGS, BOUNDS), join_season(gathered, previous, BOUNDS)):
        season = build_season("demo", gathered, clusters, CONFIG, previous, False, "")
        assert members(season) == {"1": {"1": [1], "2": [1]}, "2": {"1": [2]}}
        assert [identity.person_id for identity in season.identities] == ["ann", None]


def test_tracks_that_a_person_put_together_may_share_a_frame() -> None:
    pair = (track(1, 1), track(1, 2))
    gathered = decided(episode(1, "aa", together=(0, 1)), episode(2, "b"), groups=(pair,), together=(pair,))
    season = build_season("demo", gathered, cluster_season(gathered, SETTINGS, BOUNDS), CONFIG, None, False, "")
    assert members(season) == {"1": {"1": [1, 2]}, "2": {"2": [1]}}
    assert gathered.constraints.cannot_link.tolist() == []


@pytest.mark.parametrize(
    ("log_id", "reason"),
    [
        ("demo", "people decided about demo since the last result"),
        ("demo-s01e01", "people decided about demo-s01e01 since the last result"),
        ("demo-s01e02", ""),  # a new episode may have decisions
    ],
)
def test_new_decisions_are_a_reason_against_an_incremental_run(log_id: str, reason: str) -> None:
    gathered = GatheredShow([episode(1, "ab"), episode(2, "ab")], [], decisions={f"decisions of {log_id}": "x"})
    assert why_not_incremental(gathered, full(episode(1, "ab")), CONFIG, {}) == reason
    assert why_not_incremental(gathered, full(episode(1, "ab")), CONFIG, gathered.decisions) == ""


def test_two_new_tracks_that_share_a_frame_do_not_join_the_same_identity() -> None:
    season = joined(full(episode(1, "aa")), episode(1, "aa"), episode(2, "aa", together=(0, 1)))
    assert sorted(len(episodes) for episodes in members(season).values()) == [1, 2]


def test_episodes_may_arrive_in_any_order() -> None:
    season = joined(full(episode(2, "ab")), episode(1, "ba"), episode(2, "ab"))
    assert members(season) == {"1": {"1": [2], "2": [1]}, "2": {"1": [1], "2": [2]}}


@pytest.mark.parametrize(
    ("now", "previous", "config", "reason"),
    [
        pytest.param([episode(1, "ab")], False, CONFIG, "there is no earlier result", id="first"),
        pytest.param(
            [episode(1, "ab")], True, CONFIG | {"cluster_thresh": 0.9}, "the settings or the pack", id="settings"
        ),
        pytest.param(
            [episode(1, "ab")],
            True,
            season_config(SETTINGS, replace(BOUNDS, evidence=BOUNDS.evidence.model_copy(update={"weak_share": 0.5}))),
            "the settings or the pack",
            id="evidence",
        ),
        pytest.param([episode(1, "ab", digest="x")], True, CONFIG, "demo-s01e01 changed or was removed", id="changed"),
        pytest.param([episode(2, "ab")], True, CONFIG, "demo-s01e01 changed or was removed", id="removed"),
        pytest.param([episode(1, "ab"), episode(2, "ab")], True, CONFIG, "", id="one-more"),
    ],
)
def test_the_reason_against_an_incremental_run(
    now: list[GatheredEpisode], previous: bool, config: dict[str, object], reason: str
) -> None:
    before = full(episode(1, "ab")) if previous else None
    actual = why_not_incremental(GatheredShow(now, []), before, config, {})
    assert actual.startswith(reason) if reason else actual == ""
