"""Questions about small episodes with known answers."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from screenalytics_assets.contract.cast_records import CastAssignments
from screenalytics_assets.contract.suggestion_records import Question
from screenalytics_assets.merge_suggestions.actions_saved import answered_by
from screenalytics_assets.merge_suggestions.compared_episode import ComparedEpisode
from screenalytics_assets.merge_suggestions.probability import (
    cut_probabilities,
    no_face_probabilities,
    probabilities,
)
from screenalytics_assets.merge_suggestions.suggest import suggest
from screenalytics_assets.moderation.state import Moderation
from screenalytics_assets.settings.stages import SuggestionSettings
from tests.merge_suggestions.small import MIN_SCORE, assignment, assignments, compared
from tests.moderation.scenes import named

A, LIKE_A, B, C = (1.0, 0.0, 0.0), (1.0, 0.6, 0.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)
TWO_OF_A = compared([0, 0, 1, 1], [A, A, LIKE_A, LIKE_A])
SINGLE_OF_A = compared([0, 0, 1], [A, A, LIKE_A])
FREE_OF_A = compared([0, 0, -1], [A, A, LIKE_A])
NO_CAST = assignments()
MIXED = compared([0] * 8 + [1, 1], [A] * 5 + [B] * 3 + [B] * 2)


def asked(
    episode: ComparedEpisode,
    cast: CastAssignments = NO_CAST,
    moderation: Moderation = Moderation(),  # noqa: B008 - frozen
    **settings: float,
) -> list[tuple[str, str | None, tuple[str, ...], str | None]]:
    found = suggest(episode, cast, MIN_SCORE, SuggestionSettings.model_validate(settings), moderation)
    return [(q.kind, q.identity_id, q.track_ids, q.other_identity_id or q.person_id) for q in found.questions]


@pytest.mark.parametrize(
    ("episode", "expected"),
    [
        pytest.param(
            TWO_OF_A, [("merge", "identity-00001", named([1, 2]), "identity-00002")], id="two identities of one person"
        ),
        pytest.param(
            SINGLE_OF_A, [("home", "identity-00002", named([3]), "identity-00001")], id="a single track is to move"
        ),
        pytest.param(FREE_OF_A, [("home", None, named([3]), "identity-00001")], id="a track in no identity"),
        pytest.param(
            compared([0, 1], [A, LIKE_A]),
            [("merge", "identity-00001", named([1]), "identity-00002")],
            id="two single tracks",
        ),
        pytest.param(compared([0, 0, 1, 1], [A, A, B, B]), [], id="strangers"),
        pytest.param(compared([0, 0, 1, 1], [A, A, LIKE_A, LIKE_A], sharing=[(1, 2)]), [], id="sharing a frame"),
        pytest.param(compared([0, 0, -1], [A, A, LIKE_A], sharing=[(1, 2)]), [], id="a free track that shares a frame"),
        pytest.param(
            compared([0, 0, 1], [A, A, B], scores=[0.9, 0.9, 0.5], norms=[20, 20, 4]),
            [("not_a_face", "identity-00002", named([3]), None)],
            id="a thing",
        ),
        pytest.param(
            MIXED, [("cut", "identity-00001", named([6, 7, 8]), "identity-00002")], id="three tracks of another person"
        ),
        pytest.param(
            compared([0] * 8, [A] * 5 + [B] * 3),
            [("cut", "identity-00001", named([6, 7, 8]), None)],
            id="three tracks of a person without another identity",
        ),
        pytest.param(compared([0] * 8, [A] * 8), [], id="an identity of one person"),
        pytest.param(compared([-1, -1], [A, A]), [], id="no identities"),
    ],
)
def test_what_is_asked(
    episode: ComparedEpisode, expected: list[tuple[str, str | None, tuple[str, ...], str | None]]
) -> None:
    assert asked(episode) == expected


@pytest.mark.parametrize(
    ("episode", "moderation"),
    [
        pytest.param(TWO_OF_A, Moderation(apart=((named([1])[0], named([4])[0]),)), id="two identities"),
        pytest.param(SINGLE_OF_A, Moderation(apart=((named([3])[0], named([2])[0]),)), id="a single track"),
        pytest.param(FREE_OF_A, Moderation(apart=((named([2])[0], named([3])[0]),)), id="a track in no identity"),
        pytest.param(MIXED, Moderation(groups=(named([1, 7]),)), id="a part that belongs to the rest"),
        pytest.param(MIXED, Moderation(locks=(named(range(1, 9)),)), id="a part of a locked identity"),
    ],
)
def test_a_no_is_not_asked_again(episode: ComparedEpisode, moderation: Moderation) -> None:
    assert asked(episode) != []
    assert asked(episode, moderation=moderation) == []


def test_a_no_holds_if_a_track_without_an_embedding_stands_for_its_group() -> None:
    first, second = TWO_OF_A.identities
    grown = second.model_copy(update={"track_ids": (*second.track_ids, "track-00099")})
    episode = replace(TWO_OF_A, identities=[first, grown])
    assert asked(episode) != []
    assert asked(episode, moderation=Moderation(apart=((named([1])[0], "track-00099"),))) == []


STRANGERS = compared([0, 0, 1, 1], [A, A, B, B])
REFUSED = Moderation(not_names={named([2])[0]: frozenset({"ann"})})


@pytest.mark.parametrize(
    ("episode", "rows", "moderation", "people"),
    [
        pytest.param(STRANGERS, [("needs_review", None)], Moderation(), ["ann"], id="the best candidate"),
        pytest.param(STRANGERS, [("needs_review", None)], REFUSED, ["bob"], id="the next if a person refused the best"),
        pytest.param(STRANGERS, [("unknown", None)], Moderation(), [], id="unknown"),
        pytest.param(STRANGERS, [("assigned", "ann")], Moderation(), [], id="named already"),
        pytest.param(
            compared([0, 0, 1, 1], [A, A, B, B], sharing=[(0, 2)]),
            [("needs_review", None), ("assigned", "ann")],
            Moderation(),
            ["bob"],
            id="the best shares a frame",
        ),
    ],
)
def test_names(
    episode: ComparedEpisode, rows: Sequence[tuple[str, str | None]], moderation: Moderation, people: list[str]
) -> None:
    cast = assignments(
        *(assignment(number, status, person, ann=0.55, bob=0.5) for number, (status, person) in enumerate(rows, 1))
    )
    assert [person for kind, _, _, person in asked(episode, cast, moderation) if kind == "name"] == people


def three_of_a() -> ComparedEpisode:
    return compared([0, 0, 1, 1, 2, 2], [A, A, LIKE_A, LIKE_A, (1.0, 0.5, 0.1), (1.0, 0.5, 0.1)])


def test_questions_are_ordered_by_value_and_cut_off() -> None:
    found = suggest(three_of_a(), NO_CAST, MIN_SCORE, SuggestionSettings.model_validate({"suggestions_max": 2}))
    assert [question.actions_saved for question in found.questions] == [4.0, 4.0]
    assert found.questions[0].value >= found.questions[1].value
    assert found.left_out == 1


def test_evidence_in_numbers_and_words() -> None:
    question: Question = suggest(TWO_OF_A, NO_CAST, MIN_SCORE, SuggestionSettings.model_validate({})).questions[0]
    assert question.face_similarity == pytest.approx(1 / np.sqrt(1.36), abs=1e-4)
    assert question.evidence == "faces 0.86, no shared frame; 2 tracks of 20.4 s, 2 tracks of 20.4 s"
    assert [(near.track_id, near.other_track_id) for near in question.nearest] == [
        ("track-00001", "track-00003"),
        ("track-00002", "track-00004"),
    ]
    assert (question.nearest[0].frame, question.nearest[0].other_frame) == (100, 300)


def test_pairs_of_tracks_that_share_a_frame() -> None:
    """One per pair of identities; not those of one identity, and not those of a track in none."""
    episode = compared([0, 0, 1, 1, -1], [A, A, B, B, C], sharing=[(0, 1), (0, 2), (1, 3), (1, 4)])
    found = suggest(episode, NO_CAST, MIN_SCORE, SuggestionSettings.model_validate({}))
    assert found.apart == (("track-00001", "track-00003"),)


@pytest.mark.parametrize(
    ("odds", "probability"),
    [(0.0, 0.5), (-np.inf, 0.0), (np.inf, 1.0), (np.log(3.0), 0.75)],
    ids=["even", "ruled out", "certain", "three to one"],
)
def test_probabilities(odds: float, probability: float) -> None:
    assert probabilities(np.array([odds]))[0] == pytest.approx(probability)


def test_a_part_is_more_likely_someone_else_the_less_it_fits_and_the_larger_it_is() -> None:
    own, other, tracks = (np.array(values, np.float64) for values in ([5, -5, -5, -5], [-9, -9, 5, 5], [1, 1, 1, 3]))
    assert (np.diff(cut_probabilities(own, other, tracks)) > 0).all()


def test_a_low_score_and_a_weak_face_speak_against_a_face() -> None:
    scores, norms = np.array([0.9, 0.7, 0.7]), np.array([20.0, 20.0, 5.0])
    assert (np.diff(no_face_probabilities(scores, norms, MIN_SCORE, 10.0)) > 0).all()


def test_a_yes_answers_questions_with_a_common_third() -> None:
    asked_pairs = np.array([[0, 1, 1, 0], [1, 0, 1, 1], [1, 1, 0, 0], [0, 1, 0, 0]], np.bool_)
    answered = answered_by(asked_pairs)
    assert (answered[0, 1], answered[0, 2], answered[1, 3]) == (1, 1, 0)
