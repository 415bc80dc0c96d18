"""The command `cleanup --write-back`, killed with SIGKILL at any moment, and the state after it.

The commands are real processes, forked from one that has already imported everything, which halves their time.
"""

import json
import multiprocessing
import os
import random
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from screenalytics_assets.automation.adoption import report_unknown
from screenalytics_assets.cleanup.artifact_set import load_artifact_set
from screenalytics_assets.cleanup.write_back import set_paths
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import FACES
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.promotion import backups, is_under_way
from screenalytics_resources.sealed_files import save_table
from tests.tiny_episode import EP_ID, write_tiny_episode

IMPORTED = [
    "dagster._core.storage.sqlite_storage",
    "screenalytics_app.actions.cleanup",
    "screenalytics_app.cli.main",
    "screenalytics_app.cli.progress_bars",
    "screenalytics_assets.definitions",
    "scipy.cluster.hierarchy",
]
RUN = ("run", "--ep-id", EP_ID)
CLEANUP = (
    *("cleanup", "--ep-id", EP_ID, "--actions", "split_tracks", "--actions", "recluster"),
    *("--set", "gate_hard=0.999", "--set", "gate_soft=0.999", "--write-back", "--force"),
)
"""Splits every track that has faces in two, so that tracks, faces, embeddings and identities all change."""
CHANGED = ("tracks", "faces", "track_embeddings", "identities")
SEED = 20260102
ANYWHERE, AT_EACH_MARK = 8, 4
"""Kills spread over the run, and kills after each of three marks of the short phase in which it writes."""
ATTEMPTS = 5

COMMAND = """
import faulthandler, os, sys
root, log, arguments, prelude = {values!r}
os.environ.update(SCREENALYTICS_DATA_ROOT=root + "/data", DAGSTER_HOME=root + "/dagster", COLUMNS="200")
sys.stdout = sys.stderr = open(log, "a", encoding="utf-8")
faulthandler.dump_traceback_later(90, exit=True)
sys.argv = ["screenalytics", *arguments]
exec(prelude)
from screenalytics_app.cli.main import main
main()
"""
DIE_AFTER_JOURNAL = """
import signal
from screenalytics_resources.storage.local_disk import LocalDisk
write = LocalDisk.write
def dying(self, path, content, *more):
    write(self, path, content, *more)
    if path.name == "journal.json":
        os.kill(os.getpid(), signal.SIGKILL)
LocalDisk.write = dying
"""
LOOK = """
import json, os
from screenalytics_assets.cleanup.artifact_set import load_artifact_set
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_lock import episode_lock
root, answer, ep_id = {values!r}
store = ArtifactStore(root + "/data")
with episode_lock(store, ep_id):
    whole = load_artifact_set(store, ep_id)
with open(answer, "w", encoding="utf-8") as file:
    json.dump({{"missing": dict(whole.missing), "digests": whole.digests}}, file)
"""


@dataclass(frozen=True)
class Workspace:
    """A data root and a Dagster instance in a folder of their own."""

    folder: Path
    processes: ForkServerContext

    @property
    def store(self) -> ArtifactStore:
        return ArtifactStore(str(self.folder / "data"))

    @property
    def promotions(self) -> Path:
        return self.folder / "data" / "promotions" / EP_ID

    @property
    def files(self) -> dict[str, bytes]:
        """Content of every file of the stored set, by path."""
        return files_below(self.folder / "data")

    @property
    def output(self) -> str:
        return " ".join((self.folder / "log.txt").read_text(encoding="utf-8").split())

    def copy(self, name: str) -> "Workspace":
        folder = shutil.copytree(self.folder, self.folder.parent / name, symlinks=True)
        return replace(self, folder=Path(folder))

    def start(self, *arguments: str, prelude: str = "") -> BaseProcess:
        """Start `screenalytics` with these arguments after running `prelude`."""
        values = (str(self.folder), str(self.folder / "log.txt"), arguments, prelude)
        return self._start_process(COMMAND.format(values=values))

    def run(self, *arguments: str) -> float:
        """Run a command that must exit with 0; return the seconds that it took."""
        began = time.monotonic()
        process = self.start(*arguments)
        process.join()
        assert process.exitcode == 0, self.output
        return time.monotonic() - began

    def look(self) -> dict[str, Any]:
        """Return the missing artifacts and the digests that a new process reads under the episode's lock."""
        answer = self.folder / "answer.json"
        process = self._start_process(LOOK.format(values=(str(self.folder), str(answer), EP_ID)))
        process.join()
        assert process.exitcode == 0
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return found

    def _start_process(self, program: str) -> BaseProcess:
        process = self.processes.Process(target=exec, args=(program, {"__name__": "__main__"}))
        process.start()
        return process


