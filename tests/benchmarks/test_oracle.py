"""The oracle user on a tiny messy episode: what is counted, and that everything ends in its place."""

import numpy as np
import pytest

from benchmarks.moderation.episode import MessyEpisode, messy_labels, plan_scenes
from benchmarks.moderation.oracle import b_cubed_f, correct, immich_actions, lower_bound, main_person
from screenalytics_assets.calibration.non_faces import NON_FACE
from screenalytics_assets.clustering.constraints import no_pairs
from screenalytics_assets.contract.suggestion_records import MergeSuggestions, Question
from tests.merge_suggestions.small import compared
from tests.merge_suggestions.test_queue import question
from tests.moderation.scenes import last_run, named

LABELS = [0, 0, 0, 0, 1, 1, 2, 3, 3]
PEOPLE = ["ann", "ann", "ann", "bob", "ann", "ann", NON_FACE, "bob", "bob"]
"""Identity 1 has a track of Bob, identity 2 is Ann's too, identity 3 shows no face, and identity 4 is Bob's."""
MESSY = MessyEpisode(
    last_run([[1, 2, 3, 4], [5, 6], [7], [8, 9]]),
    compared(LABELS, [(1.0, 0.0)] * 9),
    dict.fromkeys(named(range(1, 10)), 20),
    dict(zip(named(range(1, 10)), PEOPLE, strict=True)),
)
MERGE = question("merge", 2, [5, 6], 1, (5, 1))
CUT = question("cut", 1, [4], 4, (4, 1))
WRONG_HOME = question("cut", 1, [4], 2, (4, 1))
WRONG_MERGE = question("merge", 4, [8, 9], 1, (8, 1))
THING = question("not_a_face", 3, [7])


def asking(*questions: Question) -> MergeSuggestions:
    return MergeSuggestions(
        ep_id="e", model_pack="plain", questions=questions, least_probability=0.3, left_out=0, apart=()
    )


@pytest.mark.parametrize(
    ("questions", "actions"),
    [
        pytest.param((), {"move by hand": 3, "dismiss by hand": 1, "name by digit": 3}, id="all by hand"),
        pytest.param(
            (MERGE, THING),
            {"merge: yes": 1, "not_a_face: yes": 1, "move by hand": 3, "name by digit": 2},
            id="two right questions",
        ),
        pytest.param((CUT,), {"cut: yes": 1, "dismiss by hand": 1, "name by digit": 3}, id="a right cut"),
        pytest.param(
            (WRONG_HOME,), {"named cut": 1, "dismiss by hand": 1, "name by digit": 3}, id="a cut with a wrong home"
        ),
        pytest.param(
            (WRONG_MERGE,),
            {"merge: no": 1, "move by hand": 3, "dismiss by hand": 1, "name by digit": 3},
            id="a wrong question",
        ),
    ],
)
def test_actions_of_the_oracle_user(questions: tuple[Question, ...], actions: dict[str, int]) -> None:
    session = correct(MESSY, asking(*questions))
    assert dict(session.actions) == actions
    assert b_cubed_f(session.episode, session.messy.truth) == 1.0


def test_bounds() -> None:
    """One merge, two names, one thing and one run; Immich: 3 + 2 x 3 + 24 + 24."""
    assert (lower_bound(MESSY), immich_actions(MESSY)) == (1 + 2 + 1 + 3, 57)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_messy_episode_has_fifty_identities_and_eighteen_wrong_tracks(seed: int) -> None:
    plan = plan_scenes([f"person {number}" for number in range(12)], np.random.default_rng(seed))
    people, scenes = [track.person for track in plan], np.array([track.scene for track in plan])
    labels = messy_labels(people, scenes, no_pairs(), np.random.default_rng(seed))
    assert len(np.unique(labels)) == 50
    names = {str(row): person for row, person in enumerate(people)}
    groups = [[str(row) for row in np.flatnonzero(labels == label)] for label in np.unique(labels)]
    wrong = [row for group in groups for row in group if names[row] != main_person(group, names)]
    assert len(wrong) == 18
