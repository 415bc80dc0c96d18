"""The command `cleanup --write-back`, killed with SIGKILL at any moment, and what is found after it.

The commands are real processes, forked from one that has the imports behind it, which halves their time.
"""

import json
import multiprocessing
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from screenalytics_app.actions.report_artifacts import report_unknown
from screenalytics_assets.cleanup.artifact_set import load_artifact_set
from screenalytics_assets.cleanup.write_back import set_paths
from screenalytics_assets.contract.loading import load_faces
from screenalytics_assets.contract.schemas import ARTIFACTS, FACES
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.promotion import backups, is_under_way
from screenalytics_resources.sealed_files import save_table
from tests.tiny_episode import EP_ID, write_tiny_episode

IMPORTED = [
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
"""Cuts every track that has faces in two: tracks, faces, embeddings and identities all change."""
CHANGED = ("tracks", "faces", "track_embeddings", "identities")
SEED = 20260102
ANYWHERE, AT_EACH_MARK = 8, 4
"""Kills over the whole run, and in the moments after each of three marks of the short time in which it writes."""
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
class Workplace:
    """A data root and a Dagster instance of their own."""

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
        """The set as it lies in the data root, by path."""
        return files_below(self.folder / "data")

    @property
    def said(self) -> str:
        return " ".join((self.folder / "log.txt").read_text(encoding="utf-8").split())

    def copy(self, name: str) -> "Workplace":
        folder = shutil.copytree(self.folder, self.folder.parent / name, symlinks=True)
        return replace(self, folder=Path(folder))

    def start(self, *arguments: str, prelude: str = "") -> BaseProcess:
        """Start `screenalytics` with these arguments, after the lines of `prelude`."""
        values = (str(self.folder), str(self.folder / "log.txt"), arguments, prelude)
        return self._started(COMMAND.format(values=values))

    def run(self, *arguments: str) -> float:
        """Seconds that the command took; it must end with exit code 0."""
        began = time.monotonic()
        process = self.start(*arguments)
        process.join()
        assert process.exitcode == 0, self.said
        return time.monotonic() - began

    def look(self) -> dict[str, Any]:
        """What a new process finds once it has the episode's lock."""
        answer = self.folder / "answer.json"
        process = self._started(LOOK.format(values=(str(self.folder), str(answer), EP_ID)))
        process.join()
        assert process.exitcode == 0
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return found

    def _started(self, program: str) -> BaseProcess:
        process = self.processes.Process(target=exec, args=(program, {"__name__": "__main__"}))
        process.start()
        return process


def files_below(root: Path) -> dict[str, bytes]:
    return {path: (root / path).read_bytes() for path in set_paths(EP_ID) if (root / path).exists()}


def until(process: BaseProcess, place: Workplace, pattern: str) -> None:
    """Wait until something of this name lies in the promotions; fails if the process ends before."""
    assert has_come_to(process, place, pattern), f"ended before there was any {pattern}: {place.said}"


def has_come_to(process: BaseProcess, place: Workplace, pattern: str) -> bool:
    """Wait until something of this name lies in the promotions, or until the process has ended."""
    while not any(place.promotions.glob(pattern)):
        process.join(0.0005)
        if process.exitcode is not None:
            return False
    return True


def cleanup_that_comes_to(mark: str, episode: Workplace, name: str) -> tuple[BaseProcess, Workplace]:
    """A cleanup of a copy, at `mark`. On a busy machine one may go past it between two looks: then another is begun."""
    for attempt in range(ATTEMPTS):
        place = episode.copy(f"{name}-{attempt}")
        process = place.start(*CLEANUP)
        if has_come_to(process, place, mark):
            return process, place
        shutil.rmtree(place.folder)
    raise AssertionError(f"None of {ATTEMPTS} cleanups was seen at {mark}")


@pytest.fixture(scope="module")
def processes() -> Iterator[ForkServerContext]:
    """Makes processes from one that has no threads: a fork with threads may stand still for ever."""
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENBLAS_NUM_THREADS", "1")
        forkserver.ensure_running()
    yield context
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def episode(processes: ForkServerContext, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """The tiny episode, every artifact of it known to Dagster; tests take copies."""
    place = Workplace(tmp_path_factory.mktemp("cleanup") / "old", processes)
    write_tiny_episode(place.folder / "data")
    place.run(*RUN)
    return place


@dataclass(frozen=True)
class Undisturbed:
    """A cleanup that nobody killed: what it came to, and how long it took."""

    digests: dict[str, str]
    seconds: float
    writing: float
    """Seconds from the first staged file to the last step of the promotion."""


@pytest.fixture(scope="module")
def undisturbed(episode: Workplace) -> Undisturbed:
    place = episode.copy("undisturbed")
    began = time.monotonic()
    process = place.start(*CLEANUP)
    until(process, place, "staged-*")
    staged = time.monotonic()
    until(process, place, "backup-*")
    kept = time.monotonic()
    process.join()
    assert process.exitcode in (0, 1), place.said
    assert backups(place.store, EP_ID), place.said
    return Undisturbed(load_artifact_set(place.store, EP_ID).digests, time.monotonic() - began, kept - staged)


def old_or_new(place: Workplace, old: Workplace, new: dict[str, str]) -> bool:
    """Hold what a killed cleanup left against the two sets that there may be; whether it is the new one."""
    found = place.look()
    assert found["missing"] == {}
    assert found["digests"] in (load_artifact_set(old.store, EP_ID).digests, new)
    left = [path.name for path in place.promotions.glob("*") if not path.name.startswith("backup-")]
    assert left == []
    is_new = bool(found["digests"] == new)
    if is_new:
        (backup,) = backups(place.store, EP_ID)
        assert files_below(backup.folder) == old.files
    else:
        assert place.files == old.files
        assert backups(place.store, EP_ID) == []
    assert place.look() == found
    return is_new


def test_the_whole_set_changes(episode: Workplace, undisturbed: Undisturbed) -> None:
    """Else a mix of two sets could not be told."""
    before = load_artifact_set(episode.store, EP_ID).digests
    assert {asset for asset in before if before[asset] != undisturbed.digests[asset]} == set(CHANGED)


def test_killed_at_any_moment(episode: Workplace, undisturbed: Undisturbed) -> None:
    """Every artifact loads, the set is the old or the new one, and the old one is not lost."""
    draw = random.Random(SEED)  # noqa: S311 - moments, not secrets
    for number in range(ANYWHERE):
        share = (number + draw.random()) / ANYWHERE
        place = episode.copy(f"killed-anywhere-{number}")
        process = place.start(*CLEANUP)
        process.join(share * undisturbed.seconds)
        process.kill()
        process.join()
        old_or_new(place, episode, undisturbed.digests)
        shutil.rmtree(place.folder)


@pytest.mark.parametrize(
    ("mark", "counts"),
    [
        pytest.param("staged-*", False, id="the new set is being staged"),
        pytest.param("backup-*", False, id="the old set is being kept"),
        pytest.param("journal.json", True, id="the journal stands"),
    ],
)
def test_killed_in_the_middle_of_the_writes(
    episode: Workplace, undisturbed: Undisturbed, mark: str, counts: bool
) -> None:
    """Once the journal stands, the new set counts; before it, which one does is a matter of the moment."""
    draw = random.Random(SEED)  # noqa: S311 - moments, not secrets
    for number in range(AT_EACH_MARK):
        share = (number + draw.random()) / AT_EACH_MARK
        process, place = cleanup_that_comes_to(mark, episode, f"killed-writing-{number}")
        process.join(share * undisturbed.writing / 2)
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        is_new = old_or_new(place, episode, undisturbed.digests)
        assert is_new or not counts
        shutil.rmtree(place.folder)


def test_two_cleanups_at_once(episode: Workplace) -> None:
    """The first is held still while it works, so that the second must meet it."""
    place = episode.copy("two-at-once")
    first = place.start(*CLEANUP)
    until(first, place, "staged-*")
    assert first.pid is not None
    os.kill(first.pid, signal.SIGSTOP)
    second = place.start(*CLEANUP)
    second.join()
    said = place.said
    os.kill(first.pid, signal.SIGCONT)
    first.join()
    assert second.exitcode == 2
    assert f"{EP_ID} is being worked on by another process (pid {first.pid})" in said
    assert first.exitcode == 0, place.said
    assert len(backups(place.store, EP_ID)) == 1


def data_versions(asset: str) -> list[tuple[str, str | None]]:
    """Digest and description of every materialization that Dagster knows, oldest first."""
    from dagster import AssetKey, AssetRecordsFilter
    from dagster._core.definitions.data_version import DATA_VERSION_TAG

    from screenalytics_app.actions.dagster_instance import open_instance

    wanted = AssetRecordsFilter(asset_key=AssetKey(asset), asset_partitions=[EP_ID])
    with open_instance() as instance:
        records = instance.fetch_materializations(wanted, limit=10, ascending=True).records
    found = [record.asset_materialization for record in records]
    return [((each.tags or {})[DATA_VERSION_TAG], each.description) for each in found if each]


def test_the_next_run_tells_dagster_of_a_promotion_that_it_finished(
    episode: Workplace, undisturbed: Undisturbed, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = episode.copy("told-later")
    monkeypatch.setenv("DAGSTER_HOME", str(place.folder / "dagster"))
    before = load_artifact_set(place.store, EP_ID).digests
    process = place.start(*CLEANUP, prelude=DIE_AFTER_JOURNAL)
    process.join()
    assert process.exitcode == -signal.SIGKILL, place.said
    assert is_under_way(place.store, EP_ID)
    assert [data_versions(asset)[-1][0] for asset in CHANGED] == [before[asset] for asset in CHANGED]

    place.run(*RUN)
    assert "an earlier run of this episode was killed" in place.said
    found = "Found in the data root; no run of this instance wrote it."
    for asset in CHANGED:
        assert (undisturbed.digests[asset], found) in data_versions(asset)[1:]
    assert not is_under_way(place.store, EP_ID)


def test_dagster_is_told_with_which_code_an_artifact_was_made(tmp_path: Path) -> None:
    """Code that has changed since makes it out of date, also where Dagster had not seen it."""
    from dagster import AssetKey, DagsterInstance
    from dagster._core.definitions.data_version import CODE_VERSION_TAG

    store = write_tiny_episode(tmp_path)
    faces = load_faces(store, EP_ID)
    earlier = replace(faces, provenance=faces.provenance.model_copy(update={"code_version": "earlier"}))
    save_table(store, FACES, earlier)
    with DagsterInstance.ephemeral() as instance:
        assert report_unknown(instance, store, EP_ID)[:3] == list(ARTIFACTS)[:3]
        event = instance.get_latest_materialization_event(AssetKey("faces"))
        assert event is not None
        assert event.asset_materialization is not None
        assert (event.asset_materialization.tags or {})[CODE_VERSION_TAG].startswith("earlier-")
        assert report_unknown(instance, store, EP_ID) == []
