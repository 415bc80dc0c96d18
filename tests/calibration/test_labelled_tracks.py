"""Labelled tracks of episodes in the data root."""

from pathlib import Path

import numpy as np
import pytest

from screenalytics_assets.calibration.labelled_tracks import LabelledTrack, load_episodes, read_labels, track_half
from screenalytics_resources.errors import UserError
from tests.labelled_people import people_apart, write_episode

HEADER = "ep_id,track_id,person\n"
EP = "demo-s01e01"


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "labels.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_rows_in_order_with_commas_in_names(tmp_path: Path) -> None:
    path = write(tmp_path, "\ufeff" + HEADER + f'{EP},track-00002,"Cooper, Amy"\n{EP},track-00001,Leonard\n')
    assert read_labels(path) == [
        LabelledTrack(EP, "track-00002", "Cooper, Amy"),
        LabelledTrack(EP, "track-00001", "Leonard"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", r"labels\.csv begins with '': its first line must be ep_id", id="empty"),
        pytest.param("track,person\n", "begins with 'track,person': its first line must be", id="other-header"),
        pytest.param(HEADER + f"{EP},track-00001\n", f"has '{EP},track-00001' in row 2", id="too-few-fields"),
        pytest.param(HEADER + f"{EP},track-00001,\n", "in row 2: enter an episode, a track and a person", id="no-name"),
        pytest.param(
            HEADER + f"{EP},track-00001,a\n{EP},track-00001,b\n", "names track-00001 of .* again in row 3", id="twice"
        ),
        pytest.param(b"\xff\xfe\x00", r"labels\.csv cannot be read as CSV", id="not-utf-8"),
    ],
)
def test_bad_files(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_labels(write(tmp_path, content))


def test_load_episodes_keeps_labelled_tracks_with_an_embedding(tmp_path: Path) -> None:
    people = people_apart(people=2, samples=2, within=0.5)
    store = write_episode(tmp_path, EP, people)
    labels = [LabelledTrack(EP, f"track-{number:05d}", who) for number, who in ((4, "b"), (1, "a"), (5, "b"))]
    (episode,) = load_episodes(store, labels, "opencv_zoo")
    assert (episode.ep_id, list(episode.people)) == (EP, ["b", "a"])
    np.testing.assert_array_equal(episode.vectors, people.vectors[[3, 0]])
    assert episode.norms.tolist() == [12.0, 12.0]
    assert episode.sightings.dressed.tolist() == [True, True]
    assert episode.sightings.first_ts.tolist() == [3.0, 0.0]
    assert episode.sightings.affinity(np.array([0])).tolist() == [[1.0, 0.0]]  # two people in two colours


@pytest.mark.parametrize(
    ("label", "pack", "message"),
    [
        pytest.param((EP, "track-00099"), "opencv_zoo", "has no track 'track-00099' .1 of its 1 labelled", id="track"),
        pytest.param(
            (EP, "track-00001"), "buffalo_sc", "with model pack 'opencv_zoo', not with 'buffalo_sc'", id="pack"
        ),
        pytest.param(("demo-s09e09", "track-00001"), "opencv_zoo", "demo-s09e09/.* does not exist", id="episode"),
        pytest.param(("../secret", "track-00001"), "opencv_zoo", r"\.\./secret", id="no-episode-id"),
    ],
)
def test_labels_that_match_no_artifact(tmp_path: Path, label: tuple[str, str], pack: str, message: str) -> None:
    store = write_episode(tmp_path, EP, people_apart(people=2, samples=2, within=0.5))
    with pytest.raises(UserError, match=message):
        load_episodes(store, [LabelledTrack(*label, "a")], pack)


def test_a_half_holds_its_people_from_every_episode(tmp_path: Path) -> None:
    people = people_apart(people=3, samples=2, within=0.5)
    episodes = ("demo-s01e01", "demo-s01e02", "demo-s01e03")
    for ep_id in episodes:
        store = write_episode(tmp_path, ep_id, people)
    names = "aabbcc"
    labels = [LabelledTrack(ep, f"track-{k + 1:05d}", name) for ep in episodes[:2] for k, name in enumerate(names)]
    labels += [LabelledTrack(episodes[2], "track-00003", "b")]
    half = track_half(load_episodes(store, labels, "opencv_zoo"), {"a": 0, "c": 1})
    assert [problem.name for problem in half.problems] == list(episodes[:2])
    assert [problem.people.tolist() for problem in half.problems] == [[0, 0, 1, 1]] * 2
    assert half.samples.people.tolist() == [0, 0, 1, 1] * 2
    assert (half.people, half.tracks) == (2, 8)
    for problem in half.problems:
        assert problem.sightings is not None
        assert problem.sightings.first_ts.tolist() == [0.0, 1.0, 4.0, 5.0]
