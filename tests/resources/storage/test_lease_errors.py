"""Tests of a lease whose requests fail, and of writes after it was lost."""

import asyncio
import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, SSLError
from s3fs import S3FileSystem
from s3fs.errors import translate_boto_error

from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UnavailableError, UserError
from screenalytics_resources.storage import lease as lease_module
from screenalytics_resources.storage import lock_object, s3_access
from screenalytics_resources.storage.lease import Lease, LostLeaseError, lease
from tests.conftest import use_s3
from tests.resources.storage.lock_objects import lock_facts, lock_metadata, take_over
from tests.resources.storage.s3_server import faulty_proxy

if TYPE_CHECKING:
    pass

EP = "demo-s01e01"
LONG_S = 3600.0
"""Lease that is not renewed in the background during a test."""


def client_error(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "PutObject")  # type: ignore[typeddict-item]


ERRORS = [
    pytest.param(client_error("InternalError", 500), id="server error"),
    pytest.param(client_error("SlowDown", 503), id="busy"),
    pytest.param(client_error("ExpiredToken", 400), id="expired credentials"),
    pytest.param(client_error("Teapot", 418), id="unknown code"),
    pytest.param(client_error("ConditionalRequestConflict", 409), id="conflict"),
    pytest.param(EndpointConnectionError(endpoint_url="http://s3"), id="no connection"),
    pytest.param(SSLError(endpoint_url="http://s3", error="bad record"), id="TLS"),
    pytest.param(NoCredentialsError(), id="no credentials"),
    pytest.param(OSError(errno.EMFILE, "Too many open files"), id="no descriptors"),
    pytest.param(TimeoutError(), id="timeout"),
    pytest.param(RuntimeError("Session is closed"), id="closed session"),
    pytest.param(KeyError("ETag"), id="answer without an ETag"),
    pytest.param(MemoryError(), id="no memory"),
]


@dataclass
class LockFaults:
    """Faults of the writes to lock objects. `errors` are raised in turn, instead of the write or after it."""

    errors: list[Exception] = field(default_factory=list)
    after_write: bool = False
    permanent: Exception | None = None
    hangs: bool = False
    recovered: Event = field(default_factory=Event)
    """Set by the first successful write after an error."""
    count: int = 0


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> LockFaults:
    plan = LockFaults()
    call = S3FileSystem._call_s3

    async def faulty(self: Any, method: str, *arguments: Any, **parameters: Any) -> Any:
        if method != "put_object" or "/locks/" not in f"/{parameters['Key']}":
            return await call(self, method, *arguments, **parameters)
        if plan.hangs:
            await asyncio.Event().wait()
        error = plan.permanent or (plan.errors.pop(0) if plan.errors else None)
        if error is None or plan.after_write:
            result = await call(self, method, *arguments, **parameters)
        if error is not None:
            plan.count += 1
            raise translate_boto_error(error)  # as s3fs raises it
        if plan.count:
            plan.recovered.set()
        return result

    monkeypatch.setattr(S3FileSystem, "_call_s3", faulty)
    return plan


@dataclass
class Clock:
    """Clock of the holder, which decides whether it must renew before a write."""

    shift_s: float = 0.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock, now = Clock(), lease_module._now
    monkeypatch.setattr(lease_module, "_now", lambda: now() + clock.shift_s)
    return clock


@pytest.fixture
def store(bucket: str, monkeypatch: pytest.MonkeyPatch) -> ArtifactStore:
    monkeypatch.setattr(s3_access, "ATTEMPTS", 2)
    return ArtifactStore(bucket)


@contextmanager
def long_lease(store: ArtifactStore) -> Iterator[Lease]:
    with lease(store.lock(EP), EP, LONG_S) as held:
        yield held


