"""The Dagster instance that command line, web server and daemon share."""

import gc
import os
import shlex
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screenalytics_resources.artifact_store import write_atomic
from screenalytics_resources.errors import UserError
from screenalytics_resources.one_migration import ONE_MIGRATION
from screenalytics_resources.project import DEFAULTS, FROM_WHEEL, dagster_home
from screenalytics_resources.run_tags import COMMAND_LINE, STARTED_BY_TAG

if TYPE_CHECKING:
    from dagster import DagsterInstance, ExecuteInProcessResult, JobDefinition

_CONFIG = "dagster.yaml"
CODE_LOCATION = "screenalytics_assets.code_location"


def open_instance() -> "DagsterInstance":
    """Open the instance in `DAGSTER_HOME`, which is set up on first use."""
    from dagster import DagsterInstance

    from screenalytics_assets.dagster_support.internals import read_migrations_once

    prepare_home()
    read_migrations_once()
    with ONE_MIGRATION:
        return DagsterInstance.get()


def prepare_home() -> None:
    """Create the instance's folder with the default `dagster.yaml`, and point `DAGSTER_HOME` to it.

    Raises:
        UserError: `dagster.yaml` links to a missing file. Dagster would go on without its limits and its monitoring.
    """
    home = dagster_home().resolve()
    home.mkdir(parents=True, exist_ok=True)
    config = home / _CONFIG
    if not config.exists():
        if config.is_symlink():
            raise UserError(
                f"{config} links to {config.readlink()}, which is missing. Restore that file, or delete the link to "
                "start from the default."
            )
        _add_default(config)
    os.environ["DAGSTER_HOME"] = str(home)


def _add_default(config: Path) -> None:
    """Link to a checkout's `dagster.yaml`, or copy a wheel's.

    In a checkout the file is the one that people edit, so the instance follows it. A link into site-packages would
    be wrong: an edit through it is lost with the next upgrade, an upgrade changes the limits of a running instance
    unseen, and without the virtual environment it leads nowhere. A copy belongs to the instance. It does not follow
    an upgrade: whoever wants the new default deletes it.
    """
    if FROM_WHEEL:
        from upath import UPath

        write_atomic(UPath(config), (DEFAULTS / _CONFIG).read_bytes())
        return
    with suppress(FileExistsError):  # another process was faster
        config.symlink_to(DEFAULTS / _CONFIG)


def start_command() -> str:
    """Return the shell command that starts UI, daemon and API on this instance."""
    if FROM_WHEEL:
        return f"DAGSTER_HOME={shlex.quote(str(dagster_home().resolve()))} screenalytics dev"
    return "make dev"


def execute(
    job: "JobDefinition",
    instance: "DagsterInstance",
    partition: str,
    run_id: str,
    ops: Mapping[str, Mapping[str, Any]],
    tags: Mapping[str, str] | None = None,
    raise_on_error: bool = True,
) -> "ExecuteInProcessResult":
    """Run a job of one episode or show in this process, silently. `ops` is the config of its steps.

    Raises the exception of the first step that fails. With `raise_on_error=False` the steps that do not depend on it
    continue.
    """
    from screenalytics_assets.dagster_support.internals import reused_connections

    if not gc.isenabled():  # the command line starts without collections
        gc.freeze()  # a collection of everything loaded so far takes 50 ms
        gc.enable()
    with reused_connections():
        return job.execute_in_process(
            instance=instance,
            partition_key=partition,
            run_id=run_id,
            run_config={"ops": ops, "loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            tags={STARTED_BY_TAG: COMMAND_LINE, **(tags or {})},
            raise_on_error=raise_on_error,
        )
