"""The complete evaluation, on the tiny episode with several truth files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from screenalytics_assets.contract.evaluation_records import IdentityEvaluation
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, TRACKS, IdentitiesDocument, Tracks
from screenalytics_assets.contract.truth_file import parse_truth
from screenalytics_assets.identity_evaluation.evaluate_identities import agreement, evaluate_identities
from screenalytics_assets.identity_evaluation.figure_table import FIGURE_COLUMNS, figure_rows
from screenalytics_assets.identity_evaluation.track_truth import TrackLabels
from screenalytics_resources.errors import UserError
from tests.tiny_episode import EP_ID, FPS, write_tiny_episode


@pytest.fixture(scope="module")
def episode(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tracks, IdentitiesDocument]:
    """Tracks 1 and 3 in one identity, 2 and 4 in the other, 5 unusable."""
    store = write_tiny_episode(tmp_path_factory.mktemp("episode"))
    return load_artifact(store, TRACKS, EP_ID), load_artifact(store, IDENTITIES, EP_ID)


def evaluated(episode: tuple[Tracks, IdentitiesDocument], **truth: Any) -> IdentityEvaluation:
    content = json.dumps({"ep_id": EP_ID} | truth).encode()
    return evaluate_identities(*episode, parse_truth(content, EP_ID, "truth.json"))


def people(*names: str) -> dict[str, str]:
    return {f"track-{number:05d}": name for number, name in enumerate(names, 1) if name}


def test_a_truth_of_tracks(episode: tuple[Tracks, IdentitiesDocument]) -> None:
    found = evaluated(episode, tracks=people("ann", "bob", "ann", "extra", "ann"), background=["extra"])
    assert found.truth is not None
    assert (found.truth.kind, found.truth.tracks, found.truth.tracks_without_truth) == ("tracks", 5, 0)
    assert found.clustering is not None
    assert found.shots is None
    everyone = found.clustering.all_people
    assert (everyone.tracks, everyone.unusable_tracks, everyone.identities, everyone.people_true) == (5, 1, 2, 3)
    assert everyone.unusable_seconds == pytest.approx(11 / FPS)
    assert everyone.by_track is not None
    # Precision over the four tracks in identities: 1, 1, 1/2, 1/2. Recall over all five: ann 2/3, 2/3, 1/3, rest 1.
    assert everyone.by_track.b_cubed.precision == 0.75
    assert everyone.by_track.b_cubed.recall == pytest.approx((5 / 3 + 2) / 5, abs=1e-6)
    assert everyone.by_track.b_cubed_in_identities.recall == 1.0
    assert everyone.by_track.people_found == 2
    # The extra is split off, ann's unusable track is moved; ann and bob are named.
    assert everyone.by_track.clicks.model_dump() == {"merges": 0, "splits": 1, "moves": 1, "names": 2, "total": 4}
    cast = found.clustering.without_background
    assert (cast.tracks, cast.people_true) == (4, 2)
    assert cast.by_track is not None
    assert cast.by_track.b_cubed.precision == 1.0


def test_a_truth_of_shots(episode: tuple[Tracks, IdentitiesDocument]) -> None:
    shots = [
        {"first_frame": 0, "last_frame": 49, "people": ["ann", "bob"]},
        {"first_frame": 50, "last_frame": 99, "people": ["ann"]},
    ]
    found = evaluated(episode, fps=FPS, shots=shots)
    assert found.truth is not None
    assert found.truth.tracks_without_truth == 2
    assert found.truth.seconds_without_truth == pytest.approx((31 + 36) / FPS)
    assert found.clustering is not None
    figures = found.clustering.all_people
    assert (figures.tracks, figures.people_true, figures.identities) == (3, 1, 2)
    assert figures.by_second is not None
    assert figures.by_second.clicks.merges == 1
    assert found.shots is not None
    assert found.shots.people_found == 2


def test_by_second_long_tracks_count_more() -> None:
    labels = TrackLabels(np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([1.0, 1.0, 8.0]), np.zeros(3, np.bool_))
    by_track, by_second = agreement(labels, np.ones(3)), agreement(labels, labels.seconds)
    assert by_track.purity == pytest.approx(2 / 3, abs=1e-6)
    assert by_second.purity == pytest.approx(0.9)
    assert by_second.b_cubed.precision == pytest.approx(0.9)
    assert by_second.b_cubed.recall == pytest.approx((1 + 1 / 9 + 8 * 8 / 9) / 10, abs=1e-6)


def test_one_person_alone(episode: tuple[Tracks, IdentitiesDocument]) -> None:
    found = evaluated(episode, tracks=people("ann", "ann", "ann", "ann"))
    assert found.clustering is not None
    figures = found.clustering.all_people.by_track
    assert figures is not None
    assert (figures.b_cubed.precision, figures.b_cubed.recall, figures.nmi) == (1.0, 0.5, 0.0)
    assert figures.clicks.merges == 1


@pytest.mark.parametrize(
    ("truth", "reason"),
    [
        pytest.param(
            {"fps": FPS, "shots": [{"first_frame": 0, "last_frame": 99, "people": ["ann", "bob"]}]},
            "no track has a certain truth",
            id="nothing-certain",
        ),
        pytest.param(
            {"tracks": {"track-00005": "ann"}}, "no track with a certain truth is in an identity", id="only-unusable"
        ),
    ],
)
def test_missing_figures_have_a_reason(
    episode: tuple[Tracks, IdentitiesDocument], truth: dict[str, Any], reason: str
) -> None:
    found = evaluated(episode, **truth)
    assert found.clustering is not None
    figures = found.clustering.all_people
    assert (figures.by_track, figures.by_second, figures.reason) == (None, None, reason)


def test_background_alone_leaves_nothing_without_it(episode: tuple[Tracks, IdentitiesDocument]) -> None:
    found = evaluated(episode, tracks=people("x", "y"), background=["x", "y"])
    assert found.clustering is not None
    assert found.clustering.all_people.by_track is not None
    assert found.clustering.without_background.reason == "no track has a certain truth"


def test_an_episode_without_tracks(episode: tuple[Tracks, IdentitiesDocument]) -> None:
    tracks = replace(episode[0], rows=[])
    content = episode[1].content.model_copy(update={"identities": (), "unusable_tracks": ()})
    origin = episode[1].provenance.model_copy(update={"inputs": {"tracks": tracks.digest}})
    document = IdentitiesDocument(EP_ID, content, origin)
    found = evaluated((tracks, document), fps=FPS, shots=[{"first_frame": 0, "last_frame": 9, "people": ["ann"]}])
    assert found.clustering is not None
    assert found.clustering.all_people.reason == "no track has a certain truth"
    assert found.shots is not None
    assert found.shots.all_people.by_shot is None


def test_no_truth_gives_no_figures(episode: tuple[Tracks, IdentitiesDocument]) -> None:
    found = evaluate_identities(*episode, None)
    assert (found.truth, found.clustering, found.shots) == (None, None, None)
    assert figure_rows(found) == []


def test_identities_of_other_tracks_are_refused(episode: tuple[Tracks, IdentitiesDocument]) -> None:
    other = replace(episode[0], rows=episode[0].rows[:-1])
    with pytest.raises(UserError, match="were built from tracks that have changed since"):
        evaluate_identities(other, episode[1], None)


def test_every_figure_is_in_the_table(episode: tuple[Tracks, IdentitiesDocument]) -> None:
    shots = [{"first_frame": 50, "last_frame": 99, "people": ["ann"]}]
    rows = figure_rows(evaluated(episode, fps=FPS, shots=shots))
    assert [row["figure"] for row in rows] == [
        "B-cubed",
        "B-cubed in identities",
        "pairwise",
        "purity",
        "NMI",
        "people found",
        "clicks",
        "who is in which shot",
    ]
    assert all(tuple(row) == FIGURE_COLUMNS for row in rows)
    unusable = figure_rows(evaluated(episode, tracks={"track-00005": "ann"}))
    assert unusable == []


def test_the_order_of_tracks_does_not_matter(episode: tuple[Tracks, IdentitiesDocument], tmp_path: Path) -> None:
    tracks = replace(episode[0], rows=list(reversed(episode[0].rows)))
    origin = episode[1].provenance.model_copy(update={"inputs": {"tracks": tracks.digest}})
    names = people("ann", "bob", "ann", "ann", "bob")
    turned = evaluated((tracks, replace(episode[1], provenance=origin)), tracks=names)
    assert turned == evaluated(episode, tracks=names)
