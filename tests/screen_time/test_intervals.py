"""Unions of intervals: overlaps count once, in the surest state."""

import pytest

from screenalytics_assets.screen_time.intervals import Spans, union

Part = tuple[float, float, int]
HALF = 0.02
"""Half a frame at 25 frames per second."""

CASES: dict[str, tuple[list[Part], list[Part]]] = {
    "nothing": ([], []),
    "one": ([(1, 2, 1)], [(1, 2, 1)]),
    "apart": ([(3, 4, 1), (1, 2, 1)], [(1, 2, 1), (3, 4, 1)]),
    "overlap": ([(1, 3, 1), (2, 4, 1)], [(1, 4, 1)]),
    "one within another": ([(1, 4, 1), (2, 3, 1)], [(1, 4, 1)]),
    "equal": ([(1, 2, 1), (1, 2, 1)], [(1, 2, 1)]),
    "adjacent": ([(1, 2, 1), (2, 3, 1)], [(1, 3, 1)]),
    "adjacent in two states": ([(1, 2, 1), (2, 3, 2)], [(1, 2, 1), (2, 3, 2)]),
    "a gap of a rounding error is none": ([(1, 2, 1), (2.001, 3, 1)], [(1, 3, 1)]),
    "that gap between two states": ([(1, 2, 1), (2.001, 3, 2)], [(1, 2, 1), (2, 3, 2)]),
    "a gap of one frame stays": ([(1, 2, 1), (2.04, 3, 1)], [(1, 2, 1), (2.04, 3, 1)]),
    "the surer state wins": ([(1, 4, 2), (2, 3, 0)], [(1, 2, 2), (2, 3, 0), (3, 4, 2)]),
    "the surer state hides the other": ([(1, 4, 0), (2, 3, 2)], [(1, 4, 0)]),
    "three states": ([(0, 3, 2), (1, 4, 1), (2, 5, 0)], [(0, 1, 2), (1, 2, 1), (2, 5, 0)]),
    "an overlap of a rounding error": ([(1, 2.001, 1), (2, 3, 0)], [(1, 2, 1), (2, 3, 0)]),
    "a sliver of a less sure state": ([(0, 2, 0), (2.001, 3, 0), (1, 2.002, 1)], [(0, 3, 0)]),
    "a sliver that touches nothing": ([(0, 1, 0), (2, 2.01, 1)], [(0, 1, 0), (2, 2.01, 1)]),
}


@pytest.mark.parametrize("name", CASES)
def test_union(name: str) -> None:
    given, expected = CASES[name]
    result = union(Spans.of(*([part[k] for part in given] for k in range(3))), HALF)  # type: ignore[arg-type]
    parts = list(zip(result.first.tolist(), result.end.tolist(), result.state.tolist(), strict=True))
    assert parts == [(float(first), float(end), state) for first, end, state in expected]
    assert result.seconds() == pytest.approx(sum(end - first for first, end, _ in expected))
    for state in range(3):
        of_state = sum(end - first for first, end, one in expected if one == state)
        assert result.seconds(state) == pytest.approx(of_state)


def test_many_intervals_add_up_to_the_millisecond() -> None:
    count = 2000
    parts = Spans.of(
        [k * 0.1 for k in range(count)], [k * 0.1 + 0.07 for k in range(count)], [k % 3 for k in range(count)]
    )
    result = union(parts, 0.01)
    assert len(result.first) == count
    assert result.seconds() == 140.0
