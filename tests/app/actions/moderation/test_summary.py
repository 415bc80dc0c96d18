"""Sentences about gestures."""

from collections.abc import Callable
from functools import partial

import pytest

from screenalytics_app.actions.moderation import dismissal, marks, membership, naming
from screenalytics_app.actions.moderation.draft import Draft, combined
from screenalytics_app.actions.moderation.summary import gestures_of, summary
from screenalytics_app.actions.moderation.undo import redo, undo
from screenalytics_app.actions.moderation.view import View
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.records import Value
from tests.app.moderation_bench import T1, T3, T5, A, B, Log

NAMES = {"ann": "Ann Example"}
Gesture = Callable[[View], Draft]

SENTENCES: dict[str, tuple[list[Gesture], str]] = {
    "merge": ([partial(membership.merge, target=A, sources=[B])], f"Merged {B} into {A}."),
    "name": ([partial(naming.name, identity_id=A, person_id="ann")], "Identity-00001 is Ann Example."),
    "a person without a name": ([partial(naming.name, identity_id=A, person_id="x")], "Identity-00001 is x."),
    "no name": (
        [
            partial(naming.name, identity_id=A, person_id="ann"),
            partial(naming.name, identity_id=A, person_id=None),
        ],
        f"Withdrew the name of {A}.",
    ),
    "two moves": (
        [lambda view: combined([membership.move(view, [T5], A), marks.lock(view, B)])],
        f"Moved {T5} to {A}. Locked {B}.",
    ),
    "delete": ([partial(dismissal.dismiss, tracks=[T1, T3], reason="deleted")], "Deleted 2 tracks."),
    "undo": ([partial(marks.lock, identity_id=A), partial(undo, actor="ann")], f"Undid: Locked {A}."),
    "redo": (
        [partial(marks.lock, identity_id=A), partial(undo, actor="ann"), partial(redo, actor="ann")],
        f"Redid: Locked {A}.",
    ),
}


@pytest.mark.parametrize(("gestures", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_what_a_gesture_did(store: ArtifactStore, gestures: list[Gesture], sentence: str) -> None:
    log = Log(store)
    for gesture in gestures:
        log.say(gesture)
    found = gestures_of(log.view.decisions)
    assert summary(list(found.values())[-1], found, NAMES) == sentence


def test_a_forgotten_person_and_a_forgotten_gesture(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(naming.name, identity_id=A, person_id="ann"))
    log.say(partial(undo, actor="ann"))
    named, undone = log.view.decisions
    erased = named.model_copy(update={"value": Value(forgotten=True)})
    assert summary([erased], {}, NAMES) == "Identity-00001 is a forgotten person."
    assert summary([undone], {}, NAMES) == "Undid a gesture."
