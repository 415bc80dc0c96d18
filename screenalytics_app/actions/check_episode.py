"""Evaluate the checks of an episode on its stored artifacts, without making anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from screenalytics_app.actions.check_results import CheckResult, check_results
from screenalytics_app.actions.dagster_instance import execute, open_instance
from screenalytics_assets.automation.adoption import report_unknown
from screenalytics_assets.dagster_support.dead_runs import end_runs_of
from screenalytics_assets.library.episode_states import held_back, state_of
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult


@dataclass(frozen=True)
class EpisodeChecks:
    """Results of the checks of an episode."""

    ep_id: str
    run_id: str
    checks: tuple[CheckResult, ...]
    held_back: tuple[str, ...]
    """Assets that the last run did not make, because a check failed or the run ended early."""

    @property
    def failed(self) -> bool:
        """Whether a check failed as an error."""
        return any(not check.passed and check.severity == "ERROR" for check in self.checks)

    @property
    def blocked(self) -> bool:
        """Whether a blocking check failed, so that what is downstream stays held back."""
        return any(check.blocks for check in self.checks)


def check_episode(ep_id: str, store: ArtifactStore) -> EpisodeChecks:
    """Evaluate every check of the stored artifacts of an episode, and record the evaluations in Dagster.

    Raises:
        UserError: the episode has no artifacts, a check cannot be evaluated, or another process holds the lock.
    """
    from screenalytics_assets.dagster_support.check_support import CHECK_JOB
    from screenalytics_assets.definitions import build_definitions

    ep_id = parse_ep_id(ep_id).text
    made = {asset for asset, spec in EPISODE_SPECS.items() if store.manifest(ep_id, spec.file).exists()}
    if not made:
        raise UserError(
            f"{ep_id} has no artifacts to check: run it first with `screenalytics run --ep-id {ep_id} --video PATH`."
        )
    with episode_lock(store, ep_id), open_instance() as instance:
        end_runs_of(instance, ep_id)
        instance.add_dynamic_partitions("episodes", [ep_id])
        report_unknown(instance, store, ep_id)  # an evaluation belongs to a materialization
        job = build_definitions().resolve_job_def(CHECK_JOB)
        keys = {key for key in job.asset_layer.asset_graph.asset_check_keys if key.asset_key.path[-1] in made}
        run_id = str(uuid4())
        selected = job.get_subset(asset_selection=set(), asset_check_selection=keys)
        result = execute(selected, instance, ep_id, run_id, {}, raise_on_error=False)
        checks = tuple(check_results(instance, run_id, job))
    if len(checks) < len(keys):
        reasons = "; ".join(_failures(result))
        raise UserError(f"{len(keys) - len(checks)} checks of {ep_id} could not be evaluated: {reasons or 'unknown'}.")
    return EpisodeChecks(ep_id, run_id, checks, tuple(held_back(store, state_of(store, ep_id))))


def _failures(result: "ExecuteInProcessResult") -> Iterator[str]:
    """Yield the reason of each step that failed for another reason than a failed check."""
    for event in result.filter_events(lambda event: event.is_step_failure):
        data = event.step_failure_data
        if data.user_failure_data is not None:
            yield str(data.user_failure_data.description)
        elif data.error is not None and "DagsterAssetCheckFailedError" not in data.error.message:
            yield data.error.message.strip()
