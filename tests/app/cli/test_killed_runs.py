"""A run that is killed with SIGKILL in the middle of any write, and the run after it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from screenalytics_assets.contract.loading import load_track_reps
from screenalytics_assets.contract.schemas import ARTIFACTS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import read_seal

EP = "demo-s01e01"
WRITES = (
    "video.json",
    "shots.json",
    "track_metrics.json",
    "tracks.jsonl",
    "faces.npy",
    "faces.jsonl",
    "tracks.npy",
    "track_embeddings_meta.jsonl",
    "contact_sheet.jpg",
    "identities.json",
    "track_reps.jsonl",
)
"""Every file that a run replaces, in order, but for the evaluation, whose turn is not certain."""

DYING_RUN = """
import os, signal, sys
from screenalytics_resources import artifact_store
name = sys.argv.pop(1)
replace = artifact_store.Path.replace
def dying(self, target):
    if os.path.basename(target) == name:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
artifact_store.Path.replace = dying
from screenalytics_app.cli.main import main
main()
"""


def run(*arguments: str, dying_at: str | None = None) -> subprocess.CompletedProcess[str]:
    program = ["-c", DYING_RUN, dying_at] if dying_at else ["-m", "screenalytics_app.cli.main"]
    return subprocess.run(
        [sys.executable, *program, "run", "--ep-id", EP, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"COLUMNS": "200"},
    )


def test_killed_in_any_write_the_next_run_goes_on(home: Path, short_sample: Path) -> None:
    """One episode, killed at each write in turn: each run picks up what the runs before it finished."""
    store = ArtifactStore(str(home))
    video = ["--video", str(short_sample), "--stride", "25"]
    finished: list[str] = []
    for name in WRITES:
        killed = run(*video, dying_at=name)
        assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
        there = [asset for asset, spec in ARTIFACTS.items() if read_seal(store, spec, EP) is not None]
        assert there[: len(finished)] == finished
        finished = there
    beside = "identity_evaluation"  # as far from the video as the last: either may come first
    assert [asset for asset in finished if asset != beside] == [*ARTIFACTS][: [*ARTIFACTS].index("track_reps")]

    last = run(*video)
    assert last.returncode == 0, last.stdout + last.stderr
    assert "an earlier run of this episode was killed" in last.stdout
    assert load_track_reps(store, EP).rows
    assert list(home.rglob(".partial-*")) == []


@pytest.mark.parametrize("name", ["shots.json", "tracks.jsonl"])
def test_killed_while_replacing_tracks_leaves_old_or_says_torn(home: Path, short_sample: Path, name: str) -> None:
    """A re-run with other settings dies while it replaces the tracks: nobody reads a mix of old and new."""
    assert run("--video", str(short_sample), "--stride", "25").returncode == 0
    assert run("--stride", "12", dying_at=name).returncode == -signal.SIGKILL
    shown = run("--from", "faces")
    assert shown.returncode in (1, 2)
    assert "is not the file that tracks was written with" in " ".join((shown.stdout + shown.stderr).split())
    after = run("--stride", "12")
    assert after.returncode == 0, after.stdout + after.stderr
    metrics = json.loads((home / "manifests" / EP / "track_metrics.json").read_text())
    assert metrics["stride"] == 12
