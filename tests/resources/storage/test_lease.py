"""Tests of the lock in object storage: one holder, renewal, tokens, and takeover from dead and paused holders."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.storage.holder import this_process
from screenalytics_resources.storage.lease import LostLeaseError, lease
from tests.resources.storage.lock_objects import lock_facts, lock_metadata, put_lock, take_over

if TYPE_CHECKING:
    from upath import UPath

HOLDER = """
import sys, time
shift = float(sys.argv[3])
wall, clock = time.time, time.clock_gettime
time.time, time.clock_gettime = lambda: wall() + shift, lambda number: clock(number) + shift
from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.errors import UserError
from screenalytics_resources.storage.lease import lease
base = ArtifactStore(sys.argv[1]).base
try:
    with lease(base / "locks/x", "x", float(sys.argv[2])):
        print("held", flush=True)
        for line in sys.stdin:
            write_atomic(base / "manifests/x/file", line.strip().encode())
            print("written", flush=True)
except UserError as error:
    print(type(error).__name__, error, flush=True)
"""


def start(bucket: str, lease_s: float = 60.0, clock_shift_s: float = 0.0) -> subprocess.Popen[str]:
    """Start a process that acquires the lease and writes each line of its standard input to `manifests/x/file`."""
    arguments = [sys.executable, "-c", HOLDER, bucket, str(lease_s), str(clock_shift_s)]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def answer(process: subprocess.Popen[str], line: str | None = None) -> str:
    """Return the next line of the process's output, after sending it `line`."""
    assert process.stdin is not None
    assert process.stdout is not None
    if line is not None:
        process.stdin.write(f"{line}\n")
        process.stdin.flush()
    return process.stdout.readline().strip()


@pytest.fixture
def path(bucket: str) -> "UPath":
    return ArtifactStore(bucket).base / "locks" / "x"


def dead_pid() -> str:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return str(process.pid)


def test_a_second_process_is_refused_until_the_first_releases_the_lease(bucket: str, path: "UPath") -> None:
    process = start(bucket)
    assert answer(process) == "held"
    words = rf"x is being worked on by another process \(pid {process.pid} on {socket.gethostname()}\): wait for it"
    with pytest.raises(UserError, match=words), lease(path, "x"):
        pass
    process.communicate("")
    with lease(path, "x"):
        assert lock_metadata(path)["pid"] == str(os.getpid())
        assert lock_metadata(path)["free"] == "no"
    assert lock_metadata(path)["free"] == "yes"


def test_each_acquisition_has_a_larger_token(path: "UPath") -> None:
    tokens = []
    for _ in range(2):
        with lease(path, "x") as held:
            tokens.append(held.token)
    put_lock(path, host="elsewhere", pid="1", token=7, free="no", lease_s="0")
    with lease(path, "x") as held:
        tokens.append(held.token)
        assert int(lock_metadata(path)["token"]) == 8
    assert tokens == [1, 2, 8]


def test_a_killed_process_of_this_machine_does_not_block_others(bucket: str, path: "UPath") -> None:
    process = start(bucket)
    assert answer(process) == "held"
    process.kill()
    process.communicate()
    assert path.exists()
    with lease(path, "x"):
        assert lock_metadata(path)["pid"] == str(os.getpid())


@pytest.mark.parametrize(
    ("holder", "lease_s", "taken"),
    [
        pytest.param({}, 0.0, True, id="older release, expired"),
        pytest.param({}, 3600.0, False, id="older release, not expired"),
        pytest.param({"lease_s": "0"}, 3600.0, True, id="expired by the holder's lease"),
        pytest.param({"lease_s": "3600"}, 0.0, False, id="not expired by the holder's lease"),
        pytest.param({"lease_s": "3600", "free": "yes"}, 3600.0, True, id="released"),
    ],
)
def test_the_lease_of_another_machine_expires(
    path: "UPath", holder: dict[str, str], lease_s: float, taken: bool
) -> None:
    put_lock(path, host="elsewhere", pid="1", **holder)
    if taken:
        with lease(path, "x", lease_s):
            assert lock_metadata(path)["host"] == socket.gethostname()
    else:
        with pytest.raises(UserError, match=r"pid 1 on elsewhere.* its lease expires in 3[56]\d\d s"):
            lease(path, "x", lease_s).__enter__()


