"""Phase `split_tracks`: which tracks are split, where, and the contents of each piece."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.cleanup.phases import metrics_after
from screenalytics_assets.cleanup.split_tracks import SplitTracks, TwoPeople, cut, split_tracks
from screenalytics_assets.contract.schemas import Face, Shots, Splits, Track, Tracks
from screenalytics_assets.tracks.appearance_gate import GateSettings
from screenalytics_assets.tracks.integrity import track_problems
from tests.tiny_episode import EP_ID, PACK, make_face, make_metrics, make_shot, make_track, origin, unit

GATE = GateSettings(hard=0.2, soft=0.35, streak=2, min_iou=0.05, momentum=0.85)
VECTORS = {
    "a": unit(1, 0, 0),
    "b": unit(0, 1, 0),
    "c": unit(0, 0, 1),
    "d": unit(0.3, 0.954, 0),
}
"""Similarity to a: b and c have 0, below `hard`. d has 0.3, between `hard` and `soft`."""


TWO_PEOPLE = TwoPeople(clear_norm=10.0, similarity=0.35, mean_face=np.zeros(3, np.float32))
WEAK_NORM, MIN_NORM = 7.0, 8.0
"""Norm of a weak face's raw embedding, and the bound. All other faces are clear."""


class Scene:
    """Tracks whose faces, ten frames apart, show the people named by a string. `-` is a rejected face."""

    def __init__(self, *people: str, numbers: Sequence[int] | None = None, length: int = 100) -> None:
        self.tracks: list[Track] = []
        self.faces: list[Face] = []
        rows: list[NDArray[np.float32]] = []
        for place, faces in enumerate(people):
            number = numbers[place] if numbers else place + 1
            begin = 200 * place
            crops = [begin + 10 * k for k in range(len(faces))]
            track = make_track(number, (begin, begin + length - 1), crop_frames=crops)
            self.tracks.append(track)
            for k, person in enumerate(faces):
                self.faces.append(make_face(len(self.faces) + 1, track, k, None if person == "-" else len(rows)))
                if person != "-":
                    rows.append(VECTORS[person])
        self.vectors = np.stack(rows) if rows else np.empty((0, 3), np.float32)

    def split(self, gate: GateSettings = GATE, kept: Sequence[int] = ()) -> SplitTracks:
        return split_tracks(self.tracks, self.faces, self.vectors, gate, TWO_PEOPLE, {f"track-{n:05d}" for n in kept})


def spans(found: SplitTracks) -> list[tuple[int, int, int]]:
    """Return number, first frame and last frame of each track."""
    return [(int(t.track_id.removeprefix("track-")), t.first_frame, t.last_frame) for t in found.tracks]


def track_numbers(found: SplitTracks) -> list[int]:
    """Return the track number of each face."""
    return [int(face.track_id.removeprefix("track-")) for face in found.faces]


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        pytest.param("aaaa", [(1, 0, 99)], id="one-person"),
        pytest.param("aabb", [(1, 0, 10), (2, 20, 99)], id="hard"),
        pytest.param("aabba", [(1, 0, 10), (2, 20, 30), (3, 40, 99)], id="to-another-person-and-back"),
        pytest.param("abc", [(1, 0, 0), (2, 10, 10), (3, 20, 99)], id="pieces-of-one-face"),
        pytest.param("aadd", [(1, 0, 10), (2, 20, 99)], id="streak-from-its-first-face"),
        pytest.param("aada", [(1, 0, 99)], id="one-doubtful-face-is-no-streak"),
        pytest.param("aa-bb", [(1, 0, 20), (2, 30, 99)], id="a-rejected-face-is-ignored"),
        pytest.param("aad-d", [(1, 0, 10), (2, 20, 99)], id="a-rejected-face-ends-no-streak"),
        pytest.param("---", [(1, 0, 99)], id="no-embedded-face"),
        pytest.param("", [(1, 0, 99)], id="no-face"),
        pytest.param("-ab", [(1, 0, 10), (2, 20, 99)], id="the-first-embedded-face-never-splits"),
    ],
)
def test_a_track_is_split_where_its_faces_change_person(people: str, expected: list[tuple[int, int, int]]) -> None:
    assert spans(Scene(people).split()) == expected


