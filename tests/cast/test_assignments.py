"""Matches as the document `cast_assignments.json` and as owners for the database."""

from collections.abc import Mapping
from typing import Any

import pytest

from screenalytics_assets.cast.assignments import (
    NO_CAST,
    cast_assignments_of,
    machine_owners,
)
from screenalytics_assets.cast.lookup import CastMatches
from screenalytics_assets.cast.match_people import PersonMatch
from screenalytics_assets.contract.cast_records import CastAssignments, LostName
from screenalytics_resources.facebank.records import Owner
from tests.tiny_episode import EP_ID, PACK, make_identity

IDENTITIES = [make_identity(number, [number], 1.0) for number in (1, 2, 3, 4)]
NAMES = {"ann": "Ann Example", "ben": "Ben Example"}
NAMED = PersonMatch(
    "identity-00001", "assigned", "ann", 0.712345678, 0.41, (("ann", 0.712345678), ("ben", 0.3)), "Near."
)
BY_PERSON = PersonMatch("identity-00002", "assigned", "ben", 0.1, None, (("ann", 0.4), ("ben", 0.1)), "A person has.")
REVIEW = PersonMatch("identity-00003", "needs_review", None, 0.5, 0.2, (("ben", 0.5), ("ann", 0.3)), "Too little.")
UNKNOWN = PersonMatch("identity-00004", "unknown", None, None, None, (), "The cast has no reference faces.")
MATCHES = CastMatches([NAMED, BY_PERSON, REVIEW, UNKNOWN], NAMES, {"identity-00002": "ben"})


def test_the_document() -> None:
    document = cast_assignments_of(EP_ID, IDENTITIES, MATCHES, PACK)
    assert (document.ep_id, document.show, document.model_pack, document.cast_size) == (EP_ID, "tiny", PACK.name, 2)
    assert (document.assigned, document.needs_review, document.unknown) == (2, 1, 1)
    bounds = PACK.thresholds
    assert (document.cast_sim, document.cast_margin) == (bounds.cast_sim, bounds.cast_margin)
    assert document.cast_review_sim == bounds.cast_review_sim
    assert document.lost_names == ()
    assert [row.identity_id for row in document.assignments] == [identity.identity_id for identity in IDENTITIES]
    assert document.assignments[0].model_dump() == {
        "identity_id": "identity-00001",
        "status": "assigned",
        "person_id": "ann",
        "name": "Ann Example",
        "assigned_by": "machine",
        "similarity": 0.7123,
        "margin": 0.41,
        "candidates": (
            {"person_id": "ann", "name": "Ann Example", "similarity": 0.7123},
            {"person_id": "ben", "name": "Ben Example", "similarity": 0.3},
        ),
        "reason": "Near.",
    }
    assert CastAssignments.model_validate_json(document.model_dump_json()) == document


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(1, {"name": "Ben Example", "assigned_by": "person", "margin": None}, id="named-by-a-person"),
        pytest.param(2, {"person_id": None, "name": None, "assigned_by": None, "similarity": 0.5}, id="to-review"),
        pytest.param(3, {"status": "unknown", "similarity": None, "candidates": ()}, id="unknown"),
    ],
)
def test_rows(row: int, expected: Mapping[str, Any]) -> None:
    assignment = cast_assignments_of(EP_ID, IDENTITIES, MATCHES, PACK).assignments[row].model_dump()
    assert {key: assignment[key] for key in expected} == expected


def test_without_a_cast_every_identity_is_unknown() -> None:
    document = cast_assignments_of(EP_ID, IDENTITIES, None, PACK)
    assert (document.cast_size, document.assigned, document.needs_review, document.unknown) == (0, 0, 0, 4)
    assert {(row.status, row.person_id, row.reason) for row in document.assignments} == {("unknown", None, NO_CAST)}
    assert cast_assignments_of(EP_ID, [], None, PACK).assignments == ()


def test_lost_names() -> None:
    lost = [LostName(identity_id="identity-00009", person_id="ann")]
    assert cast_assignments_of(EP_ID, IDENTITIES, MATCHES, PACK, lost).lost_names == tuple(lost)


def test_the_machine_owns_only_what_it_named_itself() -> None:
    (owner,) = machine_owners(EP_ID, MATCHES, PACK)
    assert owner == Owner("tiny", EP_ID, "identity-00001", "ann", "machine", 0.712345678, 0.3, PACK.name)


def test_a_cast_of_one_has_no_runner_up() -> None:
    alone = PersonMatch("identity-00001", "assigned", "ann", 0.7, None, (("ann", 0.7),), "Near.")
    (owner,) = machine_owners(EP_ID, CastMatches([alone], {"ann": "Ann"}, {}), PACK)
    assert owner.runner_up is None