@pytest.mark.parametrize("error", ERRORS)
def test_renewal_survives_every_error(store: ArtifactStore, faults: LockFaults, error: Exception) -> None:
    with lease(store.lock(EP), EP, 0.6):
        faults.errors = [error] * 3
        assert faults.recovered.wait(30)
        assert faults.count == 3
        write_atomic(store.manifest(EP, "x.json"), b"content")
    assert lock_metadata(store.lock(EP))["free"] == "yes"


@pytest.mark.parametrize("error", ERRORS)
def test_without_renewal_nothing_is_written_until_the_storage_answers(
    store: ArtifactStore, faults: LockFaults, clock: Clock, error: Exception
) -> None:
    path = store.manifest(EP, "x.json")
    with long_lease(store):
        write_atomic(path, b"old")
        clock.shift_s, faults.permanent = LONG_S, error
        for _ in range(2):
            with pytest.raises(
                UserError, match=rf"Nothing more is written to {EP}, because its lock could not be"
            ) as e:
                write_atomic(path, b"new")
            assert not isinstance(e.value, LostLeaseError)
        assert path.read_bytes() == b"old"
        faults.permanent = None
        write_atomic(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_paused_holder_continues_if_no_other_process_has_taken_over(store: ArtifactStore, clock: Clock) -> None:
    with long_lease(store):
        clock.shift_s = 10 * LONG_S
        write_atomic(store.manifest(EP, "x.json"), b"content")
    assert lock_metadata(store.lock(EP))["free"] == "yes"


def test_a_request_that_gets_no_answer_is_given_up(
    store: ArtifactStore, faults: LockFaults, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with long_lease(store):
        monkeypatch.setattr(lock_object, "REQUEST_S", 0.05)
        clock.shift_s, faults.hangs = LONG_S, True
        with pytest.raises(UnavailableError, match=r"did not answer within"):
            write_atomic(store.manifest(EP, "x.json"), b"content")
        monkeypatch.setattr(lock_object, "REQUEST_S", 10.0)
        faults.hangs = False


@pytest.mark.parametrize("moment", ["acquire", "renew", "release"])
def test_a_write_whose_answer_gets_lost_is_recognised(
    store: ArtifactStore, faults: LockFaults, clock: Clock, moment: str
) -> None:
    """The retry of such a write finds that its condition fails, because of the first attempt."""
    conflict = client_error("PreconditionFailed", 412)
    faults.after_write = True
    faults.errors = [conflict] if moment == "acquire" else []
    with long_lease(store) as held:
        faults.errors = [conflict] if moment == "renew" else []
        clock.shift_s = LONG_S
        write_atomic(store.manifest(EP, "x.json"), b"content")
        faults.errors = [conflict] if moment == "release" else []
    assert faults.count == 1
    assert held.loss is None
    assert lock_metadata(store.lock(EP))["free"] == "yes"


def test_work_that_is_done_does_not_fail_because_the_lock_cannot_be_released(
    store: ArtifactStore, faults: LockFaults
) -> None:
    with long_lease(store):
        faults.permanent = RuntimeError("Session is closed")
    assert lock_metadata(store.lock(EP))["free"] == "no"


def test_an_outage_of_the_server_is_reported_as_such(
    bucket: str, s3_server: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_access, "ATTEMPTS", 1)
    with faulty_proxy(s3_server) as proxy:
        use_s3(monkeypatch, proxy.address)
        store = ArtifactStore(bucket)
        with long_lease(store):
            clock.shift_s, proxy.permanent_fault = LONG_S, "busy"
            with pytest.raises(UnavailableError, match=r"lock could not be renewed for 36\d\d s \(s3://.* unavailable"):
                write_atomic(store.manifest(EP, "x.json"), b"content")
            proxy.permanent_fault = None
        use_s3(monkeypatch, s3_server)


def write(store: ArtifactStore, source: Path) -> None:
    write_atomic(store.manifest(EP, "x.json"), b"new")


def write_new(store: ArtifactStore, source: Path) -> None:
    store.place.write_new(store.manifest(EP, "new.json"), b"new")


def import_file(store: ArtifactStore, source: Path) -> None:
    store.place.import_file(source, store.video(EP))


def link(store: ArtifactStore, source: Path) -> None:
    store.place.link(store.manifest(EP, "x.json"), store.path("promotions", EP, "x.json"))


def move(store: ArtifactStore, source: Path) -> None:
    store.place.move(store.manifest(EP, "x.json"), store.manifest(EP, "y.json"))


def remove(store: ArtifactStore, source: Path) -> None:
    store.place.remove(store.manifest(EP, "x.json"))


def remove_folder(store: ArtifactStore, source: Path) -> None:
    store.place.remove_folder(store.base / "manifests" / EP)


def replace_folder(store: ArtifactStore, source: Path) -> None:
    with store.staged_folder(store.frames(EP, "crops")) as folder:
        (folder / "index.json").write_text("new")


CHANGES = [write, write_new, import_file, link, move, remove, remove_folder, replace_folder]


@pytest.mark.parametrize("change", [pytest.param(change, id=change.__name__) for change in CHANGES])
def test_nothing_changes_after_the_loss(
    store: ArtifactStore, clock: Clock, tmp_path: Path, change: Callable[[ArtifactStore, Path], None]
) -> None:
    source = tmp_path / "video.mp4"
    source.write_bytes(b"video")
    write_atomic(store.manifest(EP, "x.json"), b"old")
    with pytest.raises(LostLeaseError, match="was taken over by another process"), long_lease(store):
        take_over(store.lock(EP))
        before = contents(store)
        clock.shift_s = LONG_S
        try:
            change(store, source)
        finally:
            assert contents(store) == before


def contents(store: ArtifactStore) -> dict[str, bytes]:
    return {path.path: path.read_bytes() for path in store.place.files(store.base)}


def test_each_attempt_of_a_write_is_checked(bucket: str, s3_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first attempt fails, and another process takes the lock over before the second."""
    monkeypatch.setattr(s3_access, "ATTEMPTS", 3)
    now = lease_module._now
    with faulty_proxy(s3_server) as proxy:
        use_s3(monkeypatch, proxy.address)
        store = ArtifactStore(bucket)
        lock = store.lock(EP)

        def paused_between_attempts() -> float:
            if not proxy.fault_count:
                return now()
            if lock_metadata(lock)["id"] != "other":
                take_over(lock)
            return now() + LONG_S

        with pytest.raises(LostLeaseError), long_lease(store):
            monkeypatch.setattr(lease_module, "_now", paused_between_attempts)
            proxy.planned_faults, proxy.only_method = ["busy"], "PUT"
            write_atomic(store.manifest(EP, "x.json"), b"content")
        assert proxy.fault_count == 1
        assert not store.manifest(EP, "x.json").exists()
        use_s3(monkeypatch, s3_server)


def test_other_episodes_and_prefixes_are_not_affected(store: ArtifactStore, clock: Clock) -> None:
    others = [
        store.manifest("demo-s01e02", "x.json"),
        store.manifest("demo", "people.json"),
        store.base / "manifests" / f"{EP}0" / "x.json",
        store.base / "alerts" / "x.json",
        ArtifactStore(f"{store.root}-other").manifest(EP, "x.json"),
    ]
    with pytest.raises(LostLeaseError), long_lease(store):
        take_over(store.lock(EP))
        clock.shift_s = LONG_S
        for path in others:
            write_atomic(path, b"content")
    assert all(path.read_bytes() == b"content" for path in others)


def test_the_lock_of_an_episode_guards_its_writes(store: ArtifactStore, clock: Clock) -> None:
    with pytest.raises(LostLeaseError), episode_lock(store, EP):
        take_over(store.lock(EP))
        clock.shift_s = LONG_S
        write_atomic(store.manifest(EP, "x.json"), b"content")
    assert not store.manifest(EP, "x.json").exists()
    assert lock_facts(store.lock(EP))["Metadata"]["id"] == "other"
