"""Who is in which shot, counted by hand."""

import numpy as np
import pytest

from screenalytics_assets.contract.evaluation_records import ShotEvaluation
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.truth_file import ShotTruth, TruthShot
from screenalytics_assets.identity_evaluation.shot_metrics import assign, evaluate_shots
from tests.tiny_episode import EP_ID, FPS, make_identity, make_track

SHOTS = ((0, 9), (10, 39), (40, 59))


def evaluated(people: list[list[str]], tracks: list[tuple[int, int, int]]) -> ShotEvaluation:
    """Evaluate `people` of the three shots against `tracks`: identity (0: unusable), first and last frame."""
    truth = ShotTruth(
        ep_id=EP_ID,
        fps=FPS,
        shots=tuple(
            TruthShot(first_frame=first, last_frame=last, people=tuple(names))
            for (first, last), names in zip(SHOTS, people, strict=True)
        ),
    )
    rows = [make_track(number, (first, last)) for number, (_, first, last) in enumerate(tracks, 1)]
    members: dict[int, list[int]] = {}
    for number, (identity, _, _) in enumerate(tracks, 1):
        if identity:
            members.setdefault(identity, []).append(number)
    identities = tuple(make_identity(number, tracks, 1.0) for number, tracks in sorted(members.items()))
    return evaluate_shots(rows, Identities.model_construct(identities=identities), truth, FPS)


def test_each_person_gets_the_identity_with_the_most_shared_seconds() -> None:
    # A greedy choice takes column 0 for row 0, and 4 + 1 is less than 3 + 3.
    assert assign(np.array([[4, 3], [3, 1]])) == {0: 1, 1: 0}
    assert assign(np.array([[0, 2], [0, 1]])) == {0: 1}
    assert assign(np.zeros((0, 3), np.int64)) == {}


def test_all_pairs_right() -> None:
    found = evaluated([["ann"], ["ann", "bob"], ["bob"]], [(1, 0, 9), (1, 10, 30), (2, 12, 39), (2, 40, 59)])
    assert found.assignment == {"identity-00001": "ann", "identity-00002": "bob"}
    assert (found.shots, found.people_true, found.people_found) == (3, 2, 2)
    assert found.all_people.by_shot is not None
    assert found.all_people.by_shot.f == 1.0
    assert found.all_people == found.without_background


def test_a_second_identity_is_wrong_and_a_missed_shot_is_missed() -> None:
    # ann's second identity is seen in shot 1 (wrong); bob is not found in shot 2; pairs: 2 right, 1 wrong, 3 true.
    found = evaluated([["ann"], ["bob"], ["bob"]], [(1, 0, 9), (2, 2, 8), (3, 10, 39), (0, 40, 59)])
    assert found.people_found == 2
    pairs = found.without_background.by_shot
    assert pairs is not None
    assert (pairs.precision, pairs.recall) == pytest.approx((2 / 3, 2 / 3), abs=1e-6)
    seconds = found.without_background.by_second
    assert seconds is not None
    # Shots last 2, 6 and 4 s: right 2 + 6, wrong 2, true 2 + 6 + 4.
    assert (seconds.precision, seconds.recall) == pytest.approx((8 / 10, 8 / 12), abs=1e-6)


def test_identities_without_a_person_are_background_only_in_shots_with_background() -> None:
    # Identities 2 and 3 are seen in shot 1, where the truth has background, and 3 in shot 2, where it has none.
    people = [["ann"], ["ann", "background"], ["ann"]]
    found = evaluated(people, [(1, 0, 59), (2, 10, 20), (3, 21, 39), (3, 40, 50)])
    assert found.people_true == 1
    with_, without = found.all_people.by_shot, found.without_background.by_shot
    assert with_ is not None
    assert without is not None
    assert (without.precision, without.recall) == (0.75, 1.0)
    assert (with_.precision, with_.recall) == (0.8, 1.0)
    missed = evaluated(people, [(1, 0, 59)]).all_people.by_shot
    assert missed is not None
    assert (missed.precision, missed.recall) == (1.0, 0.75)


@pytest.mark.parametrize(
    ("people", "tracks"),
    [
        pytest.param([["ann"], [], []], [], id="no-tracks"),
        pytest.param([["ann"], [], []], [(0, 0, 9)], id="no-identities"),
        pytest.param([[], [], []], [(1, 0, 9)], id="no-person-named"),
        pytest.param([["background"], [], []], [(0, 0, 9)], id="background-alone"),
    ],
)
def test_without_pairs_there_is_a_reason(people: list[list[str]], tracks: list[tuple[int, int, int]]) -> None:
    figures = evaluated(people, tracks).without_background
    assert figures.by_shot is None
    assert figures.by_second is None
    assert "no identity is seen in a shot of the truth, or the truth names no person" in (figures.reason or "")
