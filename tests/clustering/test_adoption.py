"""Adoption: which guests join which host, given similarities, margin and cannot-links, and which are rejected."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering import adoption
from screenalytics_assets.clustering.adoption import adopt
from screenalytics_assets.clustering.constraints import violations
from screenalytics_assets.clustering.linkage import number_by_first_appearance

Pair = tuple[int, int]


def at_degrees(*angles: float) -> NDArray[np.float32]:
    radians = np.deg2rad(angles)
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def pairs(given: list[Pair]) -> NDArray[np.int64]:
    return np.array(given, np.int64).reshape(-1, 2)


# Two hosts: {0, 1} at 0 degrees and {2, 3} at 90. The guests are rows 4, 5, ..., each a cluster of its own. A guest at
# 30 degrees has similarities of 0.866 and 0.5 to the hosts: a lead of 0.366.
HOSTS, HOST_LABELS = (0, 0, 90, 90), (0, 0, 1, 1)


@pytest.mark.parametrize(
    ("guests", "needed", "margin", "cannot", "expected"),
    [
        pytest.param([], [], 0.1, [], [], id="no-guest"),
        pytest.param([20], [0.5], 0.1, [], [0], id="the-best-host"),
        pytest.param([70, 20], [0.5, 0.5], 0.1, [], [1, 0], id="each-its-own-host"),
        pytest.param([30], [0.866], 0.1, [], [0], id="as-similar-as-needed"),
        pytest.param([30], [0.8661], 0.1, [], [2], id="less-similar-than-needed"),
        pytest.param([30, 30], [0.9, 0.8], 0.1, [], [2, 0], id="each-has-its-own-bound"),
        pytest.param([30], [0.5], 0.366, [], [0], id="leads-by-the-margin"),
        pytest.param([30], [0.5], 0.367, [], [2], id="leads-by-less"),
        pytest.param([45], [0.5], 0.0, [], [0], id="the-first-host-on-a-tie"),
        pytest.param([45], [0.5], 0.1, [], [2], id="a-tie-has-no-lead"),
        pytest.param([30], [0.5], 0.1, [(0, 4)], [1], id="the-second-best-if-the-best-is-forbidden"),
        pytest.param([30], [0.5], 0.1, [(4, 1)], [1], id="forbidden-by-any-member-in-either-order"),
        pytest.param([30], [0.6], 0.1, [(0, 4)], [2], id="the-second-best-is-not-similar-enough"),
        pytest.param([30], [0.5], 0.9, [(2, 4)], [0], id="a-forbidden-host-is-not-the-second-best"),
        pytest.param([30], [-1.0], 0.0, [(0, 4), (2, 4)], [2], id="every-host-is-forbidden"),
        pytest.param([20, 10], [0.5, 0.5], 0.1, [(4, 5)], [2, 0], id="the-more-similar-of-two-with-a-cannot-link"),
        pytest.param([10, 10], [0.5, 0.5], 0.1, [(4, 5)], [0, 2], id="the-earlier-on-a-tie"),
        pytest.param([20, 80], [0.5, 0.5], 0.1, [(4, 5)], [0, 1], id="two-with-a-cannot-link-join-two-hosts"),
        pytest.param([20, 10, 0], [0.5] * 3, 0.1, [(4, 5), (5, 6)], [0, 2, 0], id="a-rejected-guest-excludes-no-other"),
        pytest.param([25, 50], [0.9, 0.9], 0.1, [], [0, 2], id="centroids-are-not-updated"),
        pytest.param([200, 200], [0.5, 0.5], 0.1, [], [2, 3], id="guests-do-not-join-guests"),
    ],
)
def test_the_host_of_each_guest(
    guests: list[float], needed: list[float], margin: float, cannot: list[Pair], expected: list[int]
) -> None:
    labels = np.array([*HOST_LABELS, *range(2, 2 + len(guests))])
    is_guest = np.array([False, False, *[True] * len(guests)])
    bounds = np.array([np.inf, np.inf, *needed])
    adopted = adopt(at_degrees(*HOSTS, *guests), labels, is_guest, bounds, margin, pairs(cannot))
    assert adopted.labels.tolist() == [*HOST_LABELS, *expected]
    joined = [4 + row for row, label in enumerate(expected) if label < 2]
    assert sorted(adopted.similarities) == joined
    for row in joined:
        angle = guests[row - 4] - (0, 90)[expected[row - 4]]
        assert adopted.similarities[row] == pytest.approx(np.cos(np.deg2rad(angle)), abs=1e-6)


@pytest.mark.parametrize(
    ("angles", "labels", "guests", "cannot", "expected", "similarities"),
    [
        pytest.param([], [], [], [], [], {}, id="no-row"),
        pytest.param([0, 0, 1], [0, 0, 1], [False, False], [], [0, 0, 1], {}, id="no-host-joins-another"),
        pytest.param([0, 0, 1], [0, 0, 1], [True, True], [], [0, 0, 1], {}, id="no-host"),
        pytest.param([0, 0, 10, 30], [0, 0, 1, 1], [False, True], [], [0, 0, 0, 0], {2: 0.9397}, id="a-guest-of-two"),
        pytest.param(
            [0, 0, 10, 30], [0, 0, 1, 1], [False, True], [(0, 3)], [0, 0, 1, 1], {}, id="one-of-two-is-forbidden"
        ),
        pytest.param([20, 0, 0], [0, 1, 1], [True, False], [], [0, 0, 0], {0: 0.9397}, id="the-guest-comes-first"),
        pytest.param(
            [0, 90, 9, 90],
            [2, 0, 1, 0],
            [False, True, False],
            [],
            [0, 1, 0, 1],
            {2: 0.9877},
            id="renumbered-by-first-appearance",
        ),
        pytest.param([0, 0, 0, 180], [0, 0, 1, 1], [False, True], [], [0, 0, 1, 1], {}, id="a-guest-that-cancels-out"),
        pytest.param([0, 180, 0], [0, 0, 1], [False, True], [], [0, 0, 1], {}, id="a-host-that-cancels-out"),
        pytest.param(
            [0, 0, 60], [0, 0, 1], [False, True], [], [0, 0, 0], {2: 0.5}, id="a-single-host-has-no-second-best"
        ),
        pytest.param([0, 1, 2], [0, 0, 1], [False, True], [(0, 1)], [0, 0, 0], {2: 0.9997}, id="a-pair-inside-a-host"),
    ],
)
def test_roles_of_clusters(
    angles: list[float],
    labels: list[int],
    guests: list[bool],
    cannot: list[Pair],
    expected: list[int],
    similarities: dict[int, float],
) -> None:
    given = np.array(labels, np.int64)
    adopted = adopt(
        at_degrees(*angles), given, np.array(guests, np.bool_), np.full(len(guests), 0.5), 0.8, pairs(cannot)
    )
    assert adopted.labels.tolist() == expected
    assert adopted.similarities == pytest.approx(similarities, abs=1e-4)
    assert given.tolist() == labels


def scattered(rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.bool_]]:
    """Return rows and labels of three hosts of four rows and thirty guests near them, and which clusters are guests."""
    people = rng.normal(size=(3, 6))
    rows = np.concatenate([np.repeat(people, 4, axis=0), people[rng.integers(0, 3, 30)]])
    rows += 0.7 * rng.normal(size=rows.shape)
    labels = np.concatenate([np.repeat(np.arange(3), 4), np.arange(3, 33)])
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), labels, np.arange(33) >= 3


def test_the_block_size_does_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, labels, guests = scattered(np.random.default_rng(89))
    cannot = pairs([(0, 20), (13, 25), (31, 4)])
    one_block = adopt(rows, labels, guests, np.full(33, 0.5), 0.1, cannot)
    monkeypatch.setattr(adoption, "_BLOCK", 7)
    blocks = adopt(rows, labels, guests, np.full(33, 0.5), 0.1, cannot)
    assert len(one_block.similarities) > 10
    np.testing.assert_array_equal(blocks.labels, one_block.labels)
    assert blocks.similarities == pytest.approx(one_block.similarities)


def test_no_cannot_link_is_violated_and_no_host_changes() -> None:
    rng = np.random.default_rng(97)
    adopted_in_total = 0
    for _ in range(50):
        rows, labels, guests = scattered(rng)
        drawn = np.array([rng.choice(len(rows), 2, replace=False) for _ in range(60)])
        cannot = drawn[labels[drawn[:, 0]] != labels[drawn[:, 1]]]
        adopted = adopt(rows, labels, guests, np.full(33, 0.4), 0.05, cannot)
        assert len(violations(adopted.labels, cannot)) == 0
        np.testing.assert_array_equal(adopted.labels[:12], labels[:12])
        np.testing.assert_array_equal(adopted.labels, number_by_first_appearance(adopted.labels))
        assert adopted.labels.max() + 1 == 33 - len(adopted.similarities)
        adopted_in_total += len(adopted.similarities)
    assert adopted_in_total > 300
