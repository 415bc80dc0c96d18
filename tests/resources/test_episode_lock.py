"""The episode's lock, with real processes."""

import subprocess
import sys
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
    """A process that holds the lock until its standard input is closed or it is killed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root), EP], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    process = holder(tmp_path)
    try:
        told = rf"being worked on by another process \(pid {process.pid}\)"
        with pytest.raises(UserError, match=told), episode_lock(ArtifactStore(str(tmp_path)), EP):
            pass
        with episode_lock(ArtifactStore(str(tmp_path)), "demo-s01e02"):
            pass
    finally:
        process.communicate()
    with episode_lock(ArtifactStore(str(tmp_path)), EP):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    process = holder(tmp_path)
    process.kill()
    process.communicate()
    with episode_lock(ArtifactStore(str(tmp_path)), EP):
        pass


def test_one_process_may_take_it_again(tmp_path: Path) -> None:
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