@pytest.mark.parametrize(
    ("people", "reasons"),
    [
        pytest.param(("aa",), {}, id="none"),
        pytest.param(("ab",), {"hard": 1}, id="hard"),
        pytest.param(("add",), {"streak": 1}, id="streak"),
        pytest.param(("abc", "aa", "add"), {"hard": 2, "streak": 1}, id="both"),
    ],
)
def test_splits_are_counted(people: Sequence[str], reasons: dict[str, int]) -> None:
    found = Scene(*people).split()
    assert dict(found.reasons) == reasons
    assert found.new_tracks == sum(reasons.values()) == len(found.tracks) - len(people)
    assert found.tracks_split == sum(len(set(faces)) > 1 for faces in people)


def test_pieces_record_their_origin_and_reason() -> None:
    found = Scene("abc", "add").split()
    assert [(t.track_id, t.split_from, t.split_reason) for t in found.tracks] == [
        ("track-00001", None, None),
        ("track-00003", "track-00001", "hard"),
        ("track-00004", "track-00001", "hard"),
        ("track-00002", None, None),
        ("track-00005", "track-00002", "streak"),
    ]


def test_a_piece_of_an_earlier_split_keeps_its_own_origin() -> None:
    scene = Scene("aa", "ab")
    scene.tracks[1] = scene.tracks[1].model_copy(update={"split_from": "track-00001", "split_reason": "iou"})
    _, first, second = scene.split().tracks
    assert (first.split_from, first.split_reason) == ("track-00001", "iou")
    assert (second.split_from, second.split_reason) == ("track-00002", "hard")


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        pytest.param((1, 2), [1, 3, 2, 4], id="no-gap"),
        pytest.param((3, 41), [3, 42, 41, 43], id="beyond-a-gap"),
        pytest.param((41, 3), [41, 42, 3, 43], id="the-highest-comes-first"),
        pytest.param((1, 99999), [1, 100000, 99999, 100001], id="beyond-five-digits"),
    ],
)
def test_new_pieces_count_on_from_the_highest_number(numbers: Sequence[int], expected: list[int]) -> None:
    assert [number for number, _, _ in spans(Scene("ab", "ab", numbers=numbers).split())] == expected


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        pytest.param("aabb", [1, 1, 2, 2], id="two-pieces"),
        pytest.param("a-b-a-", [1, 1, 2, 2, 3, 3], id="rejected-ones-belong-to-the-piece-before-them"),
        pytest.param("-a-b", [1, 1, 1, 2], id="rejected-before-the-first"),
        pytest.param("ad-d", [1, 2, 2, 2], id="rejected-within-a-streak"),
    ],
)
def test_faces_follow_their_piece(people: str, expected: list[int]) -> None:
    scene = Scene(people)
    found = scene.split()
    assert track_numbers(found) == expected
    unmoved = [face.model_copy(update={"track_id": "track-00001"}) for face in found.faces]
    assert unmoved == scene.faces


MIXED = pytest.mark.parametrize(
    "people",
    [
        pytest.param(("aabb",), id="two"),
        pytest.param(("abcab",), id="five"),
        pytest.param(("aa", "a-b-c", "add", "---", ""), id="several-tracks"),
    ],
)


@MIXED
def test_pieces_are_disjoint_and_cover_their_track(people: Sequence[str]) -> None:
    scene = Scene(*people)
    found = scene.split()
    for track in scene.tracks:
        pieces = [p for p in found.tracks if track.track_id in (p.track_id, p.split_from)]
        assert (pieces[0].first_frame, pieces[-1].last_frame) == (track.first_frame, track.last_frame)
        assert all(one.last_frame < other.first_frame for one, other in pairwise(pieces))
        assert [crop for piece in pieces for crop in piece.crops] == list(track.crops)
        assert {box for piece in pieces for box in piece.boxes} >= set(track.boxes)
    for piece in found.tracks:
        assert (piece.first_ts, piece.last_ts) == (piece.boxes[0].ts, piece.boxes[-1].ts)
        assert (piece.first_frame, piece.last_frame) == (piece.boxes[0].frame, piece.boxes[-1].frame)
        frames = [*(box.frame for box in piece.boxes), *(crop.frame for crop in piece.crops)]
        faces = [face for face in found.faces if face.track_id == piece.track_id]
        assert all(piece.first_frame <= frame <= piece.last_frame for frame in frames)
        assert [face.frame for face in faces] == [crop.frame for crop in piece.crops]


