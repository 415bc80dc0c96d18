"""Stored questions after decisions: which are still open, and about what."""

from collections.abc import Callable

import pytest

from screenalytics_assets.contract.suggestion_records import MergeSuggestions, NearFaces, Question, QuestionKind
from screenalytics_assets.merge_suggestions.queue import queue
from screenalytics_assets.moderation.overlay import overlay
from screenalytics_assets.moderation.replay import replay
from tests.moderation.scenes import Log, last_run, named, row_of_faces, selected, whole
from tests.tiny_episode import EP_ID

RUN = last_run([[1, 2, 3], [4, 5], [6, 7], [8]])
"""Identities 1 to 4. Track 9 is in none."""


def question(
    kind: QuestionKind,
    identity: int | None,
    tracks: list[int],
    other: int | None = None,
    near: tuple[int, int] | None = None,
    probability: float = 0.8,
    saved: float = 3.0,
    person: str | None = None,
) -> Question:
    faces = () if near is None else (near,)
    return Question(
        kind=kind,
        identity_id=None if identity is None else f"identity-{identity:05d}",
        track_ids=named(tracks),
        other_identity_id=None if other is None else f"identity-{other:05d}",
        person_id=person,
        probability=probability,
        actions_saved=saved,
        face_similarity=0.5,
        clothing=None,
        shared_frames=0,
        nearest=tuple(
            NearFaces(track_id=named([a])[0], frame=0, other_track_id=named([b])[0], other_frame=0, similarity=0.5)
            for a, b in faces
        ),
        seconds_on_screen=1.0,
        evidence="",
    )


TWO_ONE = question("merge", 2, [4, 5], 1, (4, 1))
THREE_ONE = question("merge", 3, [6, 7], 1, (6, 2), probability=0.9)
THREE_TWO = question("merge", 3, [6, 7], 2, (7, 5), probability=0.6)
FOUR_ONE = question("home", 4, [8], 1, (8, 3), saved=2.0)
FREE_TWO = question("home", None, [9], 2, (9, 4), saved=2.0)
ANN = question("name", 3, [6, 7], person="ann", saved=2.0)
CUT = question("cut", 1, [3], 2, (3, 1))
NAME_OF_FOUR = question("name", 4, [8], person="ann", probability=0.5, saved=2.0)
THING = question("not_a_face", 4, [8], saved=2.0)

Say = Callable[[Log], object]


def after(say: Say, *questions: Question, apart: tuple[tuple[int, int], ...] = ()) -> list[tuple[str, str, str]]:
    """Return the open questions as kind, identity or track, and other identity or person."""
    log = Log(row_of_faces(9))
    say(log)
    moderation = replay(log.decisions, log.scene)
    pairs = tuple((named([a])[0], named([b])[0]) for a, b in apart)
    suggestions = MergeSuggestions(
        ep_id=EP_ID, model_pack="plain", questions=questions, least_probability=0.3, left_out=0, apart=pairs
    )
    episode = overlay(RUN, log.decisions, log.scene, moderation)
    found = queue(episode, suggestions, moderation)
    return [(q.kind, q.identity_id or q.track_ids[0], q.other_identity_id or q.person_id or "") for q in found]


def nothing(log: Log) -> None:
    """No decisions."""


def same(one: int, tracks: list[int], other: int, others: list[int]) -> Say:
    return lambda log: log.say("same", whole(one, tracks), whole(other, others, "other"))


def differ(one: int, tracks: list[int], other: int, others: list[int]) -> Say:
    return lambda log: log.say("differ", whole(one, tracks), whole(other, others, "other"))


def moved(log: Log) -> None:
    """Track 3 leaves identity 1 and joins identity 2."""
    log.gesture(
        log.new("differ", selected([3]), whole(1, [1, 2], "other")),
        log.new("same", whole(2, [4, 5]), selected([3], "other")),
    )


I1, I2, I3, I4 = (f"identity-{number:05d}" for number in range(1, 5))


