"""Tests of promotions in object storage by processes that lose their lock: all or none, and never after the loss."""

from collections.abc import Iterator
from typing import Any

import pytest

from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UnavailableError, UserError
from screenalytics_resources.promotion import Staged, backups, is_under_way, recover, staging
from screenalytics_resources.storage.lease import Lease, LostLeaseError, lease
from screenalytics_resources.storage.places import place_of
from screenalytics_resources.storage.s3_access import ExplainedS3
from tests.resources.storage.lock_objects import lock_metadata, put_lock, take_over

EP = "demo-s01e01"
KEPT, CHANGED = f"manifests/{EP}/a.json", f"manifests/{EP}/b.json"
OLD = {KEPT: "old a", CHANGED: "old b"}
NEW = {KEPT: "new a", CHANGED: "new b"}
OF_NEXT_HOLDER = {KEPT: "a of the next holder", CHANGED: "b of the next holder"}


class KilledError(Exception):
    """Stands for SIGKILL: no request succeeds after it. A renewal of the lock reports it as an outage."""


KILLED = (KilledError, UnavailableError)


@pytest.fixture
def store(bucket: str) -> ArtifactStore:
    store = ArtifactStore(bucket)
    write_files(store, OLD)
    return store


class Requests:
    """Requests that change something. From number `last` on they raise `KilledError`; `before_journal` runs once."""

    def __init__(self) -> None:
        self.count, self.last = 0, 10**6
        self.before_journal: Any = None


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> Iterator[Requests]:
    requests = Requests()
    call = ExplainedS3._call_s3

    async def counted(self: ExplainedS3, method: str, *arguments: Any, **parameters: Any) -> Any:
        if method.startswith(("put", "delete", "copy")):
            requests.count += 1
            if requests.count >= requests.last:
                raise KilledError
        result = await call(self, method, *arguments, **parameters)
        if method == "put_object" and parameters["Key"].endswith(f"/{EP}/journal.json") and requests.before_journal:
            requests.before_journal()
        return result

    monkeypatch.setattr(ExplainedS3, "_call_s3", counted)
    yield requests


def write_files(store: ArtifactStore, files: dict[str, str]) -> None:
    for path, text in files.items():
        write_atomic(store.base / path, text.encode())


def current(store: ArtifactStore) -> dict[str, str]:
    return {path: (store.base / path).read_text() for path in OLD}


def promote(store: ArtifactStore, files: dict[str, str]) -> None:
    with staging(store, EP) as staged:
        stage_and_promote(staged, files)


def stage_and_promote(staged: Staged, files: dict[str, str]) -> None:
    write_files(staged.files, files)
    staged.promote("cleanup", ["tracks"], sorted(OLD))


def die(store: ArtifactStore) -> None:
    """Let the lease of the holder expire, as after its death on another machine."""
    metadata = {name.replace("-", "_"): value for name, value in lock_metadata(store.lock(EP)).items()}
    put_lock(store.lock(EP), **metadata | {"boot": "elsewhere", "lease_s": "0"})


