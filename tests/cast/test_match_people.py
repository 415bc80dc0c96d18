"""Matching of identities with the cast."""

import pytest

from screenalytics_assets.cast.match_people import CastBounds, PersonMatch, Status, cast_bounds, match_people
from screenalytics_assets.cast.person_scores import Nearest
from screenalytics_resources.facebank.records import Candidate
from tests.tiny_episode import PACK

BOUNDS = CastBounds(sim=0.5, margin=0.125, review_sim=0.25)


def near(identity_id: str, complete: bool = True, **similarities: float) -> Nearest:
    """Return the hits of an identity from its similarity to people."""
    hits = tuple(Candidate(person, "prototype", similarity) for person, similarity in similarities.items())
    return Nearest(identity_id, hits, complete)


def match_one(nearest: Nearest) -> PersonMatch:
    (match,) = match_people([nearest], BOUNDS, together=(), owned={})
    return match


@pytest.mark.parametrize(
    ("nearest", "status", "person", "margin", "reason"),
    [
        pytest.param(
            near("a", ann=0.75, ben=0.25), "assigned", "ann", 0.5, "to ann is 0.750, with a lead of 0.500", id="clear"
        ),
        pytest.param(near("a", ann=0.5, ben=0.375), "assigned", "ann", 0.125, "is 0.500", id="exactly-at-both"),
        pytest.param(
            near("a", ann=0.5), "assigned", "ann", None, "is 0.500, with no second person to compare", id="cast-of-one"
        ),
        pytest.param(
            near("a", ann=0.4375, ben=0.0),
            "needs_review",
            None,
            0.4375,
            "The similarity to ann is 0.438, 0.062 below the required 0.5",
            id="below-the-threshold",
        ),
        pytest.param(
            near("a", ann=0.75, ben=0.6875),
            "needs_review",
            None,
            0.0625,
            "The lead of ann over ben is 0.062, below the required 0.125",
            id="lead-too-small",
        ),
        pytest.param(
            near("a", complete=False, ann=0.75),
            "needs_review",
            None,
            0.0,
            "The lead of ann over the next person is 0.000, below the required 0.125",
            id="second-person-not-known",
        ),
        pytest.param(
            near("a", ann=0.25), "needs_review", None, None, "0.250 below the required 0.5", id="just-worth-a-look"
        ),
        pytest.param(
            near("a", ann=0.125, ben=0.0),
            "unknown",
            None,
            0.125,
            "The closest person, ann, has similarity 0.125, below the 0.25 that half of all strangers reach",
            id="no-similar-person",
        ),
        pytest.param(near("a"), "unknown", None, None, "The cast has no reference faces", id="empty-cast"),
    ],
)
def test_one_identity(nearest: Nearest, status: Status, person: str | None, margin: float | None, reason: str) -> None:
    match = match_one(nearest)
    assert (match.identity_id, match.status, match.person_id, match.margin) == ("a", status, person, margin)
    assert reason in match.reason
    assert match.reason.endswith(".")
    best = max((hit.similarity for hit in nearest.hits), default=None)
    assert match.similarity == best


def test_candidates_are_the_best_five() -> None:
    match = match_one(near("a", f=0.0, ann=0.25, ben=0.375, cat=0.125, dan=0.0625, eve=0.4375))
    expected = (("eve", 0.4375), ("ben", 0.375), ("ann", 0.25), ("cat", 0.125), ("dan", 0.0625))
    assert match.candidates == expected


def named(matches: list[PersonMatch]) -> dict[str, str | None]:
    return {match.identity_id: match.person_id for match in matches}


@pytest.mark.parametrize(
    ("similarities", "together", "owned", "expected"),
    [
        pytest.param({"a": 0.75, "b": 0.875}, [], {}, {"a": "ann", "b": "ann"}, id="apart"),
        pytest.param(
            {"a": 0.75, "b": 0.875}, [("a", "b")], {}, {"a": None, "b": "ann"}, id="more-similar-one-gets-the-name"
        ),
        pytest.param({"a": 0.75, "b": 0.875}, [("b", "a")], {}, {"a": None, "b": "ann"}, id="either-way-round"),
        pytest.param({"b": 0.75, "a": 0.75}, [("a", "b")], {}, {"a": "ann", "b": None}, id="tie-by-id"),
        pytest.param(
            {"a": 0.875, "b": 0.75, "c": 0.625},
            [("a", "b"), ("b", "c")],
            {},
            {"a": "ann", "b": None, "c": "ann"},
            id="an-identity-to-review-blocks-no-other",
        ),
        pytest.param(
            {"a": 0.875}, [("a", "z")], {"z": "ann"}, {"a": None}, id="blocked-by-an-identity-named-by-people"
        ),
        pytest.param({"a": 0.875}, [("a", "z")], {"z": "ben"}, {"a": "ann"}, id="with-another-person"),
        pytest.param(
            {"a": 0.875, "b": 0.0}, [("a", "b")], {"b": "ann"}, {"a": None, "b": "ann"}, id="people-before-similarity"
        ),
        pytest.param(
            {"a": 0.875, "b": 0.75}, [("a", "b")], {"a": "ben", "b": "ben"}, {"a": "ben", "b": "ben"}, id="both-owned"
        ),
    ],
)
def test_identities_that_share_a_frame(
    similarities: dict[str, float], together: list[tuple[str, str]], owned: dict[str, str], expected: dict[str, str]
) -> None:
    nearest = [near(identity, ann=similarity) for identity, similarity in similarities.items()]
    assert named(match_people(nearest, BOUNDS, together, owned)) == expected


