"""Assets that automation requests, tick by tick, on a real instance with the project's graph."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetMaterialization,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    DagsterRunStatus,
    build_sensor_context,
)
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.definitions.asset_daemon_cursor import AssetDaemonCursor
from dagster._core.events import StepMaterializationData
from dagster._core.test_utils import create_run_for_test

from benchmarks.live.automation import evaluate_automation
from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.automation.adoption import report_unknown
from screenalytics_assets.automation.conditions import AUTOMATED, AUTOMATION_SENSOR
from screenalytics_assets.dagster_support.internals import failed_checks, last_evaluations
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.dagster_support.version_tags import version_tags
from screenalytics_assets.definitions import build_definitions
from screenalytics_resources.artifact import Provenance
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.run_tags import PARTITION_TAG, STARTED_BY_TAG
from tests.tiny_episode import EP_ID, SHATTERED, write_identities, write_tiny_episode

OTHER = "tiny-s01e02"
SMALL_CAST = {"SCREENALYTICS_NUM_CLUSTERS_MIN": "0", "SCREENALYTICS_LARGEST_CLUSTER_FRACTION_TARGET": "0.5"}
BLOCKED = {"SCREENALYTICS_GUARDRAIL_MIN_TRACKS": "0"}
"""Lets the guardrails block shattered identities, although the episode has few tracks."""


class Ticks:
    """Repeated evaluations of the conditions, as the daemon does them."""

    def __init__(self, instance: DagsterInstance) -> None:
        self.instance = instance
        self._definitions = build_definitions()
        self._graph = self._definitions.resolve_asset_graph()
        self._cursor: AssetDaemonCursor | None = None

    def tick(self) -> list[str]:
        """Evaluate once. Return the requested assets, sorted by name."""
        requests, self._cursor = evaluate_automation(self._graph, self.instance, self._cursor)
        keys = {key for run in requests if run.partition_key == EP_ID for key in run.asset_selection or ()}
        return sorted(key.path[-1] for key in keys)

    def tick_twice(self) -> list[str]:
        """Evaluate twice. Return the assets requested at the second evaluation; the first requests none."""
        assert self.tick() == []
        return self.tick()

    def build(self, asset: str, version: str, ep_id: str = EP_ID) -> None:
        """Record that a run started in the UI, which selects only this asset, built it."""
        self.record_failed_run({asset: version}, [asset], ep_id=ep_id)

    def record_failed_run(
        self, built: Mapping[str, str], selection: Sequence[str] = (), started_by: str = "", ep_id: str = EP_ID
    ) -> None:
        """Record a run that built `built`, with these versions, and then failed. It selects `selection`, if given."""
        tags = {PARTITION_TAG: ep_id} | ({STARTED_BY_TAG: started_by} if started_by else {})
        keys = frozenset(AssetKey(asset) for asset in selection) or None
        run = create_run_for_test(self.instance, job_name="episode", asset_selection=keys, tags=tags)
        for asset, version in built.items():
            origin = Provenance(asset=asset, code_version="1", settings_sha256="0" * 64, inputs={})
            materialization = AssetMaterialization(asset, partition=ep_id, tags=version_tags(asset, version, origin))
            event = DagsterEvent(
                DagsterEventType.ASSET_MATERIALIZATION.value,
                job_name="episode",
                event_specific_data=StepMaterializationData(materialization),
            )
            self.instance.report_dagster_event(event, run.run_id)
        self.instance.report_run_failed(run)

    def plan_checks(self, asset: str, status: DagsterRunStatus) -> None:
        """Record a run that was going to evaluate the checks of `asset`, has evaluated none, and has this status."""
        run = create_run_for_test(self.instance, job_name="episode", tags={PARTITION_TAG: EP_ID})
        for key in self._graph.get(AssetKey(asset)).check_keys:
            subset = EPISODES.subset_with_partition_keys([EP_ID])
            planned = AssetCheckEvaluationPlanned(
                asset_key=key.asset_key, check_name=key.name, partitions_subset=subset
            )
            event = DagsterEvent(
                DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED.value,
                job_name="episode",
                event_specific_data=planned,
            )
            self.instance.report_dagster_event(event, run.run_id)
        if status == DagsterRunStatus.FAILURE:
            self.instance.report_run_failed(run)

    def run_checks(self, *assets: str) -> None:
        """Run the checks of these assets on the stored artifacts, as a run of these assets would."""
        job = self._definitions.resolve_job_def("episode")
        keys = {key for key in job.asset_layer.asset_graph.asset_check_keys if key.asset_key.path[-1] in assets}
        subset = job.get_subset(asset_selection=set(), asset_check_selection=keys)
        subset.execute_in_process(partition_key=EP_ID, instance=self.instance, raise_on_error=False)


@pytest.fixture
def ticks(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ticks]:
    """A complete episode that has passed its checks, evaluated once."""
    for name, value in SMALL_CAST.items():
        monkeypatch.setenv(name, value)
    store = write_tiny_episode(home)
    with open_instance() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
        report_unknown(instance, store, EP_ID)
        ticks = Ticks(instance)
        ticks.run_checks("episode_video", "tracks", "faces", "track_embeddings", "identities")
        assert ticks.tick() == []
        yield ticks


def test_nothing_is_requested_without_a_change(ticks: Ticks) -> None:
    assert ticks.tick() == []


def test_a_new_upstream_result_triggers_downstream_assets(ticks: Ticks) -> None:
    ticks.build("identities", "new")
    ticks.run_checks("identities")
    assert ticks.tick_twice() == [
        "cast_assignments",
        "identity_evaluation",
        "merge_suggestions",
        "screen_time",
        "track_reps",
    ]
    assert ticks.tick_twice() == []


def test_an_equal_result_triggers_nothing(ticks: Ticks) -> None:
    ticks.build("identities", "new")
    ticks.run_checks("identities")
    ticks.tick_twice()
    for asset in ("cast_assignments", "identity_evaluation", "merge_suggestions", "screen_time", "track_reps"):
        ticks.build(asset, "follows")
    assert ticks.tick_twice() == []
    ticks.build("identities", "new")
    ticks.run_checks("identities")
    assert ticks.tick_twice() == []


def test_a_failed_blocking_check_holds_downstream_assets(
    ticks: Ticks, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_identities(ArtifactStore(str(home)), **SHATTERED)
    ticks.build("identities", "new")
    with monkeypatch.context() as strict:
        for name, value in BLOCKED.items():
            strict.setenv(name, value)
        ticks.run_checks("identities")
    assert ticks.tick_twice() == []
    ticks.run_checks("identities")
    assert ticks.tick_twice() == [
        "cast_assignments",
        "identity_evaluation",
        "merge_suggestions",
        "screen_time",
        "track_reps",
    ]


DOWNSTREAM = ["cast_assignments", "identity_evaluation", "merge_suggestions", "screen_time", "track_reps"]
LARGEST = AssetCheckKey(AssetKey("identities"), "largest_cluster_fraction")
WARNING = {
    "SCREENALYTICS_LARGEST_CLUSTER_FRACTION_TARGET": "0.3",
    "SCREENALYTICS_LARGEST_CLUSTER_FRACTION_LIMIT": "1.0",
    "SCREENALYTICS_GUARDRAIL_MIN_TRACKS": "0",
}


def test_a_blocking_check_that_warns_holds_nothing(ticks: Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks.build("identities", "new")
    for name, value in WARNING.items():
        monkeypatch.setenv(name, value)
    ticks.run_checks("identities")
    failed = failed_checks(ticks.instance, [LARGEST])
    assert failed == {("identities", EP_ID)}
    ((partition, last),) = last_evaluations(ticks.instance, [LARGEST], [EP_ID, "other-s01e01"], only_failed=True)
    assert (partition, last.passed, last.severity.value) == (EP_ID, False, "WARN")
    assert list(last_evaluations(ticks.instance, [LARGEST], ["other-s01e01"])) == []
    assert ticks.tick_twice() == DOWNSTREAM


def test_an_error_of_an_earlier_materialization_holds_nothing(
    ticks: Ticks, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_identities(ArtifactStore(str(home)), **SHATTERED)
    ticks.build("identities", "bad")
    with monkeypatch.context() as strict:
        for name, value in BLOCKED.items():
            strict.setenv(name, value)
        ticks.run_checks("identities")
    assert ticks.tick_twice() == []
    ticks.build("identities", "good")
    assert ticks.tick_twice() == DOWNSTREAM


def test_a_planned_check_that_never_ran_holds_nothing(ticks: Ticks) -> None:
    ticks.build("identities", "new")
    ticks.plan_checks("identities", DagsterRunStatus.FAILURE)
    assert ticks.tick_twice() == DOWNSTREAM


def test_a_check_that_a_live_run_evaluates_is_waited_for(ticks: Ticks) -> None:
    ticks.build("identities", "new")
    ticks.plan_checks("identities", DagsterRunStatus.STARTED)
    assert ticks.tick_twice() == []


def test_a_check_that_was_planned_again_still_holds(ticks: Ticks, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_identities(ArtifactStore(str(home)), **SHATTERED)
    ticks.build("identities", "new")
    with monkeypatch.context() as strict:
        for name, value in BLOCKED.items():
            strict.setenv(name, value)
        ticks.run_checks("identities")
    ticks.plan_checks("identities", DagsterRunStatus.FAILURE)
    assert ticks.tick_twice() == []


def test_odd_partition_keys_are_tolerated(ticks: Ticks) -> None:
    ticks.instance.add_dynamic_partitions("episodes", ["OPS-S01E09", "../x"])
    ticks.build("identities", "new", "../x")
    ticks.build("identities", "new")
    ticks.run_checks("identities")
    assert ticks.tick_twice() == DOWNSTREAM


def test_the_sensor_evaluates_the_conditions_with_its_own_cursor(ticks: Ticks) -> None:
    """As the daemon does: in the code server, with a cursor that is stored as text."""
    repository = build_definitions().get_repository_def()
    cursor: str | None = None
    requested = []
    for number in range(4):
        if number == 1:
            ticks.build("identities", "new")
            ticks.run_checks("identities")
        context = build_sensor_context(ticks.instance, cursor=cursor, repository_def=repository)
        data = AUTOMATION_SENSOR.evaluate_tick(context)
        cursor = data.cursor
        keys = {key.path[-1] for run in data.run_requests or () for key in run.asset_selection or ()}
        requested.append(sorted(keys))
    assert requested == [[], [], DOWNSTREAM, []]


@pytest.mark.parametrize("started_by", ["new_episodes", "nightly_backfill", "command line"])
def test_runs_started_by_the_platform_trigger_nothing(ticks: Ticks, started_by: str) -> None:
    """Also if another episode changed later: Dagster only considers the run of the last changed episode."""
    ticks.record_failed_run({"identities": "new"}, started_by=started_by)
    ticks.run_checks("identities")
    ticks.instance.add_dynamic_partitions("episodes", [OTHER])
    ticks.build("identities", "new", OTHER)
    assert ticks.tick_twice() == []


@pytest.mark.parametrize(
    ("selection", "triggered"),
    [
        pytest.param(
            ("identities",),
            ["cast_assignments", "identity_evaluation", "merge_suggestions", "screen_time", "track_reps"],
            id="one asset",
        ),
        pytest.param(
            ("identities", "cast_assignments"),
            ["identity_evaluation", "merge_suggestions", "screen_time", "track_reps"],
            id="two assets",
        ),
    ],
)
def test_a_manual_run_triggers_downstream_assets_outside_its_selection(
    ticks: Ticks, selection: tuple[str, ...], triggered: list[str]
) -> None:
    ticks.record_failed_run({"identities": "new"}, selection)
    ticks.run_checks("identities")
    assert ticks.tick_twice() == triggered


def test_an_evaluation_between_two_results_of_a_run_requests_nothing(ticks: Ticks) -> None:
    ticks.build("identities", "new")
    ticks.run_checks("identities")
    assert ticks.tick() == []
    for asset in ("cast_assignments", "identity_evaluation", "merge_suggestions", "screen_time", "track_reps"):
        ticks.build(asset, "follows")
    assert ticks.tick_twice() == []


def test_a_new_episode_is_left_to_its_own_run(home: Path) -> None:
    write_tiny_episode(home)
    with open_instance() as instance:
        ticks = Ticks(instance)
        instance.add_dynamic_partitions("episodes", [OTHER])
        ticks.build("episode_video", "new", OTHER)  # Dagster ignores the tags of runs in an instance without events
        ticks.tick()
        instance.add_dynamic_partitions("episodes", [EP_ID])
        assert ticks.tick_twice() == []
        ticks.record_failed_run({"episode_video": "new"}, started_by="new_episodes")
        ticks.run_checks("episode_video")
        assert ticks.tick_twice() == []


def test_a_registered_video_triggers_all_downstream_assets(ticks: Ticks) -> None:
    ticks.build("episode_video", "new")
    ticks.run_checks("episode_video")
    assert ticks.tick_twice() == sorted(AUTOMATED)


def test_a_cleanup_is_not_undone(ticks: Ticks) -> None:
    """A cleanup changes several assets at once. Only the assets that it does not replace are built again."""
    for asset in ("tracks", "faces", "track_embeddings", "identities"):
        ticks.build(asset, "cleaned")
    ticks.run_checks("tracks", "faces", "track_embeddings", "identities")
    assert ticks.tick_twice() == [
        "cast_assignments",
        "identity_evaluation",
        "merge_suggestions",
        "screen_time",
        "track_reps",
    ]
