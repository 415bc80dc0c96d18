"""Accepted evaluations: what counts as worse, and what is stored."""

import json
from pathlib import Path
from typing import Any

import pytest

from screenalytics_assets.contract.evaluation_records import (
    Agreement,
    Clicks,
    IdentityEvaluation,
    PrecisionRecall,
    ShotFigures,
)
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, TRACKS
from screenalytics_assets.contract.truth_file import parse_truth
from screenalytics_assets.identity_evaluation.accepted import accept, load_accepted, measures, worsened
from screenalytics_assets.identity_evaluation.evaluate_identities import evaluate_identities
from screenalytics_assets.settings.stages import EvaluationSettings
from screenalytics_resources.errors import UserError
from tests.tiny_episode import BOX, EP_ID, FPS, NOW, write_tiny_episode

SETTINGS = EvaluationSettings()


@pytest.fixture(scope="module")
def evaluation(tmp_path_factory: pytest.TempPathFactory) -> IdentityEvaluation:
    store = write_tiny_episode(tmp_path_factory.mktemp("episode"))
    shots = [{"first_frame": 50, "last_frame": 99, "people": ["ann"]}]
    truth = parse_truth(json.dumps({"ep_id": EP_ID, "fps": FPS, "shots": shots}).encode(), EP_ID, "truth.json")
    return evaluate_identities(load_artifact(store, TRACKS, EP_ID), load_artifact(store, IDENTITIES, EP_ID), truth)


def with_figures(
    evaluation: IdentityEvaluation, f: float = 0.9, clicks: int = 7, people: int = 1
) -> IdentityEvaluation:
    """Return the evaluation with only these figures, by track and for all people."""
    assert evaluation.clustering is not None
    old = evaluation.clustering.all_people.by_track
    assert old is not None
    changed: Agreement = old.model_copy(
        update={
            "b_cubed": PrecisionRecall(precision=f, recall=f, f=f),
            "clicks": Clicks(merges=clicks, splits=0, moves=0, names=0, total=clicks),
            "people_found": people,
        }
    )
    figures = evaluation.clustering.all_people.model_copy(update={"by_track": changed, "by_second": None})
    no_figures = figures.model_copy(update={"by_track": None})
    groups = evaluation.clustering.model_copy(update={"all_people": figures, "without_background": no_figures})
    return evaluation.model_copy(update={"clustering": groups, "shots": None})


@pytest.mark.parametrize(
    ("f", "clicks", "people", "words"),
    [
        pytest.param(0.9, 7, 1, [], id="equal"),
        pytest.param(0.95, 0, 1, [], id="better"),
        pytest.param(0.89, 9, 1, [], id="worse-but-within-tolerance"),
        pytest.param(
            0.889, 7, 1, ["B-cubed F by track, all people went from 0.9 to 0.889, beyond the tolerance 0.01"], id="f"
        ),
        pytest.param(
            0.9, 10, 1, ["clicks by track, all people went from 7 to 10, beyond the tolerance 2"], id="clicks"
        ),
        pytest.param(
            0.9,
            7,
            0,
            ["people found over people true by track, all people went from 1 to 0, beyond the tolerance 0"],
            id="people",
        ),
    ],
)
def test_what_counts_as_worse(
    evaluation: IdentityEvaluation, f: float, clicks: int, people: int, words: list[str]
) -> None:
    now, then = with_figures(evaluation, f, clicks, people), with_figures(evaluation)
    assert worsened(now, then, SETTINGS) == words


def test_a_lost_figure_is_worse_and_a_new_one_is_not(evaluation: IdentityEvaluation) -> None:
    fewer = with_figures(evaluation)
    assert [s for s in worsened(fewer, evaluation, SETTINGS) if "by second, all people was" in s]
    assert worsened(evaluation, with_figures(evaluation, 0.0, 99), SETTINGS) == []


def test_figures_by_shot_are_compared_too(evaluation: IdentityEvaluation) -> None:
    assert evaluation.shots is not None
    worse = ShotFigures(by_shot=PrecisionRecall(precision=0, recall=0, f=0), by_second=None, reason=None)
    now = evaluation.model_copy(update={"shots": evaluation.shots.model_copy(update={"all_people": worse})})
    sentences = worsened(now, evaluation, SETTINGS)
    assert len(sentences) == 2
    assert sentences[0].startswith("who is in which shot, F by shot, all people went from 0.666667 to 0")
    assert sentences[1].startswith("who is in which shot, F by second, all people was 0.666667 and has no value now")


RUNS = [
    {"person": "ann", "boxes": [[0, *BOX], [30, *BOX]]},
    {"person": "bob", "boxes": [[94, 200, 20, 240, 70], [97, 200, 20, 240, 70]]},
    {"person": "lamp", "boxes": [[60, *BOX], [70, *BOX]]},
]


@pytest.fixture(scope="module")
def of_boxes(tmp_path_factory: pytest.TempPathFactory) -> IdentityEvaluation:
    store = write_tiny_episode(tmp_path_factory.mktemp("episode"))
    content = json.dumps({"ep_id": EP_ID, "boxes": RUNS, "not_faces": ["lamp"]}).encode()
    truth = parse_truth(content, EP_ID, "truth.json")
    return evaluate_identities(load_artifact(store, TRACKS, EP_ID), load_artifact(store, IDENTITIES, EP_ID), truth)


