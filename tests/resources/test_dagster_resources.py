"""What the graph gets from Dagster: the episode's lock for as long as a run lasts, progress, the data root."""

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
    materialize,
    mem_io_manager,
)

from screenalytics_resources.dagster_resources import ProgressResource, StoreResource
from screenalytics_resources.errors import UserError
from tests.resources.test_episode_lock import HOLDER, holder

EP, OTHER = "demo-s01e01", "demo-s01e02"
PARTITIONS = DynamicPartitionsDefinition(name="episodes")


def ask_for(root: str, ep_id: str) -> str:
    """What a second process hears that wants the episode: `held`, or the last line of its error."""
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
    return [ask_for(store.root, ep_id) for ep_id in (EP, OTHER)]


@asset(partitions_def=PARTITIONS)
def failing(store: StoreResource) -> None:
    raise RuntimeError("the stage fails")


@asset
def no_episode(store: StoreResource) -> list[str]:
    return [ask_for(store.root, EP)]


def run(made: Any, root: str, ep_id: str | None = EP) -> Any:
    resources = {"store": StoreResource(root=root), "io_manager": mem_io_manager}
    with DagsterInstance.ephemeral() as instance:
        if ep_id is not None:
            instance.add_dynamic_partitions("episodes", [ep_id])
        result = materialize(
            [made], partition_key=ep_id, instance=instance, resources=resources, raise_on_error=made is not failing
        )
    return result


def test_a_second_process_is_refused_while_a_run_lasts(tmp_path: Path) -> None:
    refused, other = run(one_episode, str(tmp_path)).output_for_node("one_episode")
    assert "demo-s01e01 is being worked on by another process" in refused
    assert other == "held", "another episode is free"
    assert ask_for(str(tmp_path), EP) == "held", "the run is over"


def test_a_failed_run_frees_its_episode(tmp_path: Path) -> None:
    assert not run(failing, str(tmp_path)).success
    assert ask_for(str(tmp_path), EP) == "held"


def test_a_run_without_an_episode_locks_none(tmp_path: Path) -> None:
    assert run(no_episode, str(tmp_path), ep_id=None).output_for_node("no_episode") == ["held"]


@pytest.mark.parametrize(
    ("root", "ep_id", "told"),
    [
        pytest.param("data", "../elsewhere", "'../elsewhere' is not an episode id", id="partition-is-no-episode"),
        pytest.param("gs://bucket/prefix", EP, "is neither a folder nor s3://bucket/prefix", id="other-storage"),
    ],
)
def test_a_run_that_cannot_be_locked_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: str, ep_id: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match="resource") as error:
        run(one_episode, root, ep_id)
    assert told in str(user_error(error.value))
    assert list(tmp_path.iterdir()) == []


def user_error(error: BaseException | None) -> UserError:
    while not isinstance(error, UserError):
        assert error is not None, "no UserError among the causes"
        error = error.__cause__
    return error


def test_store_and_progress_lie_below_the_data_root(home: Path) -> None:
    assert StoreResource().store().root == str(home)
    ProgressResource().progress().start(EP, "tracks", 10, "frames")
    written = json.loads((home / "manifests" / EP / "progress.json").read_text())
    assert (written["ep_id"], written["stage"], written["total"]) == (EP, "tracks", 10)


def test_a_run_that_finds_its_episode_held_is_not_started_again(tmp_path: Path) -> None:
    """Dagster takes it for a fault of the run, as a resource could not be set up."""
    process = holder(tmp_path)
    try:
        with DagsterInstance.ephemeral(settings={"run_retries": {"enabled": True, "max_retries": 2}}) as instance:
            instance.add_dynamic_partitions("episodes", [EP])
            resources = {"store": StoreResource(root=str(tmp_path)), "io_manager": mem_io_manager}
            materialize([failing], partition_key=EP, instance=instance, resources=resources, raise_on_error=False)
            (run,) = instance.get_runs()
            assert (run.tags["dagster/max_retries"], run.tags["dagster/will_retry"]) == ("0", "false")
    finally:
        process.communicate()
