"""Co-occurrence: tracks that share a frame, the file of exceptions, and faces that were detected twice."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS, Exceptions, exceptions_sha256, read_exceptions
from screenalytics_assets.contract.schemas import Track, TrackBox
from screenalytics_assets.identities.cooccurrence import sharing_pairs
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from tests.tiny_episode import EP_ID, FPS, make_track

KEY = f"videos/{EP_ID}/same_person_in_frame.yaml"


def store_with(tmp_path: Path, content: str | bytes | None) -> ArtifactStore:
    """Return a store whose episode has an exceptions file with this content, or no file."""
    if content is not None:
        path = tmp_path / KEY
        path.parent.mkdir(parents=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return ArtifactStore(str(tmp_path))


@pytest.mark.parametrize(
    ("content", "spans"),
    [
        pytest.param("spans: []", (), id="none"),
        pytest.param("spans: [{from_s: 61.0, to_s: 64.5, why: mirror}]", ((61.0, 64.5),), id="as-in-the-message"),
        pytest.param("spans:\n- {from_s: 3, to_s: 3, why: a}\n- {from_s: 1, to_s: 2, why: b}", ((3, 3), (1, 2)),
                     id="several-in-the-given-order"),
        pytest.param("spans: [{from_s: 0, to_s: 9, why: Spiegelbild über der Bar}]", ((0, 9),), id="not-ascii"),
    ],
)  # fmt: skip
def test_an_exceptions_file(tmp_path: Path, content: str, spans: tuple[tuple[float, float], ...]) -> None:
    store = store_with(tmp_path, content)
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    assert read_exceptions(store, EP_ID) == Exceptions(spans, sha256)
    assert exceptions_sha256(store, EP_ID) == sha256


def test_without_a_file_there_are_no_exceptions(tmp_path: Path) -> None:
    store = store_with(tmp_path, None)
    assert read_exceptions(store, EP_ID) == NO_EXCEPTIONS == Exceptions((), "none")
    assert exceptions_sha256(store, EP_ID) == "none"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("spans: [", "not valid YAML", id="no-yaml"),
        pytest.param(b"\xff\xfe\xfa", "not valid YAML", id="no-text"),
        pytest.param("", "Input should be .*dict", id="empty"),
        pytest.param("- {from_s: 1, to_s: 2, why: x}", "Input should be .*dict", id="a-bare-list"),
        pytest.param("spans: {}", "Input should be a valid tuple", id="spans-are-no-list"),
        pytest.param("spans: [{from_s: 1, to_s: 2}]", "Field required", id="no-reason"),
        pytest.param("spans: [{from_s: 1, to_s: 2, why: ''}]", "at least 1 character", id="an-empty-reason"),
        pytest.param("spans: [{from_s: 1, why: x}]", "Field required", id="no-end"),
        pytest.param("spans: [{from_s: 1, to_s: 2, why: x, who: y}]", "Extra inputs", id="unknown-key-of-a-span"),
        pytest.param("spans: []\nspan: []", "Extra inputs", id="unknown-key"),
        pytest.param("spans: [{from_s: -1, to_s: 2, why: x}]", "greater than or equal to 0", id="before-the-start"),
        pytest.param("spans: [{from_s: 1, to_s: .nan, why: x}]", "finite number", id="not-a-number"),
        pytest.param("spans: [{from_s: 1, to_s: .inf, why: x}]", "finite number", id="infinite"),
        pytest.param("spans: [{from_s: start, to_s: 2, why: x}]", "valid number", id="a-word"),
        pytest.param("spans: [{from_s: 5, to_s: 4.5, why: x}]", r"a span from 5\.0 to 4\.5 s", id="end-before-start"),
    ],
)
def test_an_invalid_exceptions_file(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        read_exceptions(store_with(tmp_path, content), EP_ID)
    assert str(caught.value).startswith(KEY)
    assert "Write `spans: [{from_s: 61.0, to_s: 64.5, why: mirror}]`, with to_s at or after from_s" in str(caught.value)


def moving(number: int, lefts: Mapping[int, float]) -> Track:
    """Return a track whose box, 40 px wide, has its left side at these positions (frame -> px)."""
    boxes = tuple(TrackBox(frame=f, ts=f / FPS, bbox=(x, 20, x + 40, 70), score=0.9) for f, x in lefts.items())
    return make_track(number, (min(lefts), max(lefts)), boxes=boxes)


def still(number: int, frames: tuple[int, int], left: float) -> Track:
    return moving(number, {frames[0]: left, frames[1]: left})


@pytest.mark.parametrize(
    ("tracks", "expected"),
    [
        pytest.param([], [], id="no-track"),
        pytest.param([still(1, (0, 9), 0)], [], id="one-track"),
        pytest.param([still(1, (0, 9), 0), still(2, (10, 19), 100)], [], id="one-after-the-other"),
        pytest.param([still(1, (0, 9), 0), still(2, (9, 19), 100)], [[0, 1]], id="one-common-frame"),
        pytest.param([still(1, (9, 19), 0), still(2, (0, 9), 100)], [[0, 1]], id="the-later-comes-first"),
        pytest.param([still(1, (0, 99), 0), still(2, (10, 20), 100), still(3, (15, 30), 200)],
                     [[0, 1], [0, 2], [1, 2]], id="three-at-once"),
        pytest.param([still(1, (0, 9), 0), still(2, (5, 14), 0)], [], id="in-the-same-place"),
        pytest.param([still(1, (0, 9), 0), still(2, (5, 14), 20)], [], id="half-in-the-same-place"),
        pytest.param([still(1, (0, 9), 0), still(2, (5, 14), 21)], [[0, 1]], id="less-than-half-in-the-same-place"),
        # Only the middle of the shared frames (frame 10) counts: there they are 100 px apart, or in the same place.
        pytest.param([still(1, (0, 20), 0), moving(2, {0: 0, 10: 100, 20: 100})], [[0, 1]], id="apart-in-the-middle"),
        pytest.param([still(1, (0, 20), 0), moving(2, {0: 100, 10: 0, 20: 100})], [], id="together-in-the-middle"),
        # They share frames 10 to 20, so frame 15 counts, where the second is at 50 px.
        pytest.param([still(1, (0, 20), 0), moving(2, {10: 0, 20: 100})], [[0, 1]], id="the-middle-of-shared-frames"),
        pytest.param([still(1, (0, 20), 0), moving(2, {10: 0, 50: 100})], [], id="not-the-middle-of-either"),
    ],
)  # fmt: skip
def test_tracks_that_share_a_frame(tracks: list[Track], expected: list[list[int]]) -> None:
    assert sharing_pairs(tracks).tolist() == expected


# At 5 frames per second the two share frames 10 to 20, from 2 s to 4 s.
TWO = [still(1, (0, 20), 0), still(2, (10, 40), 100)]


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        pytest.param([], [[0, 1]], id="no-exception"),
        pytest.param([(2.0, 4.0)], [], id="the-shared-time"),
        pytest.param([(0.0, 8.0)], [], id="more-than-the-shared-time"),
        pytest.param([(2.1, 4.0)], [[0, 1]], id="starts-too-late"),
        pytest.param([(2.0, 3.9)], [[0, 1]], id="ends-too-early"),
        pytest.param([(6.0, 9.0)], [[0, 1]], id="elsewhere"),
        pytest.param([(6.0, 9.0), (1.0, 5.0)], [], id="one-of-several"),
        pytest.param([(3.0, 5.0), (1.0, 3.0)], [], id="two-that-touch"),
        pytest.param([(1.0, 3.5), (2.5, 2.8), (3.0, 5.0)], [], id="several-that-overlap"),
        pytest.param([(1.0, 2.5), (3.5, 5.0)], [[0, 1]], id="two-with-a-gap"),
    ],
)
def test_exceptions_cover_pairs_within_them(spans: list[tuple[float, float]], expected: list[list[int]]) -> None:
    assert sharing_pairs(TWO, Exceptions(tuple(spans), "0" * 64)).tolist() == expected


def test_an_exception_covers_only_pairs_within_it() -> None:
    tracks = [*TWO, still(3, (30, 50), 0)]
    assert sharing_pairs(tracks, Exceptions(((2.0, 4.0),), "0" * 64)).tolist() == [[1, 2]]