def files_below(root: Path) -> dict[str, bytes]:
    return {path: (root / path).read_bytes() for path in set_paths(EP_ID) if (root / path).exists()}


def until(process: BaseProcess, workspace: Workspace, pattern: str) -> None:
    """Wait until an entry of the promotions matches `pattern`; fail if the process ends first."""
    assert reaches(process, workspace, pattern), f"ended before {pattern} existed: {workspace.output}"


def reaches(process: BaseProcess, workspace: Workspace, pattern: str) -> bool:
    """Wait until an entry of the promotions matches `pattern`; return False if the process ends first."""
    while not any(workspace.promotions.glob(pattern)):
        process.join(0.0005)
        if process.exitcode is not None:
            return False
    return True


def cleanup_at(mark: str, episode: Workspace, name: str) -> tuple[BaseProcess, Workspace]:
    """Start a cleanup of a copy and return it at `mark`. It is started again if a busy machine missed the mark."""
    for attempt in range(ATTEMPTS):
        workspace = episode.copy(f"{name}-{attempt}")
        process = workspace.start(*CLEANUP)
        if reaches(process, workspace, mark):
            return process, workspace
        shutil.rmtree(workspace.folder)
    raise AssertionError(f"None of {ATTEMPTS} cleanups reached {mark}")


