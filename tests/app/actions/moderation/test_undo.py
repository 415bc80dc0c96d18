"""Undo and redo: of one's own gestures, of other people's, and when they are refused."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from screenalytics_app.actions.moderation.dismissal import dismiss, restore
from screenalytics_app.actions.moderation.draft import Draft
from screenalytics_app.actions.moderation.errors import LaterDecisionsError
from screenalytics_app.actions.moderation.marks import cut, lock, represent, review, unlock
from screenalytics_app.actions.moderation.membership import merge, move, split
from screenalytics_app.actions.moderation.naming import label, name, not_person
from screenalytics_app.actions.moderation.undo import redo, undo
from screenalytics_app.actions.moderation.view import View
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UnknownError, UserError
from tests.app.moderation_bench import T3, T4, A, B, Log

OWN: Callable[[View], Draft] = partial(undo, actor="ann")
AGAIN: Callable[[View], Draft] = partial(redo, actor="ann")


def state(log: Log) -> tuple[Any, ...]:
    moderated = log.view.moderated
    return moderated.identities, moderated.dismissed, moderated.unassigned, log.view.moderation.cuts


@pytest.mark.parametrize(
    "gesture",
    [
        pytest.param(partial(merge, target=A, sources=[B]), id="merge"),
        pytest.param(partial(split, identity_id=A, tracks=[T3]), id="split"),
        pytest.param(partial(move, tracks=[T3], to=B), id="move"),
        pytest.param(partial(dismiss, tracks=[T3], reason="deleted"), id="dismiss"),
        pytest.param(partial(name, identity_id=A, person_id="ann"), id="name"),
        pytest.param(partial(not_person, identity_id=A, person_id="ann"), id="not-person"),
        pytest.param(partial(label, identity_id=A, text="x"), id="label"),
        pytest.param(partial(lock, identity_id=A), id="lock"),
        pytest.param(partial(review, identity_id=A), id="review"),
        pytest.param(partial(represent, track_id=T3, ts=12.0), id="represent"),
        pytest.param(partial(cut, track_id=T3, ts=12.0), id="cut"),
    ],
)
def test_undo_brings_back_the_state_and_redo_the_gesture(
    store: ArtifactStore, gesture: Callable[[View], Draft]
) -> None:
    log = Log(store)
    before = state(log)
    log.say(gesture)
    after = state(log)
    assert after != before
    for _ in range(2):
        log.say(OWN)
        assert state(log) == before
        log.say(AGAIN)
        assert state(log) == after


def test_undo_of_a_restore_and_of_an_unlock(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(dismiss, tracks=[T3], reason="deleted"))
    log.say(partial(restore, tracks=[T3]))
    log.say(OWN)
    assert set(log.view.moderated.dismissed) == {T3}
    log.say(partial(lock, identity_id=B))
    log.say(partial(unlock, identity_id=B))
    log.say(OWN)
    assert log.view.identity(B).locked


def test_gestures_are_undone_from_the_last_to_the_first_and_redone_in_turn(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(label, identity_id=A, text="one"))
    log.say(partial(label, identity_id=A, text="two"))
    shown = []
    for gesture in (OWN, OWN, AGAIN, AGAIN):
        log.say(gesture)
        shown.append(log.view.identity(A).label)
    assert shown == ["one", None, "one", "two"]


def test_a_new_gesture_ends_what_can_be_redone(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(lock, identity_id=A))
    log.say(OWN)
    log.say(partial(label, identity_id=B, text="x"))
    with pytest.raises(UserError, match="ann has nothing to redo"):
        redo(log.view, "ann")


def test_everybody_has_their_own_last_gesture(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(lock, identity_id=A))
    log.say(partial(lock, identity_id=B), actor="ben")
    log.say(OWN)
    assert [identity.locked for identity in log.view.moderated.identities] == [False, True]
    with pytest.raises(UserError, match="ben has nothing to redo"):
        redo(log.view, "ben")
    with pytest.raises(UserError, match=r"ann has nothing to undo in .*: name a gesture of another person"):
        undo(log.view, "ann")


def test_any_gesture_can_be_undone_by_its_id_but_only_once(store: ArtifactStore) -> None:
    log = Log(store)
    gesture = log.say(partial(lock, identity_id=A))
    taken_back = log.say(partial(undo, actor="ben", gesture_id=gesture), actor="ben")
    assert not log.view.identity(A).locked
    with pytest.raises(UserError, match="is undone already: redo takes your last undo back"):
        undo(log.view, "ann", gesture)
    log.say(partial(undo, actor="ann", gesture_id=taken_back))
    assert log.view.identity(A).locked
    with pytest.raises(UserError, match="is undone already: redo takes your last undo back"):
        undo(log.view, "ann", taken_back)
    with pytest.raises(UnknownError, match=r"There is no gesture .*: name one of its history"):
        undo(log.view, "ann", UUID(int=7))


@pytest.mark.parametrize(
    ("later", "by", "refused"),
    [
        pytest.param(partial(move, tracks=[T3], to=B), "ben", True, id="of-another-person-about-the-same-tracks"),
        pytest.param(partial(move, tracks=[T3], to=B), "ann", False, id="of-the-same-person"),
        pytest.param(partial(cut, track_id=T4, ts=12.0), "ben", False, id="about-other-tracks"),
    ],
)
def test_undo_with_later_decisions(
    store: ArtifactStore, later: Callable[[View], Draft], by: str, refused: bool
) -> None:
    log = Log(store)
    gesture = log.say(partial(label, identity_id=A, text="x"))
    log.say(later, actor=by)
    if refused:
        with pytest.raises(LaterDecisionsError, match=r"2 \(differ by ben\), 3 \(same by ben\)") as error:
            undo(log.view, "ann", gesture)
        assert [decision.seq for decision in error.value.decisions] == [2, 3]
        log.say(partial(undo, actor="ben"), actor="ben")
    log.say(partial(undo, actor="ann", gesture_id=gesture))
    assert all(identity.label is None for identity in log.view.moderated.identities)
