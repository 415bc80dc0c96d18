"""A run that is killed with SIGKILL during any write, and the run after it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACK_REPS
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import read_seal

EP = "demo-s01e01"
WRITES = (
    "video.json",
    "shots.json",
    "track_metrics.json",
    "tracks.seal.json",
    "tracks.jsonl",
    "faces.npy",
    "faces.seal.json",
    "faces.jsonl",
    "tracks.npy",
    "track_embeddings_meta.seal.json",
    "track_embeddings_meta.jsonl",
    "contact_sheet.jpg",
    "identities.json",
    "track_reps.seal.json",
    "track_reps.jsonl",
)
"""Every file that a run replaces, in order, without the evaluation, whose position varies."""

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


def test_the_next_run_continues_after_a_kill_in_any_write(home: Path, short_sample: Path) -> None:
    """One episode is killed at each write in turn; each run continues from what earlier runs finished."""
    store = ArtifactStore(str(home))
    video = ["--video", str(short_sample), "--stride", "25"]
    finished: list[str] = []
    for name in WRITES:
        killed = run(*video, dying_at=name)
        assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
        present = [asset for asset, spec in EPISODE_SPECS.items() if read_seal(store, spec, EP) is not None]
        assert present[: len(finished)] == finished
        finished = present
    unordered = "identity_evaluation"  # independent of the last asset, so either may come first
    assert [asset for asset in finished if asset != unordered] == [*EPISODE_SPECS][
        : [*EPISODE_SPECS].index("track_reps")
    ]

    last = run(*video)
    assert last.returncode == 0, last.stdout + last.stderr
    assert "an earlier run of this episode was killed" in last.stdout
    assert load_artifact(store, TRACK_REPS, EP).rows
    assert list(home.rglob(".partial-*")) == []


@pytest.mark.parametrize("name", ["shots.json", "tracks.seal.json", "tracks.jsonl"])
def test_a_kill_while_replacing_tracks_is_detected(home: Path, short_sample: Path, name: str) -> None:
    """A run with other settings dies while it replaces the tracks; a mix of old and new is never read."""
    assert run("--video", str(short_sample), "--stride", "25").returncode == 0
    assert run("--stride", "12", dying_at=name).returncode == -signal.SIGKILL
    shown = run("--from", "faces")
    assert shown.returncode in (1, 2)
    assert "is not the file that tracks was written with" in " ".join((shown.stdout + shown.stderr).split())
    after = run("--stride", "12")
    assert after.returncode == 0, after.stdout + after.stderr
    metrics = json.loads((home / "manifests" / EP / "track_metrics.json").read_text())
    assert metrics["stride"] == 12
