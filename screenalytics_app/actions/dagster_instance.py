"""The Dagster instance that command line, web server and daemon share."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from screenalytics_resources.project import PROJECT_ROOT, dagster_home
from screenalytics_resources.run_tags import PARTITION_TAG, STARTED_BY_TAG

if TYPE_CHECKING:
    from dagster import DagsterInstance, JobDefinition

_CONFIG = "dagster.yaml"


def open_instance() -> "DagsterInstance":
    """Open the instance in `DAGSTER_HOME`, which is set up on first use."""
    from dagster import DagsterInstance

    prepare_home()
    return DagsterInstance.get()


def prepare_home() -> None:
    """Create the instance's folder with a link to the project's `dagster.yaml`, and point `DAGSTER_HOME` to it."""
    home = dagster_home().resolve()
    home.mkdir(parents=True, exist_ok=True)
    config = home / _CONFIG
    if not config.exists() and not config.is_symlink():
        config.symlink_to(PROJECT_ROOT / _CONFIG)
    os.environ["DAGSTER_HOME"] = str(home)


def execute(
    job: "JobDefinition",
    instance: "DagsterInstance",
    partition: str,
    run_id: str,
    ops: Mapping[str, Mapping[str, Any]],
    tags: Mapping[str, str] | None = None,
) -> None:
    """Run a job of one episode or show in this process, silently. `ops` is the config of its steps.

    Raises the exception of the step that failed.
    """
    job.execute_in_process(
        instance=instance,
        partition_key=partition,
        run_id=run_id,
        run_config={"ops": ops, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        tags={STARTED_BY_TAG: "command line", **(tags or {})},
    )


def end_dead_runs(instance: "DagsterInstance", ep_id: str) -> list[str]:
    """Mark runs of `ep_id` that a killed process left behind as failed, and free their slots in the pools.

    Hold the episode's lock when calling this: a living run would hold it, so any run that seems to be under way is
    dead. Returns the ids of those runs.
    """
    from dagster import DagsterRunStatus, RunsFilter

    from screenalytics_assets.automation.dead_runs import end_run

    under_way = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]
    dead = instance.get_runs(filters=RunsFilter(statuses=under_way, tags={PARTITION_TAG: ep_id}))
    for run in dead:
        end_run(instance, run, "The process of this run was killed; a later run found it.")
    return [run.run_id for run in dead]
