"""The episode lock, tested with real processes."""

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError

EP = "demo-s01e01"
HOLDER = """
import sys
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_lock import episode_lock
with episode_lock(ArtifactStore(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(root: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock until its standard input is closed or it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root), EP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_gets_an_error_that_names_the_holder(tmp_path: Path) -> None:
    process = holder(tmp_path)
    try:
        message = rf"being worked on by another process \(pid {process.pid} on {socket.gethostname()}\): wait"
        with pytest.raises(UserError, match=message), episode_lock(ArtifactStore(str(tmp_path)), EP):
            pass
        with episode_lock(ArtifactStore(str(tmp_path)), "demo-s01e02"):
            pass
    finally:
        process.communicate()
    with episode_lock(ArtifactStore(str(tmp_path)), EP):
        pass


def test_the_lock_of_a_killed_process_is_released(tmp_path: Path) -> None:
    process = holder(tmp_path)
    process.kill()
    process.communicate()
    with episode_lock(ArtifactStore(str(tmp_path)), EP):
        pass


def test_a_second_thread_waits_for_its_turn_like_a_second_process(tmp_path: Path) -> None:
    """A server has many threads, and they write the same files."""
    store = ArtifactStore(str(tmp_path))

    def hold() -> None:
        with episode_lock(store, EP):
            pass

    with ThreadPoolExecutor(1) as other:
        with episode_lock(store, EP), pytest.raises(UserError, match="being worked on"):
            other.submit(hold).result()
        other.submit(hold).result()


def test_the_lock_is_reentrant_within_a_thread(tmp_path: Path) -> None:
    store = ArtifactStore(str(tmp_path))
    with episode_lock(store, EP):
        with episode_lock(store, EP):
            pass
        probe = subprocess.run(
            [sys.executable, "-c", HOLDER, str(tmp_path), EP],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert b"is being worked on" in probe.stderr, "the inner release must not free the lock"