@pytest.mark.parametrize(
    ("say", "asked", "expected"),
    [
        pytest.param(nothing, [FOUR_ONE, TWO_ONE], [("merge", I2, I1), ("home", I4, I1)], id="the best comes first"),
        pytest.param(same(1, [1, 2, 3], 2, [4, 5]), [TWO_ONE], [], id="a yes answers"),
        pytest.param(differ(1, [1, 2, 3], 2, [4, 5]), [TWO_ONE], [], id="a no answers"),
        pytest.param(
            same(2, [4, 5], 3, [6, 7]),
            [TWO_ONE, THREE_ONE],
            [("merge", I2, I1)],
            id="two questions become one, with the new id",
        ),
        pytest.param(
            lambda log: (same(2, [4, 5], 3, [6, 7])(log), differ(1, [1, 2, 3], 2, [4, 5, 6, 7])(log)),
            [TWO_ONE, THREE_ONE],
            [],
            id="a no holds for what joined",
        ),
        pytest.param(
            lambda log: (differ(1, [1, 2, 3], 2, [4, 5])(log), same(2, [4, 5], 3, [6, 7])(log)),
            [THREE_ONE],
            [],
            id="a no holds for successors",
        ),
        pytest.param(
            lambda log: log.undo(log.say("differ", whole(1, [1, 2, 3]), whole(2, [4, 5], "other"))),
            [TWO_ONE],
            [("merge", I2, I1)],
            id="an undone no is asked again",
        ),
        pytest.param(
            lambda log: (
                log.say("is_person", whole(1, [1, 2, 3]), person_id="ann"),
                log.say("is_person", whole(2, [4, 5]), person_id="bob"),
            ),
            [TWO_ONE],
            [],
            id="two names",
        ),
        pytest.param(
            lambda log: (
                log.say("is_person", whole(1, [1, 2, 3]), person_id="ann"),
                log.say("not_person", whole(2, [4, 5]), person_id="ann"),
            ),
            [TWO_ONE],
            [],
            id="a refused name of the other side",
        ),
        pytest.param(
            lambda log: log.say("dismiss", selected([8]), reason="deleted"), [FOUR_ONE, THING], [], id="dismissed"
        ),
        pytest.param(moved, [question("merge", 1, [1, 2, 3], 2, (3, 4))], [], id="the faces are together now"),
        pytest.param(
            lambda log: log.say("same", whole(2, [4, 5]), selected([9], "other")),
            [FREE_TWO],
            [],
            id="a free track joined",
        ),
        pytest.param(nothing, [FREE_TWO], [("home", "track-00009", I2)], id="a free track"),
        pytest.param(nothing, [ANN], [("name", I3, "ann")], id="a name"),
        pytest.param(
            lambda log: log.say("not_person", whole(3, [6, 7]), person_id="ann"), [ANN], [], id="a refused name"
        ),
        pytest.param(lambda log: log.say("is_person", whole(3, [6, 7]), person_id="bob"), [ANN], [], id="another name"),
        pytest.param(
            lambda log: (
                log.say("is_person", whole(1, [1, 2, 3]), person_id="ann"),
                log.say("differ", whole(1, [1, 2, 3]), whole(3, [6, 7], "other")),
            ),
            [ANN],
            [],
            id="a name of someone else",
        ),
        pytest.param(same(2, [4, 5], 3, [6, 7]), [ANN], [("name", I2, "ann")], id="a name follows its successor"),
        pytest.param(nothing, [CUT], [("cut", I1, I2)], id="a cut"),
        pytest.param(moved, [CUT], [], id="a cut that was made"),
        pytest.param(
            lambda log: log.say("same", whole(1, [1, 2]), selected([3], "other")), [CUT], [], id="a refused cut"
        ),
        pytest.param(
            lambda log: log.say("differ", selected([3]), whole(2, [4, 5], "other")),
            [CUT],
            [("cut", I1, "")],
            id="a cut whose home was refused",
        ),
        pytest.param(
            same(1, [1, 2], 2, [4, 5]), [CUT], [("cut", I1, "")], id="a cut whose home is the identity itself"
        ),
        pytest.param(lambda log: log.say("lock", whole(1, [1, 2, 3])), [CUT], [], id="a cut of a locked identity"),
        pytest.param(nothing, [THING], [("not_a_face", I4, "")], id="a thing"),
        pytest.param(lambda log: log.say("reviewed", whole(4, [8])), [THING], [], id="a face after all"),
        pytest.param(
            lambda log: log.say("reviewed", whole(4, [8])),
            [FOUR_ONE, NAME_OF_FOUR],
            [("home", I4, I1), ("name", I4, "ann")],
            id="a face after all is still asked about",
        ),
        pytest.param(
            lambda log: log.say("reviewed", whole(1, [1, 2, 3])),
            [THREE_ONE, TWO_ONE, CUT],
            [("merge", I3, I1), ("cut", I1, I2), ("merge", I2, I1)],
            id="a reviewed identity is still asked about",
        ),
        pytest.param(
            lambda log: log.say("reviewed", selected([6])),
            [question("not_a_face", 3, [6, 7], saved=2.0)],
            [("not_a_face", I3, "")],
            id="only some of its tracks were reviewed",
        ),
        pytest.param(same(1, [1, 2, 3], 4, [8]), [THING], [], id="a thing that joined a person"),
    ],
)
def test_open_questions(say: Say, asked: list[Question], expected: list[tuple[str, str, str]]) -> None:
    assert after(say, *asked) == expected


@pytest.mark.parametrize(
    ("say", "expected"),
    [
        pytest.param(nothing, [("merge", I2, I1)], id="not before"),
        pytest.param(same(1, [1, 2, 3], 3, [6, 7]), [], id="after one of them has joined"),
    ],
)
def test_people_who_share_a_frame_are_not_asked_about(say: Say, expected: list[tuple[str, str, str]]) -> None:
    assert after(say, TWO_ONE, apart=((6, 4),)) == expected


def test_what_is_likely_someone_else_is_discounted() -> None:
    """3 is likely 1, and 1 is not 2: so 3 is hardly 2, and 0.6 becomes 0.6 x 0.1, below what is asked."""
    told_apart = differ(1, [1, 2, 3], 2, [4, 5])
    assert after(nothing, THREE_ONE, THREE_TWO) == [("merge", I3, I1), ("merge", I3, I2)]
    assert after(told_apart, THREE_ONE, THREE_TWO) == [("merge", I3, I1)]
