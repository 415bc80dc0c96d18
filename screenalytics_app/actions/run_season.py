"""Run one show's season with the same asset, checks and Dagster instance that the web UI uses."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from screenalytics_app.actions.check_results import CheckResult, check_results
from screenalytics_app.actions.dagster_instance import execute, open_instance
from screenalytics_app.actions.errors import user_error
from screenalytics_assets.automation.adoption import adopt_show
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import SEASON_IDENTITIES
from screenalytics_assets.contract.season_records import SeasonIdentities
from screenalytics_assets.dagster_support.dead_runs import end_runs_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id, parse_show
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from dagster import JobDefinition


@dataclass(frozen=True)
class SeasonRequest:
    """A show to cluster. `incremental` lets new episodes join the last result; None uses the settings' value."""

    show: str
    incremental: bool | None = None
    cluster_thresh: float | None = None


@dataclass(frozen=True)
class SeasonResult:
    """The identities of a show, and the results of its checks."""

    season: SeasonIdentities
    checks: tuple[CheckResult, ...]

    @property
    def blocked(self) -> bool:
        """Whether a blocking check failed."""
        return any(check.blocks for check in self.checks)


def run_season(request: SeasonRequest, store: ArtifactStore) -> SeasonResult:
    """Make `season_identities` of a show and evaluate its checks.

    Raises:
        UserError: the show or a setting is invalid, no episode is ready, the episodes have different packs, or another
            process holds the show's lock.
    """
    show = parse_show(request.show)
    if not any(parse_ep_id(ep_id).show == show for ep_id in store.episodes()):
        raise UserError(f"The show {show!r} has no episodes: `screenalytics status` lists the episodes.")
    settings = {"incremental": request.incremental, "cluster_thresh": request.cluster_thresh}
    config = {name: value for name, value in settings.items() if value is not None}
    with episode_lock(store, show), open_instance() as instance:
        end_runs_of(instance, show)
        adopt_show(instance, store, show)
        instance.add_dynamic_partitions("shows", [show])
        job, run_id = season_job(), str(uuid4())
        try:
            execute(job, instance, show, run_id, {"season_identities": {"config": config}})
        except Exception as error:
            raise user_error(error) or error from None
        return SeasonResult(
            load_artifact(store, SEASON_IDENTITIES, show).content, tuple(check_results(instance, run_id, job))
        )


def season_job() -> "JobDefinition":
    """Return the job that makes `season_identities` and evaluates its checks."""
    from screenalytics_assets.definitions import build_definitions

    return build_definitions().resolve_job_def("season")
