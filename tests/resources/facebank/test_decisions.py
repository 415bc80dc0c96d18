"""The decision log in the database: append, repeat, refuse, import, and the trigger that allows nothing else."""

from datetime import UTC
from itertools import pairwise

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from screenalytics_resources.decisions.records import Decision, Gesture
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank import decisions as module
from screenalytics_resources.facebank.cast_store import CastStore
from screenalytics_resources.facebank.decisions import DecisionLog
from screenalytics_resources.recent import Recent
from tests.resources.decisions.gestures import gesture, is_person, label, lock, same


@pytest.fixture
def ep_id(show: str) -> str:
    return f"{show}-s01e01"


def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process know no decisions, like a new one."""
    monkeypatch.setattr(module, "_parsed", Recent[tuple[str, str], DecisionLog](4))


def add(cast: CastStore, ep_id: str, made: Gesture, key: str | None = None) -> tuple[Decision, ...]:
    return cast.append(ep_id, "local", key, lambda past: made)


def refuse(past: object) -> Gesture:
    raise UserError("stale: look again.")


def test_what_is_appended_is_read_back_by_every_process(
    cast: CastStore, show: str, ep_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.add_person(show, "ada", "Ada")
    first = add(cast, ep_id, gesture(same(), label("Zoë 'Q'"), is_person("ada")), "one")
    second = add(cast, ep_id, gesture(lock()))
    assert [one.seq for one in (*first, *second)] == [1, 2, 3, 4]
    assert len({one.gesture_id for one in first}) == 1 and second[0].gesture_id != first[0].gesture_id
    assert cast.decisions(ep_id) == (*first, *second)
    assert cast.decisions(ep_id, after=3) == second
    fresh(monkeypatch)
    with cast._engine.begin() as connection:
        connection.execute(text("SET TIME ZONE 'Asia/Tokyo'"))
    assert cast.decisions(ep_id) == (*first, *second)
    assert all(one.at.tzinfo is UTC for one in cast.decisions(ep_id))
    assert cast.decisions(f"{show}-s01e02") == ()
    assert cast.decision_logs(show) == (ep_id,)


def test_actor_and_key_are_those_of_the_call(cast: CastStore, ep_id: str) -> None:
    (decision,) = cast.append(ep_id, "ada", "k", lambda past: gesture(lock(), actor="somebody"))
    assert (decision.actor, decision.idempotency_key) == ("ada", "k")


def test_a_repeated_key_of_the_same_actor_and_episode_appends_nothing(cast: CastStore, show: str, ep_id: str) -> None:
    first = add(cast, ep_id, gesture(lock(), lock(2)), "key")
    assert cast.append(ep_id, "local", "key", refuse) == first
    assert len(cast.append(ep_id, "ada", "key", lambda past: gesture(lock()))) == 1
    assert len(cast.append(f"{show}-s01e02", "local", "key", lambda past: gesture(lock()))) == 1
    assert add(cast, ep_id, gesture(lock())) != add(cast, ep_id, gesture(lock())), "without a key"
    assert [one.seq for one in cast.decisions(ep_id)] == [1, 2, 3, 4, 5]


def test_the_table_itself_refuses_a_key_twice(cast: CastStore, ep_id: str) -> None:
    add(cast, ep_id, gesture(lock()), "key")
    copied = (
        "INSERT INTO facebank.decisions SELECT ep_id, 2, show, gen_random_uuid(), gesture_id, position, kind, actor, "
        "at, idempotency_key, person_id, label, forgotten, content FROM facebank.decisions WHERE ep_id = :ep_id"
    )
    with (
        pytest.raises(DBAPIError, match="uq_decisions_ep_id_actor_idempotency_key_position"),
        cast._engine.begin() as c,
    ):
        c.execute(text(copied), {"ep_id": ep_id})


def test_build_sees_all_decisions_and_its_error_writes_nothing(cast: CastStore, ep_id: str) -> None:
    seen: list[tuple[Decision, ...]] = []

    def look(past: tuple[Decision, ...]) -> Gesture:
        seen.append(past)
        return gesture(lock())

    with pytest.raises(UserError, match="stale"):
        cast.append(ep_id, "local", "key", refuse)
    assert cast.decision_log(ep_id) is None
    first = cast.append(ep_id, "local", "key", look)
    with pytest.raises(UserError, match="stale"):
        cast.append(ep_id, "local", "other", refuse)
    cast.append(ep_id, "local", "other", look)
    assert seen == [(), first]
    assert [one.seq for one in cast.decisions(ep_id)] == [1, 2]


def test_a_person_that_the_show_does_not_have_is_refused(cast: CastStore, show: str, ep_id: str) -> None:
    cast.add_person(show, "ada", "Ada")
    for kind in ("is_person", "not_person"):
        with pytest.raises(UserError, match="has no person ade: the nearest known id is ada"):
            add(cast, ep_id, gesture(lock(), is_person("ade", kind)))
    assert cast.decisions(ep_id) == ()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE facebank.decisions SET actor = 'x'",
        "UPDATE facebank.decisions SET actor = 'x' WHERE false",
        "DELETE FROM facebank.decisions",
        "TRUNCATE facebank.decisions",
        "TRUNCATE facebank.decision_logs CASCADE",
    ],
)
def test_the_trigger_refuses(cast: CastStore, ep_id: str, statement: str) -> None:
    add(cast, ep_id, gesture(lock()))
    with pytest.raises(DBAPIError, match="P0001"), cast._engine.begin() as connection:
        connection.execute(text(statement))
    assert len(cast.decisions(ep_id)) == 1


def test_the_permission_to_erase_ends_with_the_erasure(cast: CastStore, show: str, ep_id: str) -> None:
    add(cast, ep_id, gesture(lock()))
    assert cast.remove_decisions(ep_id) == 1
    add(cast, ep_id, gesture(lock()))
    assert cast.erase_in_decisions(show, lambda one: one.model_copy(update={"actor": "x"})) == 1
    with pytest.raises(DBAPIError, match="P0001"), cast._engine.begin() as connection:
        connection.execute(text("DELETE FROM facebank.decisions"))


def test_a_lasting_erasure_drops_what_the_process_has_parsed(cast: CastStore, show: str, ep_id: str) -> None:
    add(cast, ep_id, gesture(lock()))
    before = cast.decision_log_state(ep_id)
    assert cast.erase_in_decisions(show, lambda one: one.model_copy(update={"actor": "x"})) == 1
    after = cast.decision_log_state(ep_id)
    assert before is not None and after is not None and before.epoch != after.epoch
    assert [one.actor for one in cast.decisions(ep_id)] == ["x"]
    cast.remove_decisions(ep_id)
    assert cast.decisions(ep_id) == ()


def test_rows_of_a_restored_backup_with_the_same_epoch_replace_what_was_parsed(cast: CastStore, ep_id: str) -> None:
    add(cast, ep_id, gesture(lock()))
    replaced = "UPDATE facebank.decisions SET decision_id = gen_random_uuid(), actor = 'x' WHERE ep_id = :ep_id"
    with cast._engine.begin() as connection:
        connection.execute(text("SET LOCAL facebank.erasing = 'on'"))
        connection.execute(text(replaced), {"ep_id": ep_id})
    assert [one.actor for one in cast.decisions(ep_id)] == ["x"]


def test_known_decisions_are_not_parsed_again(cast: CastStore, ep_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        add(cast, ep_id, gesture(lock(number)))
    parsed: list[int] = []
    original = module.decision_of
    monkeypatch.setattr(module, "decision_of", lambda row: parsed.append(row.seq) or original(row))
    add(cast, ep_id, gesture(lock()))
    assert len(cast.decisions(ep_id)) == 6
    assert parsed == []
    fresh(monkeypatch)
    assert [one.seq for one in cast.decisions(ep_id)] == parsed == [1, 2, 3, 4, 5, 6]


def test_imported_rows_are_those_of_the_mirror(cast: CastStore, show: str, ep_id: str) -> None:
    made = add(cast, ep_id, gesture(lock(), lock(2)), "key") + add(cast, ep_id, gesture(label("x")))
    cast.remove_decisions(ep_id)
    for wrong in (made[1:], (made[0], made[2])):
        with pytest.raises(ValueError, match=f"decisions of {ep_id} from 1 on"):
            cast.import_decisions(ep_id, wrong)
    with pytest.raises(ValueError, match="Expected decisions"):
        cast.import_decisions(f"{show}-s01e02", made)
    cast.import_decisions(ep_id, made[:2])
    cast.import_decisions(ep_id, made[2:])
    assert cast.decisions(ep_id) == made
    assert cast.append(ep_id, "local", "key", refuse) == made[:2]


def test_a_merge_gives_the_decisions_to_the_successor(cast: CastStore, show: str, ep_id: str) -> None:
    for person in ("ada", "ben", "cem"):
        cast.add_person(show, person, person.title())
    other = f"{show}-s01e02"
    add(cast, ep_id, gesture(is_person("ada"), is_person("ben", "not_person"), is_person("cem")))
    add(cast, other, gesture(is_person("cem")))
    epochs = [state.epoch for state in map(cast.decision_log_state, (ep_id, other)) if state]
    cast.merge_people(show, "ada", "ben")
    assert [one.value.person_id for one in cast.decisions(ep_id)] == ["ben", "ben", "cem"]
    assert not any(one.value.forgotten for one in cast.decisions(ep_id))
    after = [state.epoch for state in map(cast.decision_log_state, (ep_id, other)) if state]
    assert [old == new for old, new in zip(epochs, after, strict=True)] == [False, True]


def test_decisions_about_a_removed_person_say_nothing(cast: CastStore, show: str, ep_id: str) -> None:
    cast.add_person(show, "ada", "Ada")
    cast.add_person(show, "ben", "Ben")
    add(cast, ep_id, gesture(is_person("ada"), is_person("ben")))
    with pytest.raises(UserError, match="ada has 0 reference faces, owns 0 clusters and is named in 1 decisions"):
        cast.remove_person(show, "ada")
    cast.remove_person(show, "ada", force=True)
    values = [(one.value.person_id, one.value.forgotten) for one in cast.decisions(ep_id)]
    assert values == [(None, True), ("ben", False)]


@pytest.mark.parametrize("only_show", [True, False])
def test_forgotten_rows_also_of_a_person_that_is_in_the_log_alone(cast: CastStore, show: str, only_show: bool) -> None:
    person = f"ada-{show}"
    cast.add_person(show, person, "Ada")
    made = add(cast, f"{show}-s01e01", gesture(is_person(person)))
    cast.remove_person(show, person, force=True)
    cast.remove_decisions(f"{show}-s01e01")
    cast.import_decisions(f"{show}-s01e01", made)
    assert cast.forget(person, show if only_show else None).rows == {"decisions": 1}
    assert cast.forget(person, show if only_show else None).rows == {}
    (decision,) = cast.decisions(f"{show}-s01e01")
    assert (decision.value.person_id, decision.value.forgotten) == (None, True)


def test_ids_are_in_order_of_time(cast: CastStore, ep_id: str) -> None:
    for _ in range(3):
        add(cast, ep_id, gesture(lock()))
    decisions = cast.decisions(ep_id)
    assert all(
        one.at <= two.at and one.decision_id.int >> 80 <= two.decision_id.int >> 80 for one, two in pairwise(decisions)
    )
