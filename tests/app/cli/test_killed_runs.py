"""A run that is killed with SIGKILL during any write, and the run after it."""

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACK_REPS
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import read_seal
from tests.app.cli.forked_program import ForkedProgram, forked_program

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

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkedProgram]:
    with forked_program(tmp_path_factory.mktemp("output")) as program:
        yield program


@pytest.fixture
def run(program: ForkedProgram) -> Run:
    """Return a function that runs the episode with the given arguments in a process of its own."""
    return partial(program.run, "run", "--ep-id", EP)


def test_the_next_run_continues_after_a_kill_in_any_write(home: Path, short_sample: Path, run: Run) -> None:
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
    last_asset = "track_reps"  # the suggestions and the screen time are made next to it
    built = [
        asset for asset in EPISODE_SPECS if asset not in (unordered, last_asset, "merge_suggestions", "screen_time")
    ]
    assert [asset for asset in finished if asset in built] == built
    assert last_asset not in finished

    last = run(*video)
    assert last.returncode == 0, last.stdout + last.stderr
    assert "an earlier run of this episode was killed" in last.stdout
    assert load_artifact(store, TRACK_REPS, EP).rows
    assert list(home.rglob(".partial-*")) == []


@pytest.mark.parametrize("name", ["shots.json", "tracks.seal.json", "tracks.jsonl"])
def test_a_kill_while_replacing_tracks_is_detected(home: Path, short_sample: Path, run: Run, name: str) -> None:
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
