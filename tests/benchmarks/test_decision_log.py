"""Several processes append to one decision log at the same time; the check of the benchmark finds what is wrong."""

import os
from pathlib import Path

import pytest

from benchmarks.moderation.decision_log import EP_ID, check
from benchmarks.moderation.log_writer import acknowledged, append_all, gesture, given
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.cast_store import open_cast_store

WRITERS, GESTURES = 4, 12
RIGHT = {"lost": 0, "acknowledged_lost": 0, "doubled": 0, "gaps": 0, "not_in_mirror": 0}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SCREENALYTICS_DATABASE_URL", raising=False)
    (tmp_path / "acknowledged").mkdir()
    return tmp_path


def start(root: Path, name: str) -> int:
    child = os.fork()
    if child == 0:
        try:
            append_all(str(root), EP_ID, name, GESTURES, tracks=4)
            os._exit(0)
        finally:
            os._exit(1)
    return child


def test_nothing_is_lost_or_doubled(root: Path) -> None:
    names = [f"writer-{number}" for number in range(WRITERS)]
    with open_cast_store(str(root)) as cast:
        children = [start(root, name) for name in names]
        assert {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children} == {0}
        expected = {f"{name}-{number}" for name in names for number in range(GESTURES)}
        said = {key for name in names for key in acknowledged(root / "acknowledged" / name)}
        assert said == expected
        assert check(ArtifactStore(str(root)), cast, expected, said) == {"gestures": len(expected), **RIGHT}


def test_the_check_finds_what_is_wrong(root: Path) -> None:
    store = ArtifactStore(str(root))
    append_all(str(root), EP_ID, "one", 2, tracks=2)
    with open_cast_store(str(root)) as cast:
        cast.append(EP_ID, "another", "one-0", given(gesture(1, 2)))
        found = check(store, cast, {"one-0", "one-1", "two-0", "two-1"}, {"one-0", "two-0"})
    wrong = {"lost": 2, "acknowledged_lost": 1, "doubled": 1, "gaps": 0, "not_in_mirror": 1}
    assert found == {"gestures": 2, **wrong}
