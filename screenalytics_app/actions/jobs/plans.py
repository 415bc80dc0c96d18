"""What a job runs: Dagster's job, its assets, their run config, and the settings that stay with the episode."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from screenalytics_app.actions.cleanup import CleanupRequest
from screenalytics_app.actions.jobs.records import JobKind
from screenalytics_app.actions.run_settings import refuse_bad_settings, settings_by_asset, to_keep
from screenalytics_assets.cleanup.actions import parse_actions
from screenalytics_assets.lineage.artifact_table import ARTIFACTS, EPISODE_ARTIFACTS
from screenalytics_assets.lineage.staleness import first_gap
from screenalytics_assets.settings.episode_settings import kept_settings, resolve_with_kept
from screenalytics_assets.settings.sources import PROFILE, refuse_names
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError


@dataclass(frozen=True)
class JobPlan:
    """A job before it is started. `config` is the run config of its assets, and `kept` stays with the episode."""

    kind: JobKind
    ep_id: str
    dagster_job: str
    assets: tuple[str, ...]
    config: Mapping[str, Mapping[str, Any]]
    kept: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """Digest of the request."""
        text = json.dumps([self.kind, self.ep_id, self.config, self.kept], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def cluster_plan(store: ArtifactStore, ep_id: str, settings: Mapping[str, Any]) -> JobPlan:
    """Plan to make the identities of an episode again, with what is built from them.

    The settings stay with the episode, as those of `screenalytics run` do: otherwise the identities would be out of
    date at once, and the next backfill would make them again with other values.

    Raises:
        UserError: a setting is invalid, or an artifact that identities are built from is missing or out of date.
    """
    from screenalytics_assets.automation.new_decisions import REBUILT

    kept = to_keep(settings)
    refuse_bad_settings(settings_by_asset(settings), kept_settings(store, ep_id) | kept)
    order = list(EPISODE_ARTIFACTS)
    gap = first_gap(store, ep_id, order[: order.index("identities")])
    if gap is not None:
        raise UserError(
            f"{ep_id} cannot be clustered, because its {gap} are missing or were built from inputs that have changed "
            f"since: run `screenalytics run --ep-id {ep_id}` first."
        )
    return JobPlan("cluster", ep_id, "episode", tuple(REBUILT), {}, kept)


def cleanup_plan(store: ArtifactStore, request: CleanupRequest) -> JobPlan:
    """Plan a cleanup. Its settings are for this run only.

    Raises:
        UserError: an action, a setting or the profile is invalid.
    """
    row = ARTIFACTS["cleanup_report"]
    given = {name: value for name, value in request.settings.items() if value is not None}
    refuse_names(given.keys() - {PROFILE}, row.setting_fields().keys(), "the cleanup's settings")
    kept = kept_settings(store, request.ep_id)
    for stage in row.settings:
        resolve_with_kept(stage, given, kept)
    config = {
        **given,
        "actions": list(parse_actions(request.actions)),
        "write_back": request.write_back,
        "force": request.force,
    }
    asset = row.spec.asset
    return JobPlan("episode_cleanup", request.ep_id, "cleanup", (asset,), {asset: config}, {})
