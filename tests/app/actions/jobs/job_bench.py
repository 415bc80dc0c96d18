"""Jobs of the tiny episode without a running web server."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dagster import DagsterInstance, DagsterRunStatus
from dagster._core.remote_origin import InProcessCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.test_utils import create_run_for_test
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

from screenalytics_app.actions.jobs.dagster_server import DagsterServer
from screenalytics_resources.run_tags import JOB_TAG


@dataclass(frozen=True)
class RecordingServer(DagsterServer):
    """Stands in for the web server: creates the runs that it is asked for, or fails before or after doing so."""

    url: str = "http://127.0.0.1:1"
    instance: DagsterInstance | None = None
    fails_before: Exception | None = None
    fails_after: Exception | None = None
    is_away: Exception | None = None
    launched: list[Mapping[str, Any]] = field(default_factory=list)
    terminated: list[str] = field(default_factory=list)

    def probe(self) -> None:
        if self.is_away:
            raise self.is_away

    def launch(
        self, job: str, assets: Sequence[str], config: Mapping[str, Mapping[str, Any]], tags: Mapping[str, str]
    ) -> str:
        if self.fails_before:
            raise self.fails_before
        self.launched.append({"job": job, "assets": tuple(assets), "config": config, "tags": tags})
        if self.instance is None:
            return "run-of-another-instance"
        run = make_run(self.instance, tags, DagsterRunStatus.QUEUED)
        if self.fails_after:
            raise self.fails_after
        return run

    def terminate(self, run_id: str) -> None:
        self.terminated.append(run_id)


def make_run(instance: DagsterInstance, tags: Mapping[str, str], status: DagsterRunStatus) -> str:
    """Create a run with these tags and return its id."""
    location = InProcessCodeLocationOrigin(LoadableTargetOrigin(module_name="screenalytics_assets.code_location"))
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, "__repository__"), "episode")
    run = create_run_for_test(instance, "episode", tags=dict(tags), status=status, remote_job_origin=origin)
    return run.run_id


def run_of(instance: DagsterInstance, job_id: str, status: DagsterRunStatus) -> str:
    """Create a run of a job."""
    return make_run(instance, {JOB_TAG: job_id}, status)
