"""Checking an episode again: the command `check`, the job `check_episode`, and what a passing check releases."""

import logging
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetCheckKey,
    AssetKey,
    DagsterEventType,
    DagsterInstance,
    ExecuteInProcessResult,
    RunRequest,
    build_run_status_sensor_context,
)

from screenalytics_assets.automation.released_episodes import released_episodes
from screenalytics_assets.dagster_support.check_support import CHECK_JOB
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.definitions import build_definitions
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact_store import ArtifactStore
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID

HELD = ("cast_assignments", "merge_suggestions", "track_reps", "identity_evaluation", "screen_time")
STRICT = ("guardrail_min_tracks=1", "singleton_fraction_target=0", "singleton_fraction_limit=0")
"""Guardrails of the episode that its singleton fails. They change no artifact."""


@pytest.fixture
def held(screen: Screen, store: ArtifactStore, instance: DagsterInstance) -> ArtifactStore:
    """An episode whose run a guardrail ended after the identities."""
    for asset in HELD:
        for path in EPISODE_SPECS[asset].paths(EP_ID):
            (Path(store.root) / path).unlink(missing_ok=True)
    strict = [argument for pair in STRICT for argument in ("--set", pair)]
    alone = ("--set", "min_cluster_size=3", "--set", "merge_probability=1")
    code = screen.call("run", "--ep-id", EP_ID, "--from", "identities", *alone, *strict)
    assert (code, screen.err) == (1, "")
    assert "A blocking check failed" in screen.out
    assert not store.manifest(EP_ID, "cast_assignments.json").exists()
    return store


def loosen(screen: Screen) -> None:
    loose = ("--set", "singleton_fraction_target=1", "--set", "singleton_fraction_limit=1")
    assert screen.call("config", "--ep-id", EP_ID, *loose) == 0


def launched(instance: DagsterInstance) -> ExecuteInProcessResult:
    job = build_definitions().resolve_job_def(CHECK_JOB)
    config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    return job.execute_in_process(instance=instance, partition_key=EP_ID, raise_on_error=False, run_config=config)


def requests(instance: DagsterInstance, run_id: str) -> list[RunRequest]:
    """Return what the sensor requests after this run."""
    run = instance.get_run_by_id(run_id)
    assert run is not None
    records = instance.get_records_for_run(run_id, of_type=DagsterEventType.RUN_SUCCESS).records
    if not records:
        return []  # Dagster calls the sensor after successful runs only
    event = records[0].event_log_entry.dagster_event
    assert event is not None
    context = build_run_status_sensor_context("released_episodes", event, instance, run)
    found: Any = released_episodes(context)
    return [found] if isinstance(found, RunRequest) else []


def latest(instance: DagsterInstance, asset: str, check: str) -> str:
    key = AssetCheckKey(AssetKey(asset), check)
    record = instance.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    return record.status.value


def test_a_sound_episode_passes(screen: Screen, store: ArtifactStore) -> None:
    before = {path: path.read_bytes() for path in Path(store.root, "manifests").rglob("*.json*")}
    assert screen.call("check", "--ep-id", EP_ID) == 0
    rows = [line.split() for line in screen.out.splitlines()]
    assert ["identities", "identities_are_whole", "passed"] in rows
    assert ["tracks", "tracks_are_whole", "passed"] in rows
    assert {path: path.read_bytes() for path in before} == before
    record = screen.json("check", "--ep-id", EP_ID)
    assert {check["asset"] for check in record["checks"]} == set(EPISODE_SPECS)
    assert record["held_back"] == []


@pytest.mark.parametrize(
    ("file", "asset"),
    [
        pytest.param("identities.json", "identities", id="blocking"),
        pytest.param("identity_evaluation.json", "identity_evaluation", id="last-asset"),
    ],
)
def test_every_check_is_evaluated_and_an_error_gives_exit_code_one(
    screen: Screen, store: ArtifactStore, file: str, asset: str
) -> None:
    path = Path(str(store.manifest(EP_ID, file)))
    path.write_bytes(path.read_bytes()[:-20])
    assert screen.call("check", "--ep-id", EP_ID, "--json") == 1
    assert screen.call("check", "--ep-id", EP_ID) == 1
    assert f"{asset}: " in screen.out
    assert "cannot be used" in screen.out
    assert "track_reps_are_whole" in screen.out


