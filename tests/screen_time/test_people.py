"""Who identities are: people's words before the machine's."""

from dataclasses import replace

import pytest

from screenalytics_assets.contract.cast_records import CastAssignment, CastAssignments
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_assets.screen_time.people import Person, people_of
from tests.screen_time.small import moderated, screen_time_of, spanning
from tests.tiny_episode import EP_ID, PACK

ONE = "identity-00001"


def cast_of(**changes: object) -> CastAssignments:
    """Return assignments in which the machine named the first identity Ann, with changes of that row."""
    row = CastAssignment(
        identity_id=ONE,
        status="assigned",
        person_id="ann",
        name="Ann",
        assigned_by="machine",
        similarity=0.6,
        margin=None,
        candidates=(),
        reason="similar",
    )
    return CastAssignments(
        ep_id=EP_ID,
        show="tiny",
        cast_size=1,
        model_pack=PACK.name,
        cast_sim=0.4,
        cast_margin=0.1,
        cast_review_sim=0.3,
        assigned=1,
        needs_review=0,
        unknown=0,
        lost_names=(),
        assignments=(row.model_copy(update=changes),),
    )


CASES = {
    "no cast": ({}, None, {}, None),
    "named by the machine": ({}, cast_of(), {}, Person("ann", "Ann", "machine")),
    "the name of today": ({}, cast_of(), {"ann": "Anna"}, Person("ann", "Anna", "machine")),
    "to be reviewed": ({}, cast_of(status="needs_review", person_id=None, name=None), {}, None),
    "refused by a person": ({"not_people": frozenset({"ann"})}, cast_of(), {}, None),
    "named by a person": ({"person_id": "ben"}, cast_of(), {"ben": "Ben"}, Person("ben", "Ben", "person")),
    "named after someone outside of the cast": ({"person_id": "ben"}, None, {}, Person("ben", None, "person")),
    "a name by a person that was taken back": ({}, cast_of(assigned_by="person"), {}, None),
}


@pytest.mark.parametrize("name", CASES)
def test_people_of(name: str) -> None:
    said, cast, names, expected = CASES[name]
    identity = ModeratedIdentity(ONE, ("track-00001",), **said)  # type: ignore[arg-type]
    episode = replace(moderated({}), identities=(identity,))
    assert people_of(episode, cast, names).get(ONE) == expected


def test_a_lane_has_the_name_of_its_person() -> None:
    content = screen_time_of([spanning(1, 0, 1), spanning(2, 0, 2)], {1: [1], 2: [2]}, {1: "Ann"})
    assert [(lane.title, lane.person_id, lane.named_by) for lane in content.lanes] == [
        ("identity-00002", None, None),
        ("Ann", "ann", "machine"),
    ]
