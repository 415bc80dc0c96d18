"""Names, labels, locks, reviews, thumbnails and cuts."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from screenalytics_app.actions.moderation.dismissal import dismiss
from screenalytics_app.actions.moderation.draft import NOTHING, Draft
from screenalytics_app.actions.moderation.errors import ConflictError
from screenalytics_app.actions.moderation.marks import cut, lock, represent, review, unlock
from screenalytics_app.actions.moderation.naming import label, name, not_person
from screenalytics_app.actions.moderation.view import View
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from tests.app.moderation_bench import T1, T2, T3, T4, T5, A, B, Log, side_by_side

SEEN: dict[str, Any] = {"identity_id": A}


@pytest.mark.parametrize(
    ("gesture", "kind", "field", "value"),
    [
        pytest.param(partial(name, person_id="ann", **SEEN), "is_person", "person_id", "ann", id="name"),
        pytest.param(
            partial(not_person, person_id="ben", **SEEN), "not_person", "not_people", frozenset({"ben"}), id="not"
        ),
        pytest.param(partial(label, text=" the waiter ", **SEEN), "label", "label", "the waiter", id="label"),
        pytest.param(partial(lock, **SEEN), "lock", "locked", True, id="lock"),
        pytest.param(partial(review, **SEEN), "reviewed", "reviewed", True, id="review"),
        pytest.param(
            partial(represent, track_id=T3, ts=12.0), "represent", "representative", (T3, 12.0), id="represent"
        ),
    ],
)
def test_said_of_an_identity(
    store: ArtifactStore, gesture: Callable[[View], Draft], kind: str, field: str, value: object
) -> None:
    log = Log(store)
    version = log.view.identity(A).version
    log.say(gesture)
    assert [decision.kind for decision in log.view.decisions] == [kind]
    assert getattr(log.view.identity(A), field) == value
    assert log.view.identity(A).version != version
    assert gesture(log.view) == NOTHING


@pytest.mark.parametrize(
    ("said", "withdrawn", "field", "value"),
    [
        pytest.param(partial(name, person_id="ann"), partial(name, person_id=None), "person_id", None, id="name"),
        pytest.param(partial(label, text="x"), partial(label, text=None), "label", None, id="label"),
        pytest.param(lock, unlock, "locked", False, id="lock"),
        pytest.param(partial(name, person_id="ann"), partial(not_person, person_id="ann"), "person_id", None, id="not"),
        pytest.param(
            partial(not_person, person_id="ann"), partial(name, person_id="ann"), "person_id", "ann", id="yet-it-is"
        ),
    ],
)
def test_withdrawn(
    store: ArtifactStore, said: Callable[..., Draft], withdrawn: Callable[..., Draft], field: str, value: object
) -> None:
    log = Log(store)
    log.say(partial(said, identity_id=A))
    log.say(partial(withdrawn, identity_id=A))
    assert getattr(log.view.identity(A), field) == value
    assert withdrawn(log.view, identity_id=A) == NOTHING


def test_a_name_is_twice_in_a_frame_only_when_confirmed(store: ArtifactStore) -> None:
    side_by_side(store)
    log = Log(store)
    log.say(partial(name, identity_id=A, person_id="ann"))
    with pytest.raises(ConflictError, match=f"{B} shares a frame with {A}, which is named ann"):
        name(log.view, B, "ann")
    log.say(partial(name, identity_id=B, person_id="ann", confirm=True))
    assert {identity.person_id for identity in log.view.moderated.identities} == {"ann"}


def test_a_cut_is_kept(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(cut, track_id=T3, ts=12.0))
    assert [(found.track_id, found.ts) for found in log.view.moderation.cuts] == [(T3, 12.0)]
    assert cut(log.view, T3, 12.05) == NOTHING
    assert cut(log.view, T3, 13.0) != NOTHING


@pytest.mark.parametrize(
    ("gesture", "sentence"),
    [
        pytest.param(partial(lock, identity_id="identity-9"), "There is no identity-9", id="identity"),
        pytest.param(partial(label, identity_id=A, text="  "), "A label has 1 to 200 characters", id="blank-label"),
        pytest.param(partial(label, identity_id=A, text="x" * 201), "this one has 201", id="long-label"),
        pytest.param(partial(represent, track_id="track-9", ts=1.0), "There is no track-9", id="track"),
        pytest.param(
            partial(represent, track_id=T3, ts=1.0), "on screen from 10.00 to 16.00 s", id="represent-off-screen"
        ),
        pytest.param(partial(represent, track_id=T5, ts=13.0), f"{T5} is in no identity", id="represent-none"),
        pytest.param(partial(represent, track_id=T2, ts=2.0), f"{T2} is deleted", id="represent-deleted"),
        pytest.param(partial(cut, track_id=T3, ts=10.0), "choose a time after its first face", id="cut-at-the-start"),
        pytest.param(partial(cut, track_id=T3, ts=16.1), "cannot be cut at 16.10 s", id="cut-after-the-end"),
        pytest.param(partial(cut, track_id=T2, ts=2.0), f"{T2} is deleted", id="cut-deleted"),
    ],
)
def test_refused(store: ArtifactStore, gesture: Callable[[View], Draft], sentence: str) -> None:
    log = Log(store)
    log.say(partial(dismiss, tracks=[T2], reason="deleted"))
    with pytest.raises(UserError, match=sentence):
        gesture(log.view)
    assert {T1, T4} <= log.view.home.keys()
