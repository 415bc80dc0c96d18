"""Deleting tracks and identities, and bringing them back."""

from collections.abc import Callable
from functools import partial

import pytest

from screenalytics_app.actions.moderation.dismissal import dismiss, dismiss_identity, restore, restore_identity
from screenalytics_app.actions.moderation.draft import NOTHING, Draft
from screenalytics_app.actions.moderation.view import View
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from tests.app.moderation_bench import T1, T2, T3, T4, T5, A, B, Log

WHOLE: dict[str, tuple[str, ...]] = {A: (T1, T3), B: (T2, T4)}


@pytest.mark.parametrize(
    ("gesture", "dismissed", "members"),
    [
        pytest.param(
            partial(dismiss, tracks=[T3, T5], reason="not_a_face"),
            {T3: "not_a_face", T5: "not_a_face"},
            {A: (T1,), B: (T2, T4)},
            id="tracks",
        ),
        pytest.param(
            partial(dismiss_identity, identity_id=B, reason="deleted"),
            {T2: "deleted", T4: "deleted"},
            {A: (T1, T3)},
            id="identity",
        ),
    ],
)
def test_dismissed_tracks_leave_and_come_back(
    store: ArtifactStore,
    gesture: Callable[[View], Draft],
    dismissed: dict[str, str],
    members: dict[str, tuple[str, ...]],
) -> None:
    log = Log(store)
    log.say(gesture)
    assert (log.view.moderated.dismissed, log.members) == (dismissed, members)
    log.say(partial(restore, tracks=list(dismissed)))
    assert log.view.moderated.dismissed == {}


def test_a_restored_track_is_where_it_was(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(dismiss, tracks=[T3], reason="deleted"))
    log.say(partial(restore, tracks=[T3]))
    assert log.members == WHOLE


def test_the_deleted_tracks_of_an_identity_are_restored_together(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(dismiss, tracks=[T3], reason="deleted"))
    log.say(partial(dismiss, tracks=[T4], reason="deleted"))
    log.say(partial(restore_identity, identity_id=A))
    assert (log.view.moderated.dismissed, log.members) == ({T4: "deleted"}, {A: (T1, T3), B: (T2,)})
    with pytest.raises(UserError, match=f"{A} of .* has no deleted tracks"):
        restore_identity(log.view, A)


def test_repeating_changes_nothing_and_another_reason_counts(store: ArtifactStore) -> None:
    log = Log(store)
    assert restore(log.view, [T3]) == NOTHING
    log.say(partial(dismiss, tracks=[T3], reason="deleted"))
    assert dismiss(log.view, [T3], "deleted") == NOTHING
    log.say(partial(dismiss, tracks=[T3], reason="not_a_face"))
    assert log.view.moderated.dismissed == {T3: "not_a_face"}


@pytest.mark.parametrize(
    ("gesture", "sentence"),
    [
        pytest.param(partial(dismiss, tracks=["track-9"], reason="deleted"), "There is no track-9", id="track"),
        pytest.param(partial(restore, tracks=["track-9"]), "There is no track-9", id="restored-track"),
        pytest.param(
            partial(dismiss_identity, identity_id="identity-9", reason="deleted"),
            "There is no identity-9",
            id="identity",
        ),
    ],
)
def test_refused(store: ArtifactStore, gesture: Callable[[View], Draft], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        gesture(Log(store).view)