@pytest.fixture(scope="module")
def processes() -> Iterator[ForkServerContext]:
    """Fork processes from one without threads, because a fork of a process with threads can deadlock."""
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENBLAS_NUM_THREADS", "1")
        forkserver.ensure_running()
    yield context
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def episode(processes: ForkServerContext, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Write the tiny episode and report every artifact to Dagster; tests use copies."""
    workspace = Workspace(tmp_path_factory.mktemp("cleanup") / "old", processes)
    write_tiny_episode(workspace.folder / "data")
    workspace.run(*RUN)
    return workspace


@dataclass(frozen=True)
class Undisturbed:
    """Result and duration of a cleanup that was not killed."""

    digests: dict[str, str]
    seconds: float
    writing: float
    """Seconds from the first staged file to the last step of the promotion."""


@pytest.fixture(scope="module")
def undisturbed(episode: Workspace) -> Undisturbed:
    workspace = episode.copy("undisturbed")
    began = time.monotonic()
    process = workspace.start(*CLEANUP)
    until(process, workspace, "staged-*")
    staged = time.monotonic()
    until(process, workspace, "backup-*")
    kept = time.monotonic()
    process.join()
    assert process.exitcode in (0, 1), workspace.output
    assert backups(workspace.store, EP_ID), workspace.output
    return Undisturbed(load_artifact_set(workspace.store, EP_ID).digests, time.monotonic() - began, kept - staged)


def old_or_new(workspace: Workspace, old: Workspace, new: dict[str, str]) -> bool:
    """Check that a killed cleanup left the old or the new set; return whether it is the new one."""
    found = workspace.look()
    assert found["missing"] == {}
    assert found["digests"] in (load_artifact_set(old.store, EP_ID).digests, new)
    left = [path.name for path in workspace.promotions.glob("*") if not path.name.startswith("backup-")]
    assert left == []
    is_new = bool(found["digests"] == new)
    if is_new:
        (backup,) = backups(workspace.store, EP_ID)
        assert files_below(backup.folder) == old.files
    else:
        assert workspace.files == old.files
        assert backups(workspace.store, EP_ID) == []
    assert workspace.look() == found
    return is_new


def test_every_artifact_of_the_set_changes(episode: Workspace, undisturbed: Undisturbed) -> None:
    """Otherwise a mix of two sets could not be detected."""
    before = load_artifact_set(episode.store, EP_ID).digests
    assert {asset for asset in before if before[asset] != undisturbed.digests[asset]} == set(CHANGED)


def test_killed_at_any_moment(episode: Workspace, undisturbed: Undisturbed) -> None:
    """Every artifact loads, the set is the old or the new one, and the old set is not lost."""
    draw = random.Random(SEED)  # noqa: S311 - moments, not secrets
    for number in range(ANYWHERE):
        share = (number + draw.random()) / ANYWHERE
        workspace = episode.copy(f"killed-anywhere-{number}")
        process = workspace.start(*CLEANUP)
        process.join(share * undisturbed.seconds)
        process.kill()
        process.join()
        old_or_new(workspace, episode, undisturbed.digests)
        shutil.rmtree(workspace.folder)


@pytest.mark.parametrize(
    ("mark", "counts"),
    [
        pytest.param("staged-*", False, id="the new set is being staged"),
        pytest.param("backup-*", False, id="the old set is being backed up"),
        pytest.param("journal.json", True, id="the journal is written"),
    ],
)
def test_killed_during_the_writes(episode: Workspace, undisturbed: Undisturbed, mark: str, counts: bool) -> None:
    """Once the journal is written, the new set is valid; before it, the moment decides."""
    draw = random.Random(SEED)  # noqa: S311 - moments, not secrets
    for number in range(AT_EACH_MARK):
        share = (number + draw.random()) / AT_EACH_MARK
        process, workspace = cleanup_at(mark, episode, f"killed-writing-{number}")
        process.join(share * undisturbed.writing / 2)
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        is_new = old_or_new(workspace, episode, undisturbed.digests)
        assert is_new or not counts
        shutil.rmtree(workspace.folder)


def test_two_cleanups_at_once(episode: Workspace) -> None:
    """The first one is stopped while it works, so that the second one meets its lock."""
    workspace = episode.copy("two-at-once")
    first = workspace.start(*CLEANUP)
    until(first, workspace, "staged-*")
    assert first.pid is not None
    os.kill(first.pid, signal.SIGSTOP)
    second = workspace.start(*CLEANUP)
    second.join()
    printed = workspace.output
    os.kill(first.pid, signal.SIGCONT)
    first.join()
    assert second.exitcode == 2
    assert f"{EP_ID} is being worked on by another process (pid {first.pid} on {socket.gethostname()})" in printed
    assert first.exitcode == 0, workspace.output
    assert len(backups(workspace.store, EP_ID)) == 1


def data_versions(asset: str) -> list[tuple[str, str | None]]:
    """Return digest and description of every materialization that Dagster knows, oldest first."""
    from dagster import AssetKey, AssetRecordsFilter
    from dagster._core.definitions.data_version import DATA_VERSION_TAG

    from screenalytics_app.actions.dagster_instance import open_instance

    wanted = AssetRecordsFilter(asset_key=AssetKey(asset), asset_partitions=[EP_ID])
    with open_instance() as instance:
        records = instance.fetch_materializations(wanted, limit=10, ascending=True).records
    found = [record.asset_materialization for record in records]
    return [((each.tags or {})[DATA_VERSION_TAG], each.description) for each in found if each]


def test_the_next_run_reports_a_promotion_that_it_completed(
    episode: Workspace, undisturbed: Undisturbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = episode.copy("reported-later")
    monkeypatch.setenv("DAGSTER_HOME", str(workspace.folder / "dagster"))
    before = load_artifact_set(workspace.store, EP_ID).digests
    process = workspace.start(*CLEANUP, prelude=DIE_AFTER_JOURNAL)
    process.join()
    assert process.exitcode == -signal.SIGKILL, workspace.output
    assert is_under_way(workspace.store, EP_ID)
    assert [data_versions(asset)[-1][0] for asset in CHANGED] == [before[asset] for asset in CHANGED]

    workspace.run(*RUN)
    assert "an earlier run of this episode was killed" in workspace.output
    found = "Found in the data root; no run of this instance wrote it."
    for asset in CHANGED:
        assert (undisturbed.digests[asset], found) in data_versions(asset)[1:]
    assert not is_under_way(workspace.store, EP_ID)


def test_the_code_version_of_an_artifact_is_reported(tmp_path: Path) -> None:
    """A later code version makes an artifact out of date even if Dagster had not seen it."""
    from dagster import AssetKey, DagsterInstance
    from dagster._core.definitions.data_version import CODE_VERSION_TAG

    store = write_tiny_episode(tmp_path)
    faces = load_artifact(store, FACES, EP_ID)
    earlier = replace(faces, provenance=faces.provenance.model_copy(update={"code_version": "earlier"}))
    save_table(store, FACES, earlier)
    with DagsterInstance.ephemeral() as instance:
        assert report_unknown(instance, store, EP_ID)[:3] == list(EPISODE_SPECS)[:3]
        event = instance.get_latest_materialization_event(AssetKey("faces"))
        assert event is not None
        assert event.asset_materialization is not None
        assert (event.asset_materialization.tags or {})[CODE_VERSION_TAG].startswith("earlier-")
        assert report_unknown(instance, store, EP_ID) == []
