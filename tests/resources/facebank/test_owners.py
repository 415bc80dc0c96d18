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
    ("before", "present", "renamed", "machine", "after", "result"),
    [
        pytest.param(
            {ONE: ("ada", "person")}, {ONE}, {}, {}, {ONE: ("ada", "person")}, {"unchanged": (ONE,)}, id="no change"
        ),
        pytest.param({ONE: ("ada", "person")}, {TWO}, {}, {}, {}, {"removed": (ONE,)}, id="vanished"),
        pytest.param(
            {ONE: ("ada", "person")},
            {TWO},
            {ONE: TWO},
            {TWO: "bob"},
            {TWO: ("ada", "person")},
            {"moved": ((ONE, TWO),)},
            id="renamed, machine does not override",
        ),
        pytest.param(
            {ONE: ("ada", "person"), TWO: ("bob", "person")},
            {ONE, TWO},
            {ONE: TWO, TWO: ONE},
            {},
            {TWO: ("ada", "person"), ONE: ("bob", "person")},
            {"moved": ((ONE, TWO), (TWO, ONE))},
            id="swapped",
        ),
        pytest.param(
            {ONE: ("ada", "machine"), TWO: ("bob", "machine")},
            {ONE, TWO, THREE},
            {},
            {ONE: "ada", THREE: "carl"},
            {ONE: ("ada", "machine"), THREE: ("carl", "machine")},
            {"unchanged": (ONE,), "removed": (TWO,), "assigned": (THREE,)},
            id="machine owners replaced",
        ),
        pytest.param(
            {ONE: ("ada", "machine")},
            {ONE},
            {},
            {ONE: "bob"},
            {ONE: ("bob", "machine")},
            {"assigned": (ONE,)},
            id="machine changes its mind",
        ),
        pytest.param(
            {ONE: ("ada", "person"), TWO: ("ada", "person")},
            {TWO},
            {ONE: TWO},
            {},
            {TWO: ("ada", "person")},
            {"moved": ((ONE, TWO),), "unchanged": (TWO,)},
            id="merged, same person",
        ),
    ],
)
def test_sync_episode(
    cast: CastStore,
    show: str,
    ep_id: str,
    before: Mapping[str, tuple[str, str]],
    present: set[str],
    renamed: Mapping[str, str],
    machine: Mapping[str, str],
    after: Mapping[str, tuple[str, str]],
    result: Mapping[str, object],
) -> None:
    elsewhere = f"{show}-s01e02"
    cast.assign(show, elsewhere, ONE, "carl", "machine")
    for identity_id, (person_id, by) in before.items():
        cast.assign(show, ep_id, identity_id, person_id, by)  # type: ignore[arg-type]
    owners = [Owner(show, ep_id, identity_id, person_id, "machine") for identity_id, person_id in machine.items()]
    got = cast.sync_episode(show, ep_id, present, renamed, owners)
    now = {owner.identity_id: (owner.person_id, owner.assigned_by) for owner in cast.owners(show, ep_id)}
    assert now == after
    empty: dict[str, object] = dict.fromkeys(("removed", "moved", "assigned", "unchanged", "conflicts", "restored"), ())
    assert vars(got) == empty | result
    assert len(cast.owners(show, elsewhere)) == 1
    revision = cast.people_document(show)["revision"]
    again = cast.sync_episode(show, ep_id, present, {}, owners)
    assert set(again.unchanged) == set(after) and not (again.removed or again.moved or again.assigned)
    assert cast.people_document(show)["revision"] == revision


Past = dict[str, tuple[str, str | None, bool]]


def _past_owners(cast: CastStore, show: str) -> Past:
    return {past.identity_id: (past.person_id, past.merged_into, past.settled) for past in cast.past_owners(show)}


@pytest.mark.parametrize(
    ("named", "present", "renamed", "owners", "past"),
    [
        pytest.param([(ONE, "ada")], {TWO}, {}, {}, {ONE: ("ada", None, False)}, id="gone"),
        pytest.param([(ONE, "ada")], {TWO}, {ONE: THREE}, {}, {ONE: ("ada", None, False)}, id="merged into one gone"),
        pytest.param([(ONE, "ada")], {TWO}, {ONE: TWO}, {TWO: "ada"}, {ONE: ("ada", TWO, True)}, id="moved"),
        pytest.param(
            [(ONE, "ada"), (TWO, "ada")], {TWO}, {ONE: TWO}, {TWO: "ada"}, {ONE: ("ada", TWO, True)}, id="same person"
        ),
        pytest.param(
            [(ONE, "ada"), (TWO, "bob")], {TWO}, {ONE: TWO}, {TWO: "bob"}, {ONE: ("ada", TWO, False)}, id="conflict"
        ),
        pytest.param(
            [(TWO, "bob"), (ONE, "ada")], {TWO}, {ONE: TWO}, {TWO: "bob"}, {ONE: ("ada", TWO, False)},
            id="conflict, the own name is older",
        ),
        pytest.param(
            [(TWO, "bob"), (ONE, "ada")], {THREE}, {ONE: THREE, TWO: THREE}, {THREE: "bob"},
            {ONE: ("ada", THREE, False), TWO: ("bob", THREE, True)}, id="conflict of two that moved, the oldest wins",
        ),
    ],
)  # fmt: skip
def test_a_name_given_by_a_person_is_kept_and_applies_again_when_its_identity_is_back(
    cast: CastStore,
    show: str,
    ep_id: str,
    named: list[tuple[str, str]],
    present: set[str],
    renamed: Mapping[str, str],
    owners: Mapping[str, str],
    past: Past,
) -> None:
    for identity_id, person_id in named:
        cast.assign(show, ep_id, identity_id, person_id, "person")
    before = {owner.identity_id: owner.assigned_at for owner in cast.owners(show)}
    conflicts = cast.sync_episode(show, ep_id, present, renamed, []).conflicts
    unsettled = {key for key, (_, merged_into, settled) in past.items() if merged_into and not settled}
    assert {conflict.dropped.identity_id for conflict in conflicts} == unsettled
    for again in (False, True):
        assert {key: person for key, (person, _) in _current_owners(cast, show).items()} == owners, again
        assert _past_owners(cast, show) == past, again
        cast.sync_episode(show, ep_id, present, renamed, [])

    got = cast.sync_episode(show, ep_id, {ONE, TWO}, {}, [])
    assert set(got.restored) == set(past) & {ONE, TWO}
    assert {key: person for key, (person, _) in _current_owners(cast, show).items()} == dict(named)
    assert {owner.identity_id: owner.assigned_at for owner in cast.owners(show)} == before
    assert _past_owners(cast, show) == {}


