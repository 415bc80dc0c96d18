"""Dagster resources: the episode lock for the duration of a run, progress, and the data root."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetExecutionContext,
    DagsterInstance,
    DynamicPartitionsDefinition,
    asset,
    job,
    materialize,
    mem_io_manager,
    op,
)

from screenalytics_resources.artifact_store import ROOT_VARIABLE
from screenalytics_resources.dagster_resources import ProgressResource, StoreResource
from screenalytics_resources.errors import UserError
from tests.resources.test_episode_lock import HOLDER, holder

EP, OTHER = "demo-s01e01", "demo-s01e02"
PARTITIONS = DynamicPartitionsDefinition(name="episodes")


def try_to_lock(root: str, ep_id: str) -> str:
    """Try to lock the episode in a second process. Return `held`, or the last line of its error."""
    process = subprocess.run(
        [sys.executable, "-c", HOLDER, root, ep_id],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return (process.stdout or process.stderr).splitlines()[-1]


@asset(partitions_def=PARTITIONS)
def one_episode(context: AssetExecutionContext, store: StoreResource) -> list[str]:
    return [try_to_lock(store.store().root, ep_id) for ep_id in (EP, OTHER)]


@asset(partitions_def=PARTITIONS)
def failing(store: StoreResource) -> None:
    raise RuntimeError("the stage fails")


@asset
def no_episode(store: StoreResource) -> list[str]:
    return [try_to_lock(store.store().root, EP)]


def run(to_materialize: Any, root: str, ep_id: str | None = EP) -> Any:
    resources = {"store": StoreResource(), "io_manager": mem_io_manager}
    with DagsterInstance.ephemeral() as instance, pytest.MonkeyPatch.context() as patch:
        patch.setenv(ROOT_VARIABLE, root)
        if ep_id is not None:
            instance.add_dynamic_partitions("episodes", [ep_id])
        result = materialize(
            [to_materialize],
            partition_key=ep_id,
            instance=instance,
            resources=resources,
            raise_on_error=to_materialize is not failing,
        )
    return result


def test_a_second_process_cannot_lock_the_episode_during_a_run(tmp_path: Path) -> None:
    same_episode, other_episode = run(one_episode, str(tmp_path)).output_for_node("one_episode")
    assert "demo-s01e01 is being worked on by another process" in same_episode
    assert other_episode == "held", "another episode is free"
    assert try_to_lock(str(tmp_path), EP) == "held", "the run is over"


def test_a_failed_run_releases_the_lock(tmp_path: Path) -> None:
    assert not run(failing, str(tmp_path)).success
    assert try_to_lock(str(tmp_path), EP) == "held"


def test_a_run_without_an_episode_locks_no_episode(tmp_path: Path) -> None:
    assert run(no_episode, str(tmp_path), ep_id=None).output_for_node("no_episode") == ["held"]


@pytest.mark.parametrize(
    ("root", "ep_id", "message"),
    [
        pytest.param("data", "../elsewhere", "'../elsewhere' is not an episode id", id="invalid-partition"),
        pytest.param("gs://bucket/prefix", EP, "is neither a folder nor s3://bucket/prefix", id="unsupported-storage"),
    ],
)
def test_a_run_that_cannot_be_locked_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str, ep_id: str, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match="resource") as error:
        run(one_episode, root, ep_id)
    assert message in str(user_error(error.value))
    assert list(tmp_path.iterdir()) == []


def user_error(error: BaseException | None) -> UserError:
    while not isinstance(error, UserError):
        assert error is not None, "no UserError among the causes"
        error = error.__cause__
    return error


def test_store_and_progress_use_the_data_root(home: Path) -> None:
    assert StoreResource().store().root == str(home)
    ProgressResource().progress().start(EP, "tracks", 10, "frames")
    written = json.loads((home / "manifests" / EP / "progress.json").read_text())
    assert (written["ep_id"], written["stage"], written["total"]) == (EP, "tracks", 10)


def test_progress_of_a_run_names_the_run(home: Path) -> None:
    @op
    def work(progress: ProgressResource) -> None:
        progress.progress().start(EP, "tracks", 10, "frames")

    @job(resource_defs={"progress": ProgressResource()})
    def working() -> None:
        work()

    result = working.execute_in_process(instance=DagsterInstance.ephemeral())
    assert json.loads((home / "manifests" / EP / "progress.json").read_text())["run_id"] == result.run_id


def test_the_launchpad_offers_no_resource_config(home: Path) -> None:
    """Half of the code would not honour another data root."""
    fields = {name: list(kind.model_fields) for kind in (StoreResource, ProgressResource) for name in [kind.__name__]}
    assert fields == {"StoreResource": [], "ProgressResource": []}


def test_a_run_whose_episode_is_locked_is_not_retried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dagster treats the failed setup of a resource as a failure of the run, which it retries by default."""
    monkeypatch.setenv(ROOT_VARIABLE, str(tmp_path))
    process = holder(tmp_path)
    try:
        with DagsterInstance.ephemeral(settings={"run_retries": {"enabled": True, "max_retries": 2}}) as instance:
            instance.add_dynamic_partitions("episodes", [EP])
            resources = {"store": StoreResource(), "io_manager": mem_io_manager}
            materialize([failing], partition_key=EP, instance=instance, resources=resources, raise_on_error=False)
            (run,) = instance.get_runs()
            assert (run.tags["dagster/max_retries"], run.tags["dagster/will_retry"]) == ("0", "false")
    finally:
        process.communicate()