@pytest.mark.parametrize(
    ("differences", "taken"),
    [
        pytest.param({"pid": dead_pid}, True, id="a dead process of this machine"),
        pytest.param({"started": lambda: "1"}, True, id="a process whose pid was reused"),
        pytest.param({}, False, id="a live process of this machine"),
        pytest.param({"pid": dead_pid, "boot": lambda: "another"}, False, id="a machine with the same host name"),
        pytest.param({"pid": dead_pid, "pid_namespace": lambda: "pid:[1]"}, False, id="a container of this machine"),
        pytest.param({"pid": dead_pid, "boot": lambda: ""}, False, id="a machine without a boot id"),
    ],
)
def test_only_a_dead_process_of_this_machine_is_recognised(
    path: "UPath", differences: dict[str, Callable[[], str]], taken: bool
) -> None:
    holder = {name.replace("-", "_"): value for name, value in this_process().items()}
    put_lock(path, **holder | {name: value() for name, value in differences.items()}, free="no", lease_s="3600")
    with ExitStack() as stack:
        if not taken:
            stack.enter_context(pytest.raises(UserError, match="is being worked on by another process"))
        stack.enter_context(lease(path, "x"))


def test_a_holder_whose_clock_is_ahead(bucket: str, path: "UPath") -> None:
    process = start(bucket, clock_shift_s=86400.0)
    assert answer(process) == "held"
    assert answer(process, "text") == "written"
    with pytest.raises(UserError, match=r"expires in [3-6]\d s"), lease(path, "x"):
        pass
    process.communicate("")
    assert lock_metadata(path)["free"] == "yes"


def test_a_second_process_whose_clock_is_ahead(bucket: str, path: "UPath") -> None:
    """By its own clock the lease would have expired a day ago."""
    put_lock(path, host="elsewhere", pid="1", free="no", lease_s="3600")
    process = start(bucket, clock_shift_s=86400.0)
    assert "pid 1 on elsewhere" in answer(process)
    process.communicate("")


def test_only_one_of_several_processes_takes_over_the_lease_of_a_dead_one(path: "UPath") -> None:
    holder = {name.replace("-", "_"): value for name, value in this_process().items()}
    put_lock(path, **holder | {"pid": dead_pid()})
    barrier = threading.Barrier(5)
    outcomes: list[str] = []

    def compete() -> None:
        barrier.wait(30)
        try:
            with lease(path, "x"):
                outcomes.append("held")
                barrier.wait(30)
        except UserError:
            outcomes.append("refused")
            barrier.wait(30)

    threads = [threading.Thread(target=compete) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["held", *["refused"] * 4]


def test_a_holder_renews(path: "UPath") -> None:
    renewed = threading.Event()
    with lease(path, "x", lease_s=0.3):
        first = lock_facts(path)["ETag"]
        for _ in range(500):
            if lock_facts(path)["ETag"] != first:
                renewed.set()
                break
        assert renewed.is_set()
    assert lock_metadata(path)["free"] == "yes"


def test_a_process_that_was_stopped_for_longer_than_its_lease_writes_nothing_more(bucket: str, path: "UPath") -> None:
    process = start(bucket, lease_s=1.0)
    assert answer(process) == "held"
    assert answer(process, "first") == "written"
    process.send_signal(signal.SIGSTOP)
    with ExitStack() as stack:
        for _ in range(5000):
            try:
                held = stack.enter_context(lease(path, "x"))
                break
            except UserError as error:
                assert "is being worked on by another process" in str(error)
        process.send_signal(signal.SIGCONT)
        assert answer(process, "second").startswith("LostLeaseError x was taken over by another process")
        process.communicate()
        assert int(lock_metadata(path)["token"]) == held.token == 2
        assert lock_metadata(path)["free"] == "no", "a process that lost the lease does not release it"
    assert (ArtifactStore(bucket).base / "manifests/x/file").read_text() == "first"


def test_a_lost_lease_is_reported_and_left_to_its_new_holder(path: "UPath") -> None:
    words = r"x was taken over by another process \(pid 2 on elsewhere\)"
    with pytest.raises(LostLeaseError, match=words), lease(path, "x", lease_s=0.3) as held:
        take_over(path)
        for _ in range(5000):
            if held.loss or not lock_metadata(path):
                break
        assert held.loss, "the renewal notices it during the block"
    assert lock_metadata(path)["host"] == "elsewhere"


def test_a_process_that_does_not_hold_the_lease_does_not_release_it(path: "UPath") -> None:
    """Also if it has not noticed the loss yet, because the next renewal is far away."""
    with pytest.raises(LostLeaseError), lease(path, "x", lease_s=3600.0):
        take_over(path)
    assert lock_metadata(path) | {"id": "other", "free": "no"} == lock_metadata(path)


def test_a_deleted_lock_object_counts_as_lost(path: "UPath") -> None:
    with pytest.raises(LostLeaseError, match="its lock object was deleted"), lease(path, "x"):
        path.unlink()
    assert not path.exists()