def test_reason_if_two_identities_share_a_frame() -> None:
    nearest = [near("a", ann=0.75, ben=0.25), near("b", ann=0.875), near("c", ann=0.75)]
    a, _, c = match_people(nearest, BOUNDS, [("a", "b"), ("c", "z")], {"z": "ann"})
    assert a.reason == "It shares a frame with b, which resembles ann more."
    assert c.reason == "It shares a frame with z, which a person named ann."
    assert (a.status, a.similarity, a.margin, a.candidates[0]) == ("needs_review", 0.75, 0.5, ("ann", 0.75))


def test_owned_identities_keep_their_person() -> None:
    (match,) = match_people([near("a", ann=0.75, ben=0.125)], BOUNDS, [], {"a": "ben"})
    assert (match.status, match.person_id, match.similarity) == ("assigned", "ben", 0.125)
    assert match.reason == "A person has named it."
    (absent,) = match_people([near("a", ann=0.75)], BOUNDS, [], {"a": "cat"})
    assert (absent.person_id, absent.similarity) == ("cat", None)


@pytest.mark.parametrize(
    ("nearest", "refused", "status", "person", "candidates"),
    [
        pytest.param(near("a", ann=0.75, ben=0.25), {"ben"}, "assigned", "ann", ["ann"], id="another-name"),
        pytest.param(near("a", ann=0.75, ben=0.5, cem=0.25), {"ann"}, "assigned", "ben", ["ben", "cem"], id="the-next"),
        pytest.param(near("a", ann=0.75, ben=0.5, cem=0.4375), {"ann"}, "needs_review", None, ["ben", "cem"],
                     id="the-next-is-not-clear"),
        pytest.param(near("a", ann=0.75, ben=0.4375), {"ann"}, "needs_review", None, ["ben"], id="next-not-near"),
        pytest.param(near("a", ann=0.75, ben=0.125), {"ann"}, "unknown", None, ["ben"], id="the-next-is-a-stranger"),
        pytest.param(near("a", ann=0.75), {"ann"}, "unknown", None, [], id="no-next"),
        pytest.param(near("a", False, ann=0.75), {"ann"}, "unknown", None, [], id="no-next-among-the-nearest"),
        pytest.param(near("a", ann=0.75, ben=0.25), set(), "assigned", "ann", ["ann", "ben"], id="nobody-refused"),
    ],
)  # fmt: skip
def test_a_refused_name_is_neither_given_nor_suggested(
    nearest: Nearest, refused: set[str], status: Status, person: str | None, candidates: list[str]
) -> None:
    (match,) = match_people([nearest], BOUNDS, (), {}, {"a": refused, "b": {"ben", "cem"}})
    assert (match.status, match.person_id, [name for name, _ in match.candidates]) == (status, person, candidates)
    if not candidates:
        assert match.reason == "A person refused every likely name."


@pytest.mark.parametrize("pair", [("a", "b"), ("b", "a")])
def test_identities_that_a_person_told_apart_never_get_the_same_name(pair: tuple[str, str]) -> None:
    nearest = [near("a", ann=0.75), near("b", ann=0.875)]
    matches = match_people(nearest, BOUNDS, (), {}, apart=[pair])
    assert named(matches) == {"a": None, "b": "ann"}
    assert matches[0].reason == "A person said that it is not b, which resembles ann more."
    by_hand = match_people(nearest, BOUNDS, (), {"a": "ann"}, apart=[pair])
    assert named(by_hand) == {"a": "ann", "b": None}
    assert by_hand[1].reason == "A person said that it is not a, which a person named ann."


def test_order_of_identities_does_not_matter() -> None:
    nearest = [near(name, ann=0.75) for name in "cab"]
    together = [("a", "b"), ("b", "c"), ("a", "c")]
    forwards = match_people(nearest, BOUNDS, together, {})
    backwards = match_people(nearest[::-1], BOUNDS, together[::-1], {})
    assert [match.identity_id for match in forwards] == ["c", "a", "b"]
    assert forwards == backwards[::-1]


def test_an_identity_that_occurs_twice() -> None:
    with pytest.raises(ValueError, match=r"Expected each identity once, but got \['a', 'a'\]"):
        match_people([near("a"), near("a")], BOUNDS, [], {})


def test_bounds_of_a_pack() -> None:
    thresholds = PACK.thresholds
    expected = CastBounds(thresholds.cast_sim, thresholds.cast_margin, thresholds.cast_review_sim)
    assert cast_bounds(thresholds) == expected
    assert thresholds.cast_review_sim < thresholds.cast_sim