def test_an_episode_without_artifacts_is_refused(screen: Screen, store: ArtifactStore) -> None:
    assert "tiny-s01e02 has no artifacts to check" in screen.refused("check", "--ep-id", "tiny-s01e02")
    assert "is not an episode id" in screen.refused("check", "--ep-id", "../x")


def test_a_guardrail_that_passes_now_releases_what_it_held(
    screen: Screen, held: ArtifactStore, instance: DagsterInstance
) -> None:
    assert screen.call("check", "--ep-id", EP_ID) == 1
    assert (
        "not made yet: cast_assignments, merge_suggestions, track_reps, identity_evaluation, screen_time (a blocking "
        "check holds" in screen.out
    )
    assert latest(instance, "identities", "singleton_fraction") == "FAILED"

    loosen(screen)
    record = screen.json("check", "--ep-id", EP_ID)
    assert record["held_back"] == list(HELD)
    assert {check["asset"] for check in record["checks"]}.isdisjoint(HELD)
    assert latest(instance, "identities", "singleton_fraction") == "SUCCEEDED"
    (request,) = requests(instance, record["run_id"])
    assert (request.partition_key, request.job_name) == (EP_ID, None)
    assert [key.path[-1] for key in request.asset_selection or ()] == list(HELD)

    assert screen.call("check", "--ep-id", EP_ID) == 0
    assert "no check holds them back" in screen.out
    assert screen.call("run", "--ep-id", EP_ID) == 0
    record = screen.json("check", "--ep-id", EP_ID)
    assert (record["held_back"], requests(instance, record["run_id"])) == ([], [])


def test_the_job_does_the_same_in_the_web_ui(screen: Screen, held: ArtifactStore, instance: DagsterInstance) -> None:
    assert build_definitions().resolve_job_def(CHECK_JOB).partitions_def == EPISODES, (
        "the launchpad asks for an episode"
    )
    result = launched(instance)
    assert not result.success
    assert requests(instance, result.run_id) == []
    loosen(screen)
    result = launched(instance)
    assert result.success
    evaluated = {evaluation.asset_key.path[-1] for evaluation in result.get_asset_check_evaluations()}
    assert evaluated == set(EPISODE_SPECS) - set(HELD)
    (request,) = requests(instance, result.run_id)
    assert [key.path[-1] for key in request.asset_selection or ()] == list(HELD)


def test_only_a_check_releases_and_not_during_another_run(
    screen: Screen, held: ArtifactStore, instance: DagsterInstance
) -> None:
    loosen(screen)
    checked = launched(instance)
    job = build_definitions().resolve_job_def(CHECK_JOB)
    waiting = instance.create_run_for_job(job, tags={"dagster/partition": EP_ID})
    assert requests(instance, checked.run_id) == []
    instance.report_run_canceled(waiting)
    assert len(requests(instance, checked.run_id)) == 1
    episode = build_definitions().resolve_job_def("episode").get_subset(asset_selection={AssetKey("identities")})
    result = episode.execute_in_process(instance=instance, partition_key=EP_ID)
    assert requests(instance, result.run_id) == []


@pytest.mark.parametrize(
    ("asset", "remedy"),
    [
        pytest.param("tracks", "Run `screenalytics check --ep-id E`, or launch the job check_episode", id="episode"),
        pytest.param("season_identities", "Run `screenalytics season --show S`", id="show"),
    ],
)
def test_execute_all_in_the_web_ui_fails_with_the_remedy(
    store: ArtifactStore, instance: DagsterInstance, caplog: pytest.LogCaptureFixture, asset: str, remedy: str
) -> None:
    caplog.set_level(logging.CRITICAL)
    definitions = build_definitions()
    job = definitions.resolve_implicit_global_asset_job_def()
    keys = {key for key in job.asset_layer.asset_graph.asset_check_keys if key.asset_key == AssetKey(asset)}
    selected = job.get_subset(asset_selection=set(), asset_check_selection=keys)
    result = selected.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    data = failure.step_failure_data.user_failure_data
    assert data is not None
    assert remedy in (data.description or "")
