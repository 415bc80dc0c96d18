"""Constraints that come from people's decisions."""

from collections.abc import Sequence

import numpy as np
import pytest

from screenalytics_assets.identities.decided_links import decided_constraints, decided_groups, locked_groups
from screenalytics_assets.moderation.state import NO_MODERATION, Moderation
from screenalytics_assets.moderation.vouched import vouched_tracks

ROWS = ["a", "b", "c", "d"]
Pair = tuple[int, int]


@pytest.mark.parametrize(
    ("groups", "locks", "expected", "locked"),
    [
        pytest.param([], [], [], [], id="nothing"),
        pytest.param(["ab"], ["cd"], ["ab", "cd"], ["cd"], id="apart"),
        pytest.param(["ab"], ["ab"], ["ab"], ["ab"], id="the-same"),
        pytest.param(["ab"], ["bc"], ["bca"], ["bca"], id="a-track-was-added-to-the-lock"),
        pytest.param([], ["a"], ["a"], ["a"], id="one-track"),
        pytest.param(["ab"], ["bc", "cd"], ["cdba"], ["cdba"], id="a-chain"),
    ],
)
def test_groups(groups: Sequence[str], locks: Sequence[str], expected: Sequence[str], locked: Sequence[str]) -> None:
    moderation = Moderation(groups=tuple(map(tuple, groups)), locks=tuple(map(tuple, locks)))
    assert [set(group) for group in decided_groups(moderation)] == [set(group) for group in expected]
    assert [set(group) for group in locked_groups(moderation)] == [set(group) for group in locked]


@pytest.mark.parametrize(
    ("moderation", "sharing", "cannot", "must", "vouched"),
    [
        pytest.param(NO_MODERATION, [(0, 1)], [(0, 1)], [], [], id="nobody-decided"),
        pytest.param(Moderation(groups=(("a", "b", "d"),)), [(0, 2)], [(0, 2)], [(0, 1), (1, 3)], [0, 1, 3],
                     id="group"),
        pytest.param(Moderation(groups=(("a", "b"),)), [(0, 1), (1, 2)], [(1, 2)], [(0, 1)], [0, 1],
                     id="a-group-outranks-its-shared-frame"),
        pytest.param(Moderation(together=(("b", "a"),)), [(0, 1)], [], [], [0, 1], id="allowed-together"),
        pytest.param(Moderation(apart=(("d", "a"),)), [(1, 2)], [(0, 3), (1, 2)], [], [0, 3], id="apart"),
        pytest.param(Moderation(groups=(("x", "b"),), apart=(("x", "d"),)), [], [(1, 3)], [], [1, 3],
                     id="another-track-of-the-group-stands-in"),
        pytest.param(Moderation(apart=(("x", "d"),)), [], [], [], [3], id="apart-from-a-track-without-a-row"),
        pytest.param(Moderation(names={"a": "ann"}, labels={"b": "host"}, reviewed=frozenset("c")), [], [], [],
                     [0, 1, 2], id="single-tracks"),
        pytest.param(Moderation(not_names={"a": frozenset({"ann"})}, dismissed={"b": "ignore"}), [], [], [], [],
                     id="what-vouches-for-no-track"),
    ],
)  # fmt: skip
def test_constraints(
    moderation: Moderation,
    sharing: Sequence[Pair],
    cannot: Sequence[Pair],
    must: Sequence[Pair],
    vouched: Sequence[int],
) -> None:
    found = decided_constraints(moderation, ROWS, np.array(sharing, np.int64).reshape(-1, 2))
    assert [tuple(pair) for pair in found.cannot_link.tolist()] == list(cannot)
    assert [tuple(pair) for pair in found.must_link.tolist()] == list(must)
    assert found.vouched.tolist() == list(vouched)
    assert {ROWS[row] for row in found.vouched} == vouched_tracks(moderation) - {"x"}
