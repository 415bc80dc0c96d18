"""Identities that share a frame."""

from collections.abc import Sequence

import pytest

from screenalytics_assets.cast.together import identities_together
from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS, Exceptions
from screenalytics_assets.contract.schemas import Track, TrackBox
from tests.tiny_episode import FPS, make_identity, make_track

Span = tuple[int, int]


def placed(number: int, frames: Span, left: float) -> Track:
    """Return a track whose face is 40 px wide and starts at `left` px."""
    boxes = tuple(TrackBox(frame=f, ts=f / FPS, bbox=(left, 20, left + 40, 70), score=0.9) for f in frames)
    return make_track(number, frames, boxes=boxes)


@pytest.mark.parametrize(
    ("spans", "identities", "expected"),
    [
        pytest.param([], {}, set(), id="no-tracks"),
        pytest.param([(0, 9), (20, 29)], {1: [1], 2: [2]}, set(), id="one-after-the-other"),
        pytest.param([(0, 9), (9, 29)], {1: [1], 2: [2]}, {(1, 2)}, id="one-frame"),
        pytest.param([(0, 9), (10, 29)], {1: [1], 2: [2]}, set(), id="next-frame"),
        pytest.param([(0, 9), (5, 14)], {7: [1], 2: [2]}, {(2, 7)}, id="the-lower-id-first"),
        pytest.param([(0, 9), (5, 14)], {1: [1, 2]}, set(), id="not-with-itself"),
        pytest.param([(0, 9), (5, 14)], {1: [1]}, set(), id="a-track-without-an-identity-is-ignored"),
        pytest.param([(0, 9), (5, 14), (8, 20), (30, 39)], {1: [1], 2: [2], 3: [3], 4: [4]},
                     {(1, 2), (1, 3), (2, 3)}, id="three-in-one-frame"),
        pytest.param([(0, 9), (20, 29), (5, 24)], {1: [1, 2], 2: [3]}, {(1, 2)}, id="the-same-pair-twice"),
        pytest.param([(0, 9), (20, 29), (25, 34)], {1: [1, 2], 2: [3]}, {(1, 2)}, id="by-a-later-track"),
    ],
)  # fmt: skip
def test_pairs_that_share_a_frame(
    spans: Sequence[Span], identities: dict[int, list[int]], expected: set[tuple[int, int]]
) -> None:
    tracks = [placed(k + 1, span, 100.0 * k) for k, span in enumerate(spans)]
    rows = [make_identity(number, members, 1.0) for number, members in identities.items()]
    names = {(f"identity-{one:05d}", f"identity-{other:05d}") for one, other in expected}
    assert identities_together(rows, tracks, NO_EXCEPTIONS) == names
    assert identities_together(rows[::-1], tracks[::-1], NO_EXCEPTIONS) == names


@pytest.mark.parametrize(
    ("left", "exceptions", "together"),
    [
        pytest.param(100.0, (), True, id="two-faces"),
        pytest.param(22.0, (), False, id="one-face-detected-twice"),
        pytest.param(100.0, ((1.0, 1.8),), False, id="a-mirror"),
        pytest.param(100.0, ((1.0, 1.7),), True, id="a-mirror-that-ends-too-early"),
    ],
)
def test_duplicates_and_exceptions_are_not_a_second_person(
    left: float, exceptions: tuple[tuple[float, float], ...], together: bool
) -> None:
    tracks = [placed(1, (0, 9), 20.0), placed(2, (5, 14), left)]  # they share 1.0 s to 1.8 s
    rows = [make_identity(1, [1], 1.0), make_identity(2, [2], 1.0)]
    found = identities_together(rows, tracks, Exceptions(exceptions, "0" * 64))
    assert found == ({("identity-00001", "identity-00002")} if together else set())