def late_journal(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a holder write its journal after the next holder has settled, as a request that was long under way."""
    calls: list[None] = []

    def second_fails(self: Lease) -> None:
        calls.append(None)
        if len(calls) == 2:
            raise LostLeaseError("lost")

    with (
        monkeypatch.context() as patch,
        pytest.raises(LostLeaseError),
        episode_lock(store, EP),
        staging(store, EP) as staged,
    ):
        take_over(store.lock(EP))
        patch.setattr(Lease, "confirm", second_fails)
        stage_and_promote(staged, NEW)
    assert (store.path("promotions", EP) / "journal.json").exists()


def test_the_journal_of_a_promotion_has_the_token_of_the_lock(store: ArtifactStore) -> None:
    for token in (1, 2):
        with episode_lock(store, EP):
            promote(store, NEW)
        assert backups(store, EP)[0].replaced_by.token == token


def test_a_promotion_is_refused_after_the_loss(store: ArtifactStore) -> None:
    """Although the holder has not noticed the loss: its lease seems valid."""
    with pytest.raises(LostLeaseError), episode_lock(store, EP), staging(store, EP) as staged:
        take_over(store.lock(EP))
        stage_and_promote(staged, NEW)
    assert current(store) == OLD
    assert not is_under_way(store, EP)


def test_a_journal_that_came_too_late_is_discarded(store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> None:
    late_journal(store, monkeypatch)
    write_files(store, OF_NEXT_HOLDER)
    assert not is_under_way(store, EP), "readers do not wait for it"
    die(store)
    with episode_lock(store, EP):
        assert current(store) == OF_NEXT_HOLDER
        promote(store, NEW)
    assert current(store) == NEW
    assert len(backups(store, EP)) == 1
    assert {path.relative_to(store.base).parts[2] for path in store.place.files(store.path("promotions", EP))} == {
        backups(store, EP)[0].folder.name
    }


def test_a_journal_that_came_too_late_does_not_replace_that_of_the_holder(
    store: ArtifactStore,
) -> None:
    """It arrives between the holder's look at the journal and the holder's own promotion."""
    with episode_lock(store, EP), staging(store, EP) as staged:
        write_atomic(store.path("promotions", EP) / "journal.json", b"{}")
        with pytest.raises(UserError, match=f"A process that had lost the lock of {EP} wrote to it at the same time"):
            stage_and_promote(staged, NEW)
        assert current(store) == OLD
        store.place.remove(store.path("promotions", EP) / "journal.json")


def test_a_promotion_that_was_decided_before_the_loss_is_finished_by_the_next_holder(
    store: ArtifactStore, requests: Requests
) -> None:
    def pause() -> None:
        requests.before_journal = None
        metadata = lock_metadata(store.lock(EP))
        put_lock(store.lock(EP), id="other", token=int(metadata["token"]) + 1, settled=metadata["settled"], lease_s=0)

    requests.before_journal = pause
    with pytest.raises(LostLeaseError), episode_lock(store, EP):
        promote(store, NEW)
    assert current(store) == OLD
    assert is_under_way(store, EP)
    with episode_lock(store, EP):
        assert current(store) == NEW
    assert not is_under_way(store, EP)


def test_a_holder_that_dies_before_it_recovers_does_not_make_the_journal_stale(
    store: ArtifactStore, requests: Requests
) -> None:
    requests.before_journal = lambda: setattr(requests, "last", 0)
    with pytest.raises(KILLED), episode_lock(store, EP):
        promote(store, NEW)
    requests.before_journal, requests.last = None, 10**6
    die(store)
    for _ in range(3):
        with lease(store.lock(EP), EP):
            pass
    assert is_under_way(store, EP)
    with episode_lock(store, EP):
        assert current(store) == NEW


def test_a_promotion_killed_at_any_request_under_the_lock_leaves_one_complete_set(
    store: ArtifactStore, requests: Requests
) -> None:
    outcomes = []
    for number in range(1, 100):
        place_of(store.base).remove_folder(store.base)
        write_files(store, OLD)
        requests.count, requests.last = 0, number
        try:
            with episode_lock(store, EP):
                promote(store, NEW)
            break
        except KILLED:
            requests.last = 10**6
            if store.lock(EP).exists():
                die(store)
            with episode_lock(store, EP):
                outcomes.append(current(store))
    assert number > 10, "each request was tried"
    assert outcomes == [OLD] * outcomes.count(OLD) + [NEW] * outcomes.count(NEW)
    assert OLD in outcomes
    assert NEW in outcomes


def test_recovery_without_a_lock_still_recognises_stale_journals(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    late_journal(store, monkeypatch)
    assert recover(store, EP) is None
    assert current(store) == OLD


def test_a_holder_settles_after_it_has_recovered(store: ArtifactStore) -> None:
    settled = []
    for lock in (lease(store.lock(EP), EP), episode_lock(store, EP), lease(store.lock(EP), EP)):
        with lock:
            settled.append(int(lock_metadata(store.lock(EP))["settled"]))
    assert settled == [0, 2, 2]
