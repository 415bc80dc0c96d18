"""Joins by evidence: known joins of tracks at known angles."""

import numpy as np
import pytest

from screenalytics_assets.identities import compared_tracks
from screenalytics_assets.identities.compared_tracks import ComparedTracks
from screenalytics_assets.identities.evidence_joins import (
    Joined,
    _average_groups,
    join_small_clusters,
    join_weak_tracks,
)
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_resources.inference.packs import Evidence

Pair = tuple[int, int]
RULED_OUT = -np.inf

# The log-odds of a join are 20 (similarity - 0.5) - 4: even at 0.7, which is at 45.6 degrees.
BOUNDS = Thresholds(
    cluster_thresh=0.5,
    min_identity_sim=0.2,
    assign_sim=0.4,
    assign_sim_clear=0.6,
    assign_margin=0.1,
    unusable_norm=10.0,
    clear_norm=14.0,
    evidence=Evidence(face_odds=20.0, prior_odds=-4.0),
)


def tracks_at(angles: list[float], cannot: list[Pair] | None = None) -> ComparedTracks:
    radians = np.deg2rad(angles)
    vectors = np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)
    return ComparedTracks(vectors, np.full(len(angles), 15.0), BOUNDS, np.array(cannot or [], np.int64).reshape(-1, 2))


def small_joined(
    angles: list[float], labels: list[int], cannot: list[Pair] | None = None, fixed: list[int] | None = None
) -> Joined:
    is_fixed = np.zeros(len(angles), np.bool_)
    is_fixed[fixed or []] = True
    return join_small_clusters(tracks_at(angles, cannot), np.array(labels, np.int64), is_fixed, 0.5)


# Odds.


def test_odds_of_known_tracks() -> None:
    odds = tracks_at([0, 60, 90, 0], [(0, 2)]).odds([np.array([0]), np.array([3])], np.array([0, 1, 2, -1]), 3)
    # Similarities to 0, 60 and 90 degrees: 1, 0.5 and 0.
    assert odds[0].tolist() == [RULED_OUT, pytest.approx(-4.0), RULED_OUT]  # its own, and a shared frame
    assert odds[1].tolist() == [pytest.approx(6.0), pytest.approx(-4.0), pytest.approx(-14.0)]


def test_a_shared_frame_of_any_track_of_a_guest_rules_a_cluster_out() -> None:
    tracks, labels = tracks_at([0, 0, 1, 2], [(3, 1)]), np.array([0, 0, 1, 2])
    assert tracks.odds([np.array([0, 1])], labels, 3)[0].tolist() == [RULED_OUT, pytest.approx(6.0, abs=0.1), RULED_OUT]
    assert tracks.ruled_out(np.array([0, 1]), labels).tolist() == [2]
    assert tracks.ruled_out(np.array([0]), labels).tolist() == []


def test_a_poor_face_needs_less() -> None:
    bounds = Thresholds(0.5, 0.2, 0.4, 0.6, 0.1, 10.0, 14.0, Evidence(full_norm=15.0, weak_share=0.6))
    vectors = tracks_at([0, 60, 60]).vectors
    tracks = ComparedTracks(vectors, np.array([15.0, 10.0, 15.0]), bounds, np.empty((0, 2), np.int64))
    assert tracks.expected(tracks.norms).tolist() == pytest.approx([0.5, 0.3, 0.5])
    odds = tracks.odds([np.array([1]), np.array([1, 2])], np.array([0, -1, -1]), 1)
    assert odds[:, 0].tolist() == pytest.approx([0.0, -4.0])  # the best face of a guest counts


