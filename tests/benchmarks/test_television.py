"""The television benchmark, on small data with known answers."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.identities.rivals import RIVALS, Rival
from benchmarks.identities.tv_tracks import TvTrack
from benchmarks.television import main
from benchmarks.television.clips import sources_of
from benchmarks.television.comparison import EpisodeResult, Line, Runs, compare
from benchmarks.television.figures import Figures, b_cubed_f, figures, shot_f
from benchmarks.television.folds import Fold, folds, tuned_value
from benchmarks.television.labelled_episode import LabelledEpisode, jittered, pooled
from benchmarks.television.loop import Faces, evaluate
from benchmarks.television.matching import people_of_faces, read_boxes
from benchmarks.television.methods import ours, rival
from benchmarks.television.plan import plan_episode, scenes
from benchmarks.television.report import methods_table
from screenalytics_assets.calibration.non_faces import NON_FACE
from screenalytics_assets.contract.truth_boxes import BoxTruth, TruthRun
from screenalytics_assets.contract.truth_file import ShotTruth, TruthShot
from screenalytics_assets.identities.cluster_episode import sightings_of
from tests.tiny_episode import make_face, make_track, unit

BOXES_CSV = """frame,x1,y1,x2,y2,person,run
10,0,0,20,20,A,a1
20,20,0,40,20,A,a1
10,100,0,120,20,bg1,z1
"""
DIM = 128


def episode(people: str, faces_per_track: int = 4, shots: ShotTruth | None = None) -> LabelledEpisode:
    """Make one track per letter, one after another. Each letter is a direction; z is background, ? is not known."""
    tracks = [
        make_track(
            number, (100 * number, 100 * number + 50), crop_frames=range(100 * number, 100 * number + faces_per_track)
        )
        for number in range(1, len(people) + 1)
    ]
    rng = np.random.default_rng(5)
    rows, vectors = [], []
    for letter, track in zip(people, tracks, strict=True):
        for crop in range(faces_per_track):
            rows.append(make_face(len(rows) + 1, track, crop, len(rows)))
            towards = np.eye(DIM)[sorted(set(people)).index(letter)] + rng.normal(scale=0.03, size=DIM)
            vectors.append(unit(*towards))
    known = {track.track_id: letter for track, letter in zip(tracks, people, strict=True) if letter != "?"}
    return LabelledEpisode(
        name=f"clip-{people}",
        pack="opencv_zoo",
        fps=25.0,
        tracks=tracks,
        faces=rows,
        vectors=np.stack(vectors),
        people=known,
        background=frozenset("z"),
        shots=shots,
        sources=frozenset({people}),
        sightings=sightings_of(tracks, None),
    )


# Labelled boxes


@pytest.mark.parametrize(
    ("frame", "box", "person"),
    [
        pytest.param(15, (10, 0, 30, 20), "A", id="between"),
        pytest.param(15, (0, 0, 20, 20), "A", id="a-third-overlaps"),
        pytest.param(15, (60, 0, 80, 20), None, id="elsewhere"),
        pytest.param(26, (20, 0, 40, 20), "A", id="slack-after-the-end"),
        pytest.param(27, (20, 0, 40, 20), None, id="beyond-the-slack"),
        pytest.param(10, (100, 0, 120, 20), "bg1", id="background"),
    ],
)
def test_people_of_faces(tmp_path: Path, frame: int, box: tuple[float, ...], person: str | None) -> None:
    (tmp_path / "boxes.csv").write_text(BOXES_CSV)
    assert people_of_faces(read_boxes(tmp_path / "boxes.csv"), [frame], [box]) == [person]


def test_a_clip_without_faces_has_no_labelled_box(tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_text(BOXES_CSV.splitlines(keepends=True)[0])
    truth = read_boxes(tmp_path / "boxes.csv")
    assert (truth.boxes, people_of_faces(truth, [3], [(0, 0, 9, 9)])) == ((), [None])


def test_background_of_labelled_boxes(tmp_path: Path) -> None:
    (tmp_path / "boxes.csv").write_text(BOXES_CSV)
    truth = read_boxes(tmp_path / "boxes.csv")
    assert (truth.cast, truth.outside_cast) == (["A"], {"bg1"})


# Jitter


def test_a_jittered_run_drops_three_of_ten_faces() -> None:
    whole = episode("aabb", faces_per_track=5)
    run = jittered(whole, seed=3)
    assert sum(row.num_faces for row in run.embeddings.rows) == 14
    assert jittered(whole, 3).embeddings.rows == run.embeddings.rows
    assert jittered(whole, 4).embeddings.rows != run.embeddings.rows


def test_a_track_that_loses_all_faces_has_no_embedding_and_no_cluster() -> None:
    whole = episode("aabbcc", faces_per_track=1)
    run = jittered(whole, seed=0)
    labels = ours(run)
    assert (~run.embedded).sum() == 2
    assert (labels[~run.embedded] == -1).all()
    assert len(labels) == len(whole.tracks)


# Figures


@pytest.mark.parametrize(
    ("people", "labels", "f", "found", "clicks"),
    [
        pytest.param("aabb", [0, 0, 1, 1], 1.0, (2, 2), 0, id="right"),
        pytest.param("aabb", [0, 0, 0, 0], 2 / 3, (1, 2), 2, id="all-in-one"),
        pytest.param("aabb", [0, 0, 1, -1], 6 / 7, (2, 2), 1, id="one-unassigned"),
        pytest.param("aazz", [0, 0, 0, 1], 1.0, (1, 1), 0, id="background-does-not-count"),
        pytest.param("aa?", [0, 0, 0], 1.0, (1, 1), 0, id="unknown-does-not-count"),
    ],
)
def test_figures(people: str, labels: list[int], f: float, found: tuple[int, int], clicks: int) -> None:
    result = figures(episode(people), np.array(labels))
    assert result.b_cubed_f == pytest.approx(f, abs=1e-6)
    assert b_cubed_f(episode(people), np.array(labels)) == pytest.approx(f, abs=1e-6)
    assert (result.people_found, result.people_true, result.clicks_beyond_names) == (*found, clicks)


def test_without_people_there_are_no_figures() -> None:
    result = figures(episode("zz"), np.array([0, 1]))
    assert (result.b_cubed_f, result.clicks, result.people_true, result.clusters) == (None, None, 0, 2)


def test_who_is_in_which_shot() -> None:
    shots = ShotTruth(
        ep_id="x",
        fps=25.0,
        shots=(
            TruthShot(first_frame=90, last_frame=190, people=("a",)),
            TruthShot(first_frame=191, last_frame=290, people=("b",)),
            TruthShot(first_frame=291, last_frame=390, people=("a",)),
        ),
    )
    labelled = episode("aba", shots=shots)
    assert shot_f(labelled, np.array([0, 1, 0])) == 1.0
    # No person is assigned to the cluster of the third shot.
    assert shot_f(labelled, np.array([0, 1, 2])) == pytest.approx(2 / 3, abs=1e-6)
    assert shot_f(labelled, np.array([-1, -1, -1])) is None


# Methods


@pytest.mark.parametrize("method", RIVALS, ids=lambda method: method.name)
@pytest.mark.parametrize("people", ["a", "ab", "aab", "aabb"])
def test_every_rival_labels_every_number_of_tracks(method: Rival, people: str) -> None:
    run = pooled(episode(people))
    for value in method.values:
        assert len(rival(method, run, value)) == len(people)


def test_the_product_tells_the_people_apart() -> None:
    assert figures(episode("ababab"), ours(pooled(episode("ababab")))).b_cubed_f == 1.0


def test_a_comparison_has_two_lines_per_rival() -> None:
    runs = [Runs.of(episode(people), seeds=(0, 1)) for people in ("aabb", "abc", "zz")]
    lines = compare(runs, list(folds([run.episode.sources for run in runs], [True, True, False])), RIVALS[:1])
    assert [line.method for line in lines] == [
        "ours",
        "average linkage, tuned on other episodes",
        "average linkage, best here",
    ]
    assert lines[0].mean_f == 1.0
    for line in lines:
        assert len(line.results) == 3
        assert len(line.results[0].jittered) == 2


# Cross-validation


def test_nothing_is_tuned_on_the_reported_material() -> None:
    names = ["bubble02", "bubble08", "titanic", "devmix"]
    sources = [sources_of(name, names) for name in names]
    assert sources[0] == sources[1] == {"bubble"}
    found = list(folds(sources, [True, True, True, False]))
    assert found == [Fold((2,), 0), Fold((2,), 1), Fold((0, 1), 2), Fold((), 3)]


@pytest.mark.parametrize(
    ("tuned", "value"),
    [
        pytest.param((0,), 0.2, id="best-of-one"),
        pytest.param((0, 1), 0.3, id="best-mean"),
        pytest.param((2,), 0.2, id="middle-of-equals"),
        pytest.param((), None, id="nothing-to-tune-on"),
    ],
)
def test_tuned_value(tuned: tuple[int, ...], value: float | None) -> None:
    scores = [[0.5, 0.9, 0.8], [0.5, 0.1, 0.8], [0.7, 0.7, 0.7]]
    assert tuned_value((0.1, 0.2, 0.3), scores, Fold(tuned, 9)) == value


# The loop that a user would write


def test_the_loop_is_compared_by_face_and_by_shot() -> None:
    person = {"A": unit(1, 0), "B": unit(0, 1)}
    shown = ["A", "A", "B", "B"]
    faces = Faces(
        frames=np.array([10, 15, 30, 35]),
        boxes=np.array([[0, 0, 20, 20]] * 4, np.float32),
        vectors=np.stack([person[name] for name in shown]),
    )
    runs = (
        TruthRun(person="A", boxes=((8, 0, 0, 20, 20), (17, 0, 0, 20, 20))),
        TruthRun(person="B", boxes=((28, 0, 0, 20, 20), (37, 0, 0, 20, 20))),
    )
    boxes = BoxTruth(ep_id="x", boxes=runs)
    shots = (
        TruthShot(first_frame=0, last_frame=19, people=("A",)),
        TruthShot(first_frame=20, last_frame=40, people=("B",)),
    )
    result = evaluate("x", faces, boxes, ShotTruth(ep_id="x", fps=25.0, shots=shots), threshold=0.4)
    assert (result.faces, result.clusters, result.b_cubed_f_by_second, result.shot_f) == (4, 2, 1.0, 1.0)


def test_the_loop_may_find_no_face() -> None:
    none = Faces(np.empty(0, np.int64), np.empty((0, 4), np.float32), np.empty((0, 2), np.float32))
    shots = (TruthShot(first_frame=0, last_frame=9, people=()),)
    boxes = BoxTruth(ep_id="x", boxes=(TruthRun(person="A", boxes=((8, 0, 0, 20, 20),)),))
    result = evaluate("x", none, boxes, ShotTruth(ep_id="x", fps=25.0, shots=shots), threshold=0.4)
    assert (result.faces, result.clusters, result.b_cubed_f_by_second, result.shot_f) == (0, 0, None, None)


# The plan of the simulated episodes


def tv_track(person: str, start_s: float, end_s: float, background: bool = False) -> TvTrack:
    return TvTrack(person, background, start_s, end_s, 25, (0.0, 0.0, 50.0, 60.0))


def test_a_pause_begins_a_scene() -> None:
    tracks = [tv_track("a", 0, 4), tv_track("b", 3, 5), tv_track("a", 9, 12), tv_track("a", 130, 131)]
    assert scenes(tracks) == [0, 0, 1, 2]


def test_a_seventh_of_the_planned_tracks_show_no_face() -> None:
    table = [tv_track("a", index, index + 2) for index in range(85)] + [tv_track("u", 90, 91, background=True)]
    plan = plan_episode("show_s01e01", table, 500.0, np.random.default_rng(1))
    assert sum(track.person == NON_FACE for track in plan) == 15
    assert [track.frames for track in plan] == sorted(track.frames for track in plan)
    assert {track.person for track in plan if track.background} == {NON_FACE, "show_s01e01 u"}


# Results


def line(name: str, *scores: tuple[float, float]) -> Line:
    made = [Figures(4, 0, 2, 2, 2, scores[0][0], 1.0, None, 2, 0) for _ in scores]
    return Line(name, [EpisodeResult("x", "0.4", f, list(s)) for f, s in zip(made, scores, strict=True)])


def test_the_spread_is_that_of_the_mean_over_episodes() -> None:
    steady = line("ours", (0.8, 0.6), (0.6, 0.8))
    assert (steady.jittered_mean, steady.jittered_spread) == (pytest.approx(0.7), pytest.approx(0.0))
    assert steady.only([0]).jittered_spread == pytest.approx(0.1)
    assert methods_table("title", [steady]).row_count == 1


def test_results_are_recorded_with_their_environment(tmp_path: Path) -> None:
    path = tmp_path / "results" / "television.json"
    main.record(path, {"opencv_zoo": {"clips": {"methods": [line("ours", (0.8, 0.6)).record]}}}, 12.34)
    content = json.loads(path.read_text())
    assert content["packs"]["opencv_zoo"]["clips"]["methods"][0]["jittered_mean"] == 0.7
    assert content["cpu_seconds"] == 12.3
    assert {"versions", "machine"} <= content.keys()
