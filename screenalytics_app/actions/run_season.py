"""One run of one show's season over the same assets, checks and instance that Dagster's UI uses."""

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from screenalytics_app.actions.dagster_instance import end_dead_runs, execute, open_instance
from screenalytics_app.actions.run_episode import CheckResult, check_results, user_error
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id, parse_show
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from dagster import JobDefinition


def run_season(store: ArtifactStore, show: str, settings: dict[str, Any]) -> list[CheckResult]:
    """Make `season_identities` of `show` and evaluate its checks.

    Raises:
        UserError: a bad show or setting, no episode that is ready, episodes of several packs, or another process at it.
    """
    show = parse_show(show)
    if not any(parse_ep_id(ep_id).show == show for ep_id in store.episodes()):
        raise UserError(f"There is no episode of a show {show!r}: `screenalytics status` lists the episodes.")
    given = {name: value for name, value in settings.items() if value is not None}
    with episode_lock(store, show), open_instance() as instance:
        end_dead_runs(instance, show)
        instance.add_dynamic_partitions("shows", [show])
        job, run_id = season_job(), str(uuid4())
        try:
            execute(job, instance, show, run_id, {"season_identities": {"config": given}})
        except Exception as error:
            raise user_error(error) or error from None
        return list(check_results(instance, run_id, job))


def season_job() -> "JobDefinition":
    """The job that makes `season_identities` and evaluates its checks."""
    from screenalytics_assets.definitions import build_definitions

    return build_definitions().resolve_job_def("season")
