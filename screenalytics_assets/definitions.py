"""The complete asset graph: assets, checks, sensors, schedules, jobs and resources.

A new asset, sensor, schedule, job or resource is added here; its implementation belongs in its own module. Importing
this module builds nothing: `build_definitions` builds the graph when it is called.
"""

from collections.abc import Mapping
from typing import Any

from dagster import Definitions, in_process_executor

from screenalytics_assets.all_checks import CHECKS
from screenalytics_assets.automation.alerts import ALERT_SENSORS
from screenalytics_assets.automation.backfill import nightly_backfill
from screenalytics_assets.automation.conditions import AUTOMATION_SENSOR, UPSTREAM_CHANGED
from screenalytics_assets.automation.dead_runs import dead_runs
from screenalytics_assets.automation.jobs import (
    CHECK_EPISODE_JOB,
    CLEANUP_JOB,
    EPISODE_JOB,
    REVIEW_PROXY_JOB,
    SEASON_JOB,
)
from screenalytics_assets.automation.new_decisions import new_decisions
from screenalytics_assets.automation.new_episodes import new_episodes
from screenalytics_assets.automation.released_episodes import released_episodes
from screenalytics_assets.cast.asset import cast_assignments
from screenalytics_assets.cleanup.asset import cleanup_report
from screenalytics_assets.dagster_support.internals import wait_patiently
from screenalytics_assets.dagster_support.pool_waits import PoolWatch
from screenalytics_assets.episode_video.asset import episode_video
from screenalytics_assets.faces.asset import faces
from screenalytics_assets.identities.asset import identities
from screenalytics_assets.identity_evaluation.asset import identity_evaluation
from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_assets.lineage.effective_versions import effective_versions
from screenalytics_assets.merge_suggestions.asset import merge_suggestions
from screenalytics_assets.review_proxy.asset import review_proxy
from screenalytics_assets.screen_time.asset import screen_time
from screenalytics_assets.season_identities.asset import season_identities
from screenalytics_assets.season_screen_time.asset import season_screen_time
from screenalytics_assets.track_embeddings.asset import track_embeddings
from screenalytics_assets.track_reps.asset import track_reps
from screenalytics_assets.tracks.asset import tracks
from screenalytics_resources.artifact import DocumentSpec, TableSpec
from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.dagster_resources import (
    InferenceResource,
    ProgressResource,
    StoreResource,
)
from screenalytics_resources.io_managers import JsonIOManager, JsonlIOManager

ASSETS = (
    episode_video,
    tracks,
    faces,
    track_embeddings,
    identities,
    cast_assignments,
    merge_suggestions,
    track_reps,
    identity_evaluation,
    screen_time,
    season_identities,
    season_screen_time,
    cleanup_report,
    review_proxy,
)
"""Every asset, in the order of the graph."""


def build_definitions(overrides: Mapping[str, Any] | None = None) -> Definitions:
    """Build the complete graph. `overrides` replaces resources by name; tests and the command line use it.

    From then on, runs of this process that wait for a pool sleep, and report for whom they wait.
    """
    root = data_root()
    store = ArtifactStore(root)
    wait_patiently(PoolWatch(store))
    specs = {name: row.spec for name, row in ARTIFACTS.items()}
    documents = {name: spec for name, spec in specs.items() if isinstance(spec, DocumentSpec)}
    tables = {name: spec for name, spec in specs.items() if isinstance(spec, TableSpec)}
    resources: dict[str, Any] = {
        "store": StoreResource(),
        "inference": InferenceResource(),
        "progress": ProgressResource(),
        "json_io": JsonIOManager(store, documents),
        "jsonl_io": JsonlIOManager(store, tables),
    }
    versions = effective_versions()
    return Definitions(
        assets=[
            definition.map_asset_specs(
                lambda spec: spec.replace_attributes(
                    code_version=versions[spec.key.path[-1]],
                    automation_condition=UPSTREAM_CHANGED if ARTIFACTS[spec.key.path[-1]].automated else None,
                )
            )
            for definition in ASSETS
        ],
        asset_checks=CHECKS,
        sensors=[new_episodes, new_decisions, AUTOMATION_SENSOR, dead_runs, released_episodes, *ALERT_SENSORS],
        schedules=[nightly_backfill()],
        jobs=[EPISODE_JOB, CHECK_EPISODE_JOB, SEASON_JOB, CLEANUP_JOB, REVIEW_PROXY_JOB],
        resources=resources | dict(overrides or {}),
        # Models load once per run, and a run of all stages has 2 s of overhead instead of 10.
        executor=in_process_executor,
    )
