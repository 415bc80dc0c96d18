"""Owners of clusters, on a real database."""

from collections.abc import Mapping

import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.cast_store import CastStore
from screenalytics_resources.facebank.records import Owner
from tests.owner_rows import write_owner

ONE, TWO, THREE = (f"identity-{n:05d}" for n in (1, 2, 3))


@pytest.fixture
def ep_id(cast: CastStore, show: str) -> str:
    for person_id in ("ada", "bob", "carl"):
        cast.add_person(show, person_id, person_id)
    return f"{show}-s01e01"


def _current_owners(cast: CastStore, show: str) -> dict[str, tuple[str, str]]:
    return {owner.identity_id: (owner.person_id, owner.assigned_by) for owner in cast.owners(show)}


@pytest.mark.parametrize(
    ("before", "machine", "after", "result"),
    [
        pytest.param({ONE: ("ada", "machine")}, {ONE: "ada"}, {ONE: ("ada", "machine")}, {"unchanged": (ONE,)},
                     id="no change"),
        pytest.param({ONE: ("ada", "machine")}, {}, {}, {"removed": (ONE,)}, id="vanished"),
        pytest.param({ONE: ("ada", "machine"), TWO: ("bob", "machine")}, {ONE: "ada", THREE: "carl"},
                     {ONE: ("ada", "machine"), THREE: ("carl", "machine")},
                     {"unchanged": (ONE,), "removed": (TWO,), "assigned": (THREE,)}, id="replaced"),
        pytest.param({ONE: ("ada", "machine")}, {ONE: "bob"}, {ONE: ("bob", "machine")}, {"assigned": (ONE,)},
                     id="the machine changes its mind"),
        pytest.param({ONE: ("ada", "person")}, {}, {ONE: ("ada", "person")}, {}, id="a word of an earlier release"),
        pytest.param({ONE: ("ada", "person")}, {ONE: "bob", TWO: "bob"},
                     {ONE: ("ada", "person"), TWO: ("bob", "machine")}, {"assigned": (TWO,)},
                     id="the machine does not override it"),
    ],
)  # fmt: skip
def test_sync_episode(
    cast: CastStore,
    show: str,
    ep_id: str,
    before: Mapping[str, tuple[str, str]],
    machine: Mapping[str, str],
    after: Mapping[str, tuple[str, str]],
    result: Mapping[str, object],
) -> None:
    elsewhere = f"{show}-s01e02"
    write_owner(cast, show, elsewhere, ONE, "carl", "machine")
    for identity_id, (person_id, by) in before.items():
        write_owner(cast, show, ep_id, identity_id, person_id, by)  # type: ignore[arg-type]
    owners = [Owner(show, ep_id, identity_id, person_id, "machine") for identity_id, person_id in machine.items()]
    got = cast.sync_episode(show, ep_id, {ONE, TWO, THREE}, owners)
    now = {owner.identity_id: (owner.person_id, owner.assigned_by) for owner in cast.owners(show, ep_id)}
    assert now == after
    empty: dict[str, object] = dict.fromkeys(("removed", "assigned", "unchanged"), ())
    assert vars(got) == empty | result
    assert len(cast.owners(show, elsewhere)) == 1
    revision = cast.people_document(show)["revision"]
    again = cast.sync_episode(show, ep_id, {ONE, TWO, THREE}, owners)
    assert not (again.removed or again.assigned)
    assert cast.people_document(show)["revision"] == revision


@pytest.mark.parametrize(
    ("owner", "error", "words"),
    [
        pytest.param(
            {"assigned_by": "person"},
            ValueError,
            "Expected machine owners for the current identities",
            id="assigned by a person",
        ),
        pytest.param(
            {"identity_id": TWO}, ValueError, "Expected machine owners for the current identities", id="not present"
        ),
        pytest.param(
            {"ep_id": "other-s01e01"},
            ValueError,
            "Expected machine owners for the current identities",
            id="another episode",
        ),
        pytest.param(
            {"person_id": "dora"}, UserError, "was changed while it was matched: run again", id="unknown person"
        ),
    ],
)
def test_a_refused_sync_changes_nothing(
    cast: CastStore, show: str, ep_id: str, owner: dict[str, str], error: type[Exception], words: str
) -> None:
    write_owner(cast, show, ep_id, ONE, "ada", "machine")
    values = {"show": show, "ep_id": ep_id, "identity_id": ONE, "person_id": "bob", "assigned_by": "machine"} | owner
    with pytest.raises(error, match=words):
        cast.sync_episode(show, ep_id, {ONE}, [Owner(**values)])  # type: ignore[arg-type]
    assert _current_owners(cast, show) == {ONE: ("ada", "machine")}
