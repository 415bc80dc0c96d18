"""Tests of the lock in object storage: one holder, renewal, takeover from dead holders, and lost leases."""

import os
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.storage.lease import lease

if TYPE_CHECKING:
    from upath import UPath

HOLDER = """
import sys
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.storage.lease import lease
with lease(ArtifactStore(sys.argv[1]).base / "locks/x", "x"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(bucket: str) -> "UPath":
    return ArtifactStore(bucket).base / "locks" / "x"


def put(path: "UPath", **holder: str) -> None:
    bucket, key, _ = path.fs.split_path(path.path)
    path.fs.call_s3("put_object", Bucket=bucket, Key=key, Body=b"lock", Metadata=holder)


def facts(path: "UPath") -> dict[str, Any]:
    bucket, key, _ = path.fs.split_path(path.path)
    answer: dict[str, Any] = path.fs.call_s3("head_object", Bucket=bucket, Key=key)
    return answer


def test_a_second_process_is_refused_until_the_first_releases_the_lease(bucket: str, path: "UPath") -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, bucket], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    words = rf"x is being worked on by another process \(pid {process.pid} on {socket.gethostname()}\): wait for it"
    with pytest.raises(UserError, match=words), lease(path, "x"):
        pass
    process.communicate("")
    with lease(path, "x"):
        assert facts(path)["Metadata"]["pid"] == str(os.getpid())
    assert not path.exists()


def test_a_killed_process_of_this_machine_does_not_block_others(bucket: str, path: "UPath") -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, bucket], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    process.kill()
    process.communicate()
    assert path.exists()
    with lease(path, "x"):
        assert facts(path)["Metadata"]["pid"] == str(os.getpid())


@pytest.mark.parametrize(
    ("lease_s", "taken"), [pytest.param(0.0, True, id="expired"), pytest.param(3600.0, False, id="not expired")]
)
def test_the_lease_of_another_machine_expires(path: "UPath", lease_s: float, taken: bool) -> None:
    put(path, host="elsewhere", pid="1")
    if taken:
        with lease(path, "x", lease_s):
            assert facts(path)["Metadata"]["host"] == socket.gethostname()
    else:
        with pytest.raises(UserError, match=r"pid 1 on elsewhere.* its lease expires in 3[56]\d\d s"):
            lease(path, "x", lease_s).__enter__()


def test_only_one_of_several_processes_takes_over_the_lease_of_a_dead_one(path: "UPath") -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    put(path, host=socket.gethostname(), pid=str(dead.pid))
    barrier = threading.Barrier(5)
    outcomes: list[str] = []

    def take_over() -> None:
        barrier.wait(30)
        try:
            with lease(path, "x"):
                outcomes.append("held")
                barrier.wait(30)
        except UserError:
            outcomes.append("refused")
            barrier.wait(30)

    threads = [threading.Thread(target=take_over) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["held", *["refused"] * 4]


def test_a_holder_renews(path: "UPath") -> None:
    renewed = threading.Event()
    with lease(path, "x", lease_s=0.3):
        first = facts(path)["ETag"]
        for _ in range(500):
            if facts(path)["ETag"] != first:
                renewed.set()
                break
        assert renewed.is_set()
    assert not path.exists()


def test_a_lost_lease_is_reported_and_left_to_its_new_holder(path: "UPath") -> None:
    with pytest.raises(UserError, match="x was taken over by another process"), lease(path, "x", lease_s=0.3):
        put(path, host="elsewhere", pid="2")
        (renewal,) = [thread for thread in threading.enumerate() if thread.name == "lease of x"]
        renewal.join(20)
    assert facts(path)["Metadata"]["host"] == "elsewhere"