def with_coverage(evaluation: IdentityEvaluation, **changes: Any) -> IdentityEvaluation:
    assert evaluation.coverage is not None
    figures = evaluation.coverage.all_people.model_copy(update=changes)
    return evaluation.model_copy(
        update={"coverage": evaluation.coverage.model_copy(update={"all_people": figures, "not_face_tracks": 4})}
    )


def test_seconds_and_coverage_are_compared_too(of_boxes: IdentityEvaluation) -> None:
    then = with_coverage(of_boxes, people=4, people_never_caught=1, seconds=10.0, missed_seconds=1.0)
    assert worsened(then, then, SETTINGS) == []
    assert worsened(with_coverage(then, missed_seconds=1.1), then, SETTINGS) == []
    assert worsened(with_coverage(then, missed_seconds=1.2, people_never_caught=2), then, SETTINGS) == [
        "share of seconds that no track caught, all people went from 0.1 to 0.12, beyond the tolerance 0.01",
        "share of people never caught, all people went from 0.25 to 0.5, beyond the tolerance 0",
    ]
    assert then.coverage is not None
    more = then.model_copy(update={"coverage": then.coverage.model_copy(update={"not_face_tracks": 7})})
    assert worsened(more, then, SETTINGS) == ["tracks on no face went from 4 to 7, beyond the tolerance 2"]
    assert then.screen_time is not None
    lost = then.screen_time.all_people.model_copy(update={"by_second": None})
    later = then.model_copy(update={"screen_time": then.screen_time.model_copy(update={"all_people": lost})})
    (sentence,) = worsened(later, then, SETTINGS)
    assert sentence.startswith("who is on screen, F by second, all people was ")


def test_an_accepted_evaluation_of_an_earlier_release_is_read(
    evaluation: IdentityEvaluation, of_boxes: IdentityEvaluation, tmp_path: Path
) -> None:
    store = write_tiny_episode(tmp_path)
    accept(store, evaluation, "d" * 64, NOW)
    path = Path(str(store.manifest(EP_ID, "accepted_evaluation.json")))
    assert not {"screen_time", "coverage"} & json.loads(path.read_text())["evaluation"].keys()
    accepted = load_accepted(store, EP_ID)
    assert accepted is not None
    assert accepted.evaluation.coverage is None
    accept(store, of_boxes, "d" * 64, NOW)
    accepted = load_accepted(store, EP_ID)
    assert accepted is not None
    assert accepted.evaluation == of_boxes


def test_labels_of_no_face_alone_have_no_people_to_compare(of_boxes: IdentityEvaluation, tmp_path: Path) -> None:
    store = write_tiny_episode(tmp_path)
    run = {"person": "lamp", "boxes": [[0, *BOX], [90, *BOX]]}
    content = json.dumps({"ep_id": EP_ID, "boxes": [run], "not_faces": ["lamp"]}).encode()
    truth = parse_truth(content, EP_ID, "truth.json")
    found = evaluate_identities(load_artifact(store, TRACKS, EP_ID), load_artifact(store, IDENTITIES, EP_ID), truth)
    assert not [measure for measure in measures(found, SETTINGS) if "people" in measure.name.split(",")[0]]


def test_accepting_stores_the_evaluation(evaluation: IdentityEvaluation, tmp_path: Path) -> None:
    store = write_tiny_episode(tmp_path)
    assert load_accepted(store, EP_ID) is None
    accept(store, evaluation, "d" * 64, NOW)
    accepted = load_accepted(store, EP_ID)
    assert accepted is not None
    assert accepted.evaluation == evaluation
    assert (accepted.identities_digest, accepted.accepted_at) == ("d" * 64, NOW)


def test_without_a_truth_there_is_nothing_to_accept(evaluation: IdentityEvaluation, tmp_path: Path) -> None:
    store = write_tiny_episode(tmp_path)
    bare = IdentityEvaluation(ep_id=EP_ID, truth=None, clustering=None, shots=None)
    with pytest.raises(UserError, match="has no truth file, so there is nothing to accept"):
        accept(store, bare, "d" * 64, NOW)
    assert load_accepted(store, EP_ID) is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("", "at its start: ", id="empty"),
        pytest.param("{}", "at evaluation: Field required.: accept an evaluation again", id="fields-missing"),
        pytest.param('{"colour": 1}', "at evaluation: Field required.: update Screenalytics, or", id="newer-release"),
    ],
)
def test_a_damaged_accepted_evaluation_is_named(tmp_path: Path, content: str, words: str) -> None:
    store = write_tiny_episode(tmp_path)
    Path(str(store.manifest(EP_ID, "accepted_evaluation.json"))).write_text(content)
    with pytest.raises(UserError, match=f"manifests/{EP_ID}/accepted_evaluation.json cannot be used .{words}"):
        load_accepted(store, EP_ID)