def test_blocks_do_not_change_the_odds(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    tracks, labels = tracks_at(rng.uniform(0, 360, 40).tolist(), [(0, 9), (3, 8)]), rng.integers(-1, 6, 40)
    guests = [np.array([row]) for row in range(40)]
    expected = tracks.odds(guests, labels, 6)
    monkeypatch.setattr(compared_tracks, "BLOCK_TRACKS", 7)
    np.testing.assert_array_equal(tracks.odds(guests, labels, 6), expected)


# Small clusters.


@pytest.mark.parametrize(
    ("angles", "labels", "cannot", "fixed", "expected"),
    [
        pytest.param([0, 0, 45], [0, 0, 1], [], [], [0, 0, 0], id="similar-enough"),
        pytest.param([0, 0, 46], [0, 0, 1], [], [], [0, 0, 1], id="not-similar-enough"),
        pytest.param([0] * 4 + [20] * 4, [0] * 4 + [1] * 4, [], [], [0] * 4 + [1] * 4, id="large-ones-stay"),
        pytest.param([0] * 4 + [20] * 3, [0] * 4 + [1] * 3, [], [], [0] * 7, id="three-tracks-are-small"),
        pytest.param([0, 20], [0, 1], [], [], [1, 1], id="a-tie-is-won-by-the-earlier-guest"),
        pytest.param([0, 0, 45], [0, 0, 1], [(1, 2)], [], [0, 0, 1], id="a-shared-frame"),
        pytest.param([0, 0, 45], [0, 0, 1], [], [2], [0, 0, 1], id="fixed-rows-stay"),
        pytest.param([0, 0, 45], [0, 0, 1], [], [0], [0, 0, 0], id="fixed-clusters-receive"),
        # 0.866 to both hosts: each has a probability of 0.499.
        pytest.param([0] * 4 + [60] * 4 + [30], [0] * 4 + [1] * 4 + [2], [], [], [0] * 4 + [1] * 4 + [2], id="no-lead"),
        pytest.param([0, 0, 0, 0, 45], [0, 0, 0, 0, -1], [], [], [0, 0, 0, 0, -1], id="weak-tracks-are-no-guests"),
        pytest.param([], [], [], [], [], id="no-track"),
        pytest.param([0], [-1], [], [], [-1], id="no-cluster"),
    ],
)
def test_small_clusters_join(
    angles: list[float], labels: list[int], cannot: list[Pair], fixed: list[int], expected: list[int]
) -> None:
    assert small_joined(angles, labels, cannot, fixed).labels.tolist() == expected


def test_the_smaller_joins_the_larger_and_not_the_other_way_round() -> None:
    # The pair resembles the single track, but only the single track may join.
    found = small_joined([0, 0, 20], [0, 0, 1])
    assert found.labels.tolist() == [0, 0, 0]
    assert found.probabilities == {2: pytest.approx(1 / (1 + np.exp(-(20 * (np.cos(np.deg2rad(20)) - 0.5) - 4))))}


def test_a_chain_of_joins() -> None:
    # Row 2 joins the pair at 30 degrees, and the pair joins the large cluster and takes it along.
    angles, labels = [0.0] * 4 + [30, 30, 62], [0] * 4 + [1, 1, 2]
    assert small_joined(angles, labels).labels.tolist() == [0] * 7


def test_a_chain_of_joins_keeps_tracks_that_share_a_frame_apart() -> None:
    # Row 6 may join the pair, and the pair the large cluster, but not both: rows 0 and 6 share a frame.
    angles, labels = [0.0] * 4 + [30, 30, 56], [0] * 4 + [1, 1, 2]
    found = small_joined(angles, labels, [(0, 6)])
    assert found.labels.tolist() == [0, 0, 0, 0, 1, 1, 1]  # cos 26 is more than cos 30, so row 6 comes first
    assert list(found.probabilities) == [6]


# Weak tracks.


def weak_joined(angles: list[float], labels: list[int], cannot: list[Pair] | None = None) -> Joined:
    return join_weak_tracks(tracks_at(angles, cannot), np.array(labels, np.int64), 0.5)


@pytest.mark.parametrize(
    ("angles", "labels", "cannot", "expected"),
    [
        pytest.param([0, 45], [0, -1], [], [0, 0], id="similar-enough"),
        pytest.param([0, 46], [0, -1], [], [0, -1], id="not-similar-enough"),
        pytest.param([0, 60, 30], [0, 1, -1], [], [0, 1, -1], id="no-lead"),
        pytest.param([0, 60, 30], [0, 1, -1], [(1, 2)], [0, 1, 0], id="the-rival-is-ruled-out"),
        pytest.param([0, 20, 10], [0, -1, -1], [(1, 2)], [0, -1, 0], id="two-guests-share-a-frame"),
        pytest.param([0, 10, -10], [0, -1, -1], [(1, 2)], [0, 0, -1], id="the-earlier-on-a-tie"),
        # Row 1 moves the centroid towards row 2, but clusters stay as they are while tracks join.
        pytest.param([0, 40, 60], [0, -1, -1], [], [0, 0, -1], id="a-join-attracts-no-others"),
        pytest.param([0, 0], [-1, -1], [], [-1, -1], id="no-cluster"),
        pytest.param([0, 0], [0, 1], [], [0, 1], id="no-weak-track"),
    ],
)
def test_weak_tracks_join(angles: list[float], labels: list[int], cannot: list[Pair], expected: list[int]) -> None:
    assert weak_joined(angles, labels, cannot).labels.tolist() == expected


def test_probabilities_of_weak_tracks() -> None:
    assert weak_joined([0, 60, 0], [0, -1, -1]).probabilities == {2: pytest.approx(1 / (1 + np.exp(-6)))}


@pytest.mark.parametrize(
    ("odds", "expected"),
    [
        pytest.param([], [], id="no-row"),
        pytest.param([[0.0]], [0], id="one-row"),
        pytest.param([[0, 2, -9], [2, 0, -9], [-9, -9, 0]], [0, 0, 1], id="pair-and-single"),
        # Rows 0 and 2 merge first. Row 1 then has an average of (1.5 - 0.5) / 2 = 0.5 to both.
        pytest.param([[0, 1.5, 2], [1.5, 0, -0.5], [2, -0.5, 0]], [0, 1, 0], id="average-is-too-low"),
        pytest.param([[0, 1.5, 2], [1.5, 0, 0.5], [2, 0.5, 0]], [0, 0, 0], id="average-is-enough"),
        pytest.param([[0, 3, 2], [3, 0, -np.inf], [2, -np.inf, 0]], [0, 0, 1], id="a-shared-frame-stays-apart"),
        pytest.param([[0, -9, -9, 2], [-9, 0, 2, -9], [-9, 2, 0, -9], [2, -9, -9, 0]], [0, 1, 1, 0], id="two-pairs"),
    ],
)
def test_groups_merge_by_average_odds(odds: list[list[float]], expected: list[int]) -> None:
    count = len(odds)
    assert _average_groups(np.array(odds, np.float64).reshape(count, count), 1.0).tolist() == expected
