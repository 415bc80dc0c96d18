"""The benchmark of identities, on small data with known answers."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from benchmarks.identities import embedded
from benchmarks.identities.main import record
from benchmarks.identities.rivals import RIVALS, alone_where_noise
from benchmarks.identities.scale import Task, agreement, cluster, join, same_partition
from benchmarks.identities.synthetic import KINDS_OF_TRACKS, make_tracks, strangers
from benchmarks.identities.tv_episodes import TvEpisode, placed
from benchmarks.identities.tv_tracks import TvTrack, cast_photos, read_tracks
from screenalytics_assets.faces.embed_faces import EmbeddedFaces
from tests.tiny_episode import make_face, make_track, unit

TABLE = """track_id,identity,coarse_identity,start_s,end_s,n_boxes,median_x,median_y,median_w,median_h
7,anna,anna,5.00,6.00,25,501,105,33,44
8,unknown_1,unknown,5.50,5.90,10,10,20,30,40
9,,,7.00,7.50,12,1,1,20,20
"""


def test_read_tracks_skips_tracks_without_a_name(tmp_path: Path) -> None:
    path = tmp_path / "show.csv"
    path.write_text(TABLE)
    assert read_tracks(path) == [
        TvTrack("anna", False, 5.0, 6.0, 25, (501.0, 105.0, 534.0, 149.0)),
        TvTrack("unknown_1", True, 5.5, 5.9, 10, (10.0, 20.0, 40.0, 60.0)),
    ]


def test_the_person_seen_most_gets_the_most_photos() -> None:
    photos = {"one": [Path("1")], "three": [Path("1"), Path("2"), Path("3")], "two": [Path("1"), Path("2")]}
    cast = cast_photos(Counter({"lead": 9, "guest": 2}), photos, np.random.default_rng(0))
    assert (len(cast["lead"]), len(cast["guest"])) == (3, 2)
    with pytest.raises(ValueError, match="photos of 4 people or more, but got 3"):
        cast_photos(Counter("abcd"), photos, np.random.default_rng(0))


def test_a_track_has_the_box_of_the_real_track() -> None:
    seen = TvTrack("anna", False, 0.0, 1.0, 25, (1.0, 2.0, 31.0, 42.0))
    assert [(box.frame, box.bbox) for box in placed(make_track(1, (0, 25)), seen).boxes] == [
        (0, seen.box),
        (25, seen.box),
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param([0, 0, 1], [5, 5, 2], True, id="other-names"),
        pytest.param([0, 0, 1], [0, 1, 1], False, id="one-moved"),
        pytest.param([0, 0, 1], [0, 0, 0], False, id="merged"),
        pytest.param([0, 0, 0], [0, 0, 1], False, id="split"),
    ],
)
def test_same_partition(one: list[int], other: list[int], same: bool) -> None:
    assert same_partition(np.array(one), np.array(other)) is same


@pytest.mark.parametrize(
    ("joined", "full_new", "share"),
    [
        pytest.param([0, 1], [7, 8], 1.0, id="both-agree-with-the-full-run"),
        pytest.param([1, 1], [7, 8], 0.5, id="one-elsewhere"),
        pytest.param([2, 3], [9, 7], 0.5, id="separate-agrees-only-if-separate-in-the-full-run"),
    ],
)
def test_agreement(joined: list[int], full_new: list[int], share: float) -> None:
    old, full_old = np.array([0, 0, 0, 1, 1]), np.array([7, 7, 8, 8, 8])
    assert agreement(np.array(joined), old, np.array(full_new), full_old) == share


def test_noise_gets_clusters_of_its_own() -> None:
    assert alone_where_noise(np.array([-1, 0, -1, 0])).tolist() == [1, 0, 2, 0]


@pytest.mark.parametrize("kind", KINDS_OF_TRACKS)
def test_synthetic_tracks(kind: str) -> None:
    tracks = make_tracks(300, kind)  # type: ignore[arg-type]
    np.testing.assert_allclose(np.linalg.norm(tracks.vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(tracks.vectors, make_tracks(300, kind).vectors)  # type: ignore[arg-type]
    pairs = strangers(tracks.people, 50)
    assert len(pairs) > 30
    assert (tracks.people[pairs[:, 0]] != tracks.people[pairs[:, 1]]).all()


def test_both_linkages_find_the_people() -> None:
    ours, theirs = cluster(Task(400, "separate")), cluster(Task(400, "separate", ours=False))
    assert same_partition(ours.labels, theirs.labels)
    assert same_partition(ours.labels, make_tracks(400, "separate").people)
    assert join(20, 300, "separate").agreement == 1.0


@pytest.mark.parametrize("rival", RIVALS, ids=lambda rival: rival.name)
def test_rivals_tell_two_people_apart(rival: object) -> None:
    rng = np.random.default_rng(3)
    rows = np.repeat(np.eye(2, 16), 20, axis=0) + rng.normal(scale=0.02, size=(40, 16))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    value = {"HDBSCAN": 5, "FINCH": 99}.get(rival.name, 0.5)  # type: ignore[attr-defined]
    labels = rival.cluster(vectors, value)  # type: ignore[attr-defined]
    assert not set(labels[:20]) & set(labels[20:])


def test_an_episode_survives_the_cache(tmp_path: Path) -> None:
    track = make_track(1, (0, 9))
    faces = EmbeddedFaces([make_face(1, track, 0, 0)], unit(1, 0)[None])
    episode = TvEpisode("show_s01e01", [track], ["anna"], np.array([False]), faces)
    embedded._write_episode(tmp_path / "00", episode)
    loaded = embedded._read_episode(tmp_path / "00")
    assert (loaded.name, loaded.tracks, loaded.truth, loaded.faces.rows) == (
        "show_s01e01",
        [track],
        ["anna"],
        faces.rows,
    )
    np.testing.assert_array_equal(loaded.faces.vectors, faces.vectors)
    assert loaded.background.tolist() == [False]


def test_record_updates_parts_and_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "results" / "identities.json"
    record(path, {"photos": [1], "cost": [2]})
    record(path, {"cost": [3]})
    content = json.loads(path.read_text())
    assert (content["photos"]["result"], content["cost"]["result"]) == ([1], [3])
    assert set(content["cost"]) == {"result", "versions", "machine"}
