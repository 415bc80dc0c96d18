"""Owners of clusters, on a real database."""

from collections.abc import Mapping

import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.cast_store import CastStore
from screenalytics_resources.facebank.records import Owner

ONE, TWO, THREE = (f"identity-{n:05d}" for n in (1, 2, 3))


@pytest.fixture
def ep_id(cast: CastStore, show: str) -> str:
    for person_id in ("ada", "bob", "carl"):
        cast.add_person(show, person_id, person_id)
    return f"{show}-s01e01"


def _current_owners(cast: CastStore, show: str) -> dict[str, tuple[str, str]]:
    return {owner.identity_id: (owner.person_id, owner.assigned_by) for owner in cast.owners(show)}


@pytest.mark.parametrize(
    ("first", "second", "changed", "owner"),
    [
        pytest.param(("ada", "machine"), ("ada", "machine"), False, ("ada", "machine"), id="machine repeats"),
        pytest.param(("ada", "machine"), ("bob", "machine"), True, ("bob", "machine"), id="machine moves"),
        pytest.param(("ada", "machine"), ("bob", "person"), True, ("bob", "person"), id="person overrides machine"),
        pytest.param(("ada", "machine"), ("ada", "person"), True, ("ada", "person"), id="person confirms"),
        pytest.param(
            ("ada", "person"), ("bob", "machine"), False, ("ada", "person"), id="machine never overrides person"
        ),
        pytest.param(("ada", "person"), ("ada", "machine"), False, ("ada", "person"), id="machine agrees"),
        pytest.param(("ada", "person"), ("bob", "person"), True, ("bob", "person"), id="person moves"),
        pytest.param(("ada", "person"), ("ada", "person"), False, ("ada", "person"), id="person repeats"),
    ],
)
def test_assign_keeps_one_owner_per_cluster(
    cast: CastStore,
    show: str,
    ep_id: str,
    first: tuple[str, str],
    second: tuple[str, str],
    changed: bool,
    owner: tuple[str, str],
) -> None:
    assert cast.assign(show, ep_id, ONE, *first)  # type: ignore[arg-type]
    revision = cast.people_document(show)["revision"]
    assert cast.assign(show, ep_id, ONE, *second) is changed  # type: ignore[arg-type]
    assert _current_owners(cast, show) == {ONE: owner}
    assert cast.people_document(show)["revision"] - revision == changed


def test_assign_stores_the_machine_scores(cast: CastStore, show: str, ep_id: str) -> None:
    values = {"similarity": 0.61, "runner_up": 0.2, "pack": "small"}
    assert cast.assign(show, ep_id, ONE, "ada", "machine", **values)  # type: ignore[arg-type]
    assert not cast.assign(show, ep_id, ONE, "ada", "machine", **values)  # type: ignore[arg-type]
    assert cast.owners(show, person_id="ada") == (Owner(show, ep_id, ONE, "ada", "machine", 0.61, 0.2, "small"),)
    assert cast.assign(show, ep_id, ONE, "ada", "machine", similarity=0.7)
    assert cast.owners(show, ep_id)[0].similarity == 0.7
    assert cast.owners(show, person_id="bob") == cast.owners(show, f"{show}-s01e02") == ()


@pytest.mark.parametrize(
    ("episode", "person_id", "words"),
    [
        pytest.param("other-s01e01", "ada", "not an episode of", id="episode of another show"),
        pytest.param("nonsense", "ada", "not an episode id", id="invalid episode id"),
        pytest.param(None, "dora", "no person dora", id="unknown person"),
    ],
)
def test_assign_refuses_invalid_arguments(
    cast: CastStore, show: str, ep_id: str, episode: str | None, person_id: str, words: str
) -> None:
    with pytest.raises(UserError, match=words):
        cast.assign(show, episode or ep_id, ONE, person_id, "person")
    assert cast.owners(show) == ()


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
    cast.assign(show, elsewhere, ONE, "carl", "machine")
    for identity_id, (person_id, by) in before.items():
        cast.assign(show, ep_id, identity_id, person_id, by)  # type: ignore[arg-type]
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
    cast.assign(show, ep_id, ONE, "ada", "machine")
    values = {"show": show, "ep_id": ep_id, "identity_id": ONE, "person_id": "bob", "assigned_by": "machine"} | owner
    with pytest.raises(error, match=words):
        cast.sync_episode(show, ep_id, {ONE}, [Owner(**values)])  # type: ignore[arg-type]
    assert _current_owners(cast, show) == {ONE: ("ada", "machine")}
