"""Several people at once: stale changes are refused, disjoint ones never collide, repeated requests are harmless."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from screenalytics_app.actions.moderation.draft import Draft
from screenalytics_app.actions.moderation.edit import Edited, Request, edit
from screenalytics_app.actions.moderation.errors import KeyReusedError, StaleError
from screenalytics_app.actions.moderation.marks import lock
from screenalytics_app.actions.moderation.membership import merge, move, split
from screenalytics_app.actions.moderation.naming import label
from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACKS
from screenalytics_assets.identities.decided import read_decided
from screenalytics_assets.lineage.staleness import decided_input
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions import log
from screenalytics_resources.decisions.mirror import BEHIND, read_decisions
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from tests.app.moderation_bench import T3, A, B, Log
from tests.tiny_episode import EP_ID, write_tiny_episode


def versions(log: Log) -> dict[str, str]:
    return {identity.identity_id: identity.version for identity in log.view.moderated.identities}


def test_a_change_of_what_was_seen_is_stale(store: ArtifactStore) -> None:
    log = Log(store)
    seen = versions(log)
    log.say(partial(label, identity_id=A, text="x"), saw=seen)
    with pytest.raises(StaleError, match=f"{A} of {EP_ID} changed since you saw it") as stale:
        log.say(partial(lock, identity_id=A), actor="ben", saw=seen)
    assert [(identity.identity_id, identity.label) for identity in stale.value.present] == [(A, "x")]
    log.say(partial(lock, identity_id=A), actor="ben", saw=versions(log))
    log.say(partial(lock, identity_id=B), actor="ben", saw=seen)
    assert all(identity.locked for identity in log.view.moderated.identities)


@pytest.mark.parametrize(
    ("first", "second", "present"),
    [
        pytest.param(partial(merge, target=A, sources=[B]), partial(lock, identity_id=B), [A], id="merged-away"),
        pytest.param(
            partial(move, tracks=[T3], to=B), partial(split, identity_id=A, tracks=[T3]), [A, B], id="track-moved-away"
        ),
        pytest.param(
            partial(label, identity_id=B, text="x"), partial(merge, target=A, sources=[B]), [B], id="source-changed"
        ),
        pytest.param(
            partial(label, identity_id=B, text="x"), partial(move, tracks=[T3], to=B), [B], id="receiver-changed"
        ),
    ],
)
def test_what_others_changed_comes_with_the_refusal(
    store: ArtifactStore, first: Callable[[View], Draft], second: Callable[[View], Draft], present: list[str]
) -> None:
    log = Log(store)
    seen = versions(log)
    log.say(first)
    with pytest.raises(StaleError) as stale:
        log.say(second, actor="ben", saw=seen)
    assert [identity.identity_id for identity in stale.value.present] == present


def test_a_refused_gesture_on_what_was_seen_is_not_stale(store: ArtifactStore) -> None:
    log = Log(store)
    with pytest.raises(UserError, match="cannot be merged with itself"):
        log.say(partial(merge, target=A, sources=[A]), saw=versions(log))


@pytest.mark.parametrize("actor", ["", "  ", "x" * 101, "a\x1bb"])
def test_an_actor_has_a_printable_name(actor: str) -> None:
    with pytest.raises(UserError, match="is not a name"):
        Request(actor)


def test_editors_at_once_lose_nothing(home: Path) -> None:
    store = write_tiny_episode(home)
    with open_cast_store(store.root) as cast:

        def work(actor: str) -> list[Edited]:
            return [_edit(store, cast, actor, f"{actor} {turn}", f"key {turn}") for turn in (1, 2, 3, 3)]

        with ThreadPoolExecutor(4) as pool:
            answers = dict(zip("abcd", pool.map(work, "abcd"), strict=True))
    rows = read_decisions(store, EP_ID)
    assert [row.seq for row in rows] == list(range(1, 13))
    for actor, (one, two, three, again) in answers.items():
        mine = [row for row in rows if row.actor == actor]
        assert [row.value.text for row in mine] == [f"{actor} {turn}" for turn in (1, 2, 3)]
        assert [answer.gesture_id for answer in (one, two, three)] == [row.gesture_id for row in mine]
        assert again == three
        assert all(row.saw.keys() == {A} for row in mine)


def _edit(store: ArtifactStore, cast: CastStore, actor: str, text: str, key: str) -> Edited:
    return edit(store, cast, EP_ID, Request(actor, key=key), partial(label, identity_id=A, text=text))


def test_a_run_sees_a_gesture_that_was_killed_before_its_mirror_was_written(store: ArtifactStore) -> None:
    with open_cast_store(store.root) as cast:
        edit(store, cast, EP_ID, Request("ann"), partial(lock, identity_id=B))
        child = os.fork()
        if child == 0:
            log.write_mirror = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
            with open_cast_store(store.root) as own:
                edit(store, own, EP_ID, Request("ann"), partial(label, identity_id=A, text="waiter"))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        assert [decision.kind for decision in read_decisions(store, EP_ID)] == ["lock"]
        assert decided_input(store, EP_ID) == {"decisions": BEHIND}
        decided = read_decided(store, load_artifact(store, TRACKS, EP_ID))
        assert [decision.kind for decision in decided.decisions] == ["lock", "label"]
        assert decided.inputs == decided_input(store, EP_ID) != {"decisions": BEHIND}


def test_a_key_of_another_request_is_refused(store: ArtifactStore) -> None:
    with open_cast_store(store.root) as cast:
        first = edit(store, cast, EP_ID, Request("ann", key="k", fingerprint="a"), partial(lock, identity_id=A))
        again = edit(store, cast, EP_ID, Request("ann", key="k", fingerprint="a"), partial(lock, identity_id=A))
        assert again.gesture_id == first.gesture_id
        with pytest.raises(KeyReusedError, match=f"The idempotency key 'k' belongs to another request in {EP_ID}"):
            edit(store, cast, EP_ID, Request("ann", key="k", fingerprint="b"), partial(lock, identity_id=B))
        assert len(read_decisions(store, EP_ID)) == 1