@MIXED
def test_the_result_has_no_problems(people: Sequence[str]) -> None:
    scene = Scene(*people)
    found = scene.split()
    frames = 200 * len(people)
    metrics = metrics_after(make_metrics(tracks=len(people), shots=1, frames_decoded=frames), found)
    documents = {
        "shots.json": Shots(ep_id=EP_ID, detectors=(), shots=(make_shot(1, 0, frames - 1),)),
        "track_metrics.json": metrics,
    }
    tracks = Tracks(EP_ID, found.tracks, origin("tracks", {}, PACK), PACK.name, documents)
    assert track_problems(tracks) == []
    assert metrics.splits.total == metrics.cleanup_splits == found.new_tracks


def test_splits_of_a_cleanup_are_not_id_switches() -> None:
    # Tracking split one track and resumed one after a gap: 2 switches. There are 3 tracks after the cleanup.
    tracked = make_metrics(
        tracks=2, duration_s=30.0, returns_after_gap=1, splits=Splits(hard=0, streak=0, iou=1, total=1)
    )
    once = metrics_after(tracked, Scene("ab", "aa").split())
    assert (once.tracks, once.tracks_per_minute, once.id_switch_rate) == (3, 6.0, 0.6667)
    assert (once.splits, once.cleanup_splits) == (Splits(hard=1, streak=0, iou=1, total=2), 1)
    twice = metrics_after(once, Scene("add", "aa", "a").split())
    assert (twice.tracks, twice.id_switch_rate) == (4, 0.5)
    assert (twice.splits, twice.cleanup_splits) == (Splits(hard=1, streak=1, iou=1, total=3), 2)


def test_short_pieces_count_as_short_tracks() -> None:
    found = Scene("ab", "aa", length=50).split()
    assert [round(track.duration_s, 1) for track in found.tracks] == [0.0, 7.8, 9.8]
    assert metrics_after(make_metrics(tracks=2), found).short_track_fraction == 0.3333


@pytest.mark.parametrize(
    ("frame_count", "expected"),
    [
        pytest.param(100, [20, 40, 40], id="in-proportion-to-the-stored-ones"),
        pytest.param(11, [2, 5, 4], id="one-extra"),
        pytest.param(10, [2, 4, 4], id="as-many-as-are-stored"),
        pytest.param(3, [2, 4, 4], id="fewer-than-are-stored"),
    ],
)
def test_detections_are_distributed(frame_count: int, expected: list[int]) -> None:
    # The stored frames are 0 and 10; 20 to 50; 60 to 80 and the box at 99.
    track = make_track(1, (0, 99), crop_frames=range(0, 90, 10), frame_count=frame_count)
    pieces = cut(track, [(20, "hard"), (60, "hard")], 2)
    assert [piece.frame_count for piece in pieces] == expected
    assert sum(expected) == max(frame_count, 10)


@pytest.mark.parametrize(
    ("people", "weak", "min_norm", "expected"),
    [
        pytest.param("aabaa", [2], MIN_NORM, [(1, 0, 99)], id="a-weak-face-splits-nothing"),
        pytest.param("aabaa", [2], WEAK_NORM, [(1, 0, 10), (2, 20, 20), (3, 30, 99)], id="the-bound-itself-is-enough"),
        pytest.param("aabaa", [2], 0.0, [(1, 0, 10), (2, 20, 20), (3, 30, 99)], id="without-a-bound"),
        pytest.param("aabbb", [2], MIN_NORM, [(1, 0, 20), (2, 30, 99)], id="the-next-clear-face-splits"),
        pytest.param("addd", [2], MIN_NORM, [(1, 0, 0), (2, 10, 99)], id="a-weak-face-ends-no-streak"),
        pytest.param("baaa", [0], MIN_NORM, [(1, 0, 99)], id="a-weak-face-at-the-beginning"),
        pytest.param("abab", [0, 1, 2, 3], MIN_NORM, [(1, 0, 99)], id="all-weak"),
    ],
)
def test_weak_faces_are_ignored(
    people: str, weak: Sequence[int], min_norm: float, expected: list[tuple[int, int, int]]
) -> None:
    scene = Scene(people)
    for index in weak:
        scene.faces[index] = scene.faces[index].model_copy(update={"embedding_norm": WEAK_NORM})
    any_norm = replace(TWO_PEOPLE, clear_norm=0.0)
    found = split_tracks(scene.tracks, scene.faces, scene.vectors, replace(GATE, min_norm=min_norm), any_norm)
    assert spans(found) == expected
    for face in found.faces:
        assert next(first <= face.frame <= last for n, first, last in expected if f"track-{n:05d}" == face.track_id)