def test_a_name_that_moved_twice_returns_to_its_identity_alone(cast: CastStore, show: str, ep_id: str) -> None:
    cast.assign(show, ep_id, ONE, "ada", "person")
    cast.sync_episode(show, ep_id, {TWO}, {ONE: TWO}, [])
    cast.sync_episode(show, ep_id, {THREE}, {TWO: THREE}, [])
    assert _current_owners(cast, show) == {THREE: ("ada", "person")}
    cast.sync_episode(show, ep_id, {ONE, THREE}, {}, [])
    assert _current_owners(cast, show) == {ONE: ("ada", "person")}
    assert _past_owners(cast, show) == {}


def test_a_name_given_since_stays_when_the_identity_is_back(cast: CastStore, show: str, ep_id: str) -> None:
    cast.assign(show, ep_id, ONE, "ada", "person")
    cast.sync_episode(show, ep_id, {TWO}, {ONE: TWO}, [])
    cast.assign(show, ep_id, TWO, "bob", "person")
    cast.sync_episode(show, ep_id, {ONE, TWO}, {}, [])
    assert _current_owners(cast, show) == {ONE: ("ada", "person"), TWO: ("bob", "person")}

    cast.sync_episode(show, ep_id, {TWO}, {ONE: TWO}, [])
    cast.assign(show, ep_id, ONE, "carl", "person")
    cast.sync_episode(show, ep_id, {ONE, TWO}, {}, [])
    assert _current_owners(cast, show) == {ONE: ("carl", "person"), TWO: ("bob", "person")}
    assert _past_owners(cast, show) == {}


@pytest.mark.parametrize(
    ("answer", "settled"),
    [
        pytest.param((TWO, "bob"), True, id="the name of the merged identity is confirmed"),
        pytest.param((TWO, "carl"), True, id="the merged identity gets another name"),
        pytest.param((THREE, "ada"), True, id="another identity gets the lost name"),
        pytest.param((THREE, "carl"), False, id="another identity gets another name"),
    ],
)
def test_a_conflict_is_settled_by_a_person(
    cast: CastStore, show: str, ep_id: str, answer: tuple[str, str], settled: bool
) -> None:
    cast.assign(show, ep_id, ONE, "ada", "person")
    cast.assign(show, ep_id, TWO, "bob", "person")
    cast.sync_episode(show, ep_id, {TWO, THREE}, {ONE: TWO}, [])
    cast.assign(show, ep_id, *answer, "machine")
    assert _past_owners(cast, show) == {ONE: ("ada", TWO, False)}
    assert cast.assign(show, ep_id, *answer, "person")
    assert _past_owners(cast, show) == {ONE: ("ada", TWO, settled)}
    assert not cast.assign(show, ep_id, *answer, "person")


def test_a_name_is_withdrawn(cast: CastStore, show: str, ep_id: str) -> None:
    cast.assign(show, ep_id, ONE, "ada", "person")
    cast.assign(show, ep_id, TWO, "bob", "person")
    cast.assign(show, ep_id, THREE, "carl", "machine")
    cast.sync_episode(show, ep_id, {TWO, THREE}, {}, [Owner(show, ep_id, THREE, "carl", "machine")])
    assert [cast.unassign(show, ep_id, identity) for identity in (ONE, TWO, THREE)] == [True, True, False]
    assert [cast.unassign(show, ep_id, identity) for identity in (ONE, TWO, THREE)] == [False] * 3
    assert _current_owners(cast, show) == {THREE: ("carl", "machine")}
    assert _past_owners(cast, show) == {}


def test_past_owners_follow_a_merge_of_people_and_are_forgotten_with_them(
    cast: CastStore, show: str, ep_id: str
) -> None:
    cast.assign(show, ep_id, ONE, "ada", "person")
    cast.sync_episode(show, ep_id, {TWO}, {}, [])
    cast.merge_people(show, "ada", "bob")
    assert _past_owners(cast, show) == {ONE: ("bob", None, False)}
    assert cast.forget("bob", show).rows == {"people": 1, "past_owners": 1}
    assert _past_owners(cast, show) == {}


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
        cast.sync_episode(show, ep_id, {ONE}, {}, [Owner(**values)])  # type: ignore[arg-type]
    assert _current_owners(cast, show) == {ONE: ("ada", "machine")}