def test_crops_of_the_pieces_keep_their_clothing() -> None:
    scene = Scene("aabb")
    crops = [crop.model_copy(update={"clothing_row": 7 + k}) for k, crop in enumerate(scene.tracks[0].crops)]
    scene.tracks[0] = scene.tracks[0].model_copy(update={"crops": tuple(crops)})
    assert [[crop.clothing_row for crop in track.crops] for track in scene.split().tracks] == [[7, 8], [9, 10]]


def test_a_kept_track_stays_unchanged() -> None:
    scene = Scene("abc", "abc")
    found = scene.split(kept=[1])
    assert found.tracks[0] == scene.tracks[0]
    assert found.faces[:3] == scene.faces[:3]
    assert [number for number, _, _ in spans(found)] == [1, 2, 3, 4]
    assert (found.tracks_split, found.new_tracks) == (1, 2)


def test_tracks_without_a_split_stay_unchanged() -> None:
    scene = Scene("aaa", "-b-", "")
    found = scene.split()
    assert (found.tracks, found.faces) == (scene.tracks, scene.faces)
    assert split_tracks([], [], scene.vectors, GATE, TWO_PEOPLE) == SplitTracks([], [], found.reasons, 0, 0)


def test_boxes_that_jump_between_two_faces_split_nothing() -> None:
    scene = Scene("aa")
    far = scene.tracks[0].crops[1].model_copy(update={"bbox": (200.0, 20.0, 240.0, 70.0)})
    scene.tracks[0] = scene.tracks[0].model_copy(update={"crops": (scene.tracks[0].crops[0], far)})
    scene.faces[1] = scene.faces[1].model_copy(update={"bbox": far.bbox})
    assert scene.split().new_tracks == 0


@pytest.mark.parametrize(
    ("people", "weak", "expected"),
    [
        pytest.param("aabb", [], [(1, 0, 10), (2, 20, 99)], id="clear-on-both-sides"),
        pytest.param("aabb", [0, 2], [(1, 0, 10), (2, 20, 99)], id="one-clear-face-per-side-is-enough"),
        pytest.param("aabb", [2, 3], [(1, 0, 99)], id="no-clear-face-after-the-change"),
        pytest.param("aabb", [0, 1], [(1, 0, 99)], id="no-clear-face-before-the-change"),
        pytest.param("aabbcc", [2, 3], [(1, 0, 30), (2, 40, 99)], id="the-next-change-is-compared-with-all-before-it"),
        pytest.param("addaaaa", [], [(1, 0, 99)], id="the-pieces-are-alike-over-all"),
    ],
)
def test_a_split_needs_two_pieces_that_show_two_people(
    people: str, weak: list[int], expected: list[tuple[int, int, int]]
) -> None:
    scene = Scene(people)
    for index in weak:
        scene.faces[index] = scene.faces[index].model_copy(update={"embedding_norm": 9.0})
    alike = TwoPeople(TWO_PEOPLE.clear_norm, 0.25 if people == "addaaaa" else 0.35, TWO_PEOPLE.mean_face)
    found = split_tracks(scene.tracks, scene.faces, scene.vectors, GATE, alike)
    assert spans(found) == expected


def test_pieces_are_compared_without_the_mean_face() -> None:
    mean = TwoPeople(10.0, 0.25, unit(1.0, 1.0, 0.0) * np.float32(0.5))
    bare = TwoPeople(10.0, 0.25, np.zeros(3, np.float32))
    scene = Scene("aadd")
    assert len(split_tracks(scene.tracks, scene.faces, scene.vectors, GATE, bare).tracks) == 1
    assert len(split_tracks(scene.tracks, scene.faces, scene.vectors, GATE, mean).tracks) == 2
