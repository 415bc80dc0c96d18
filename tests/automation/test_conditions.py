"""What automation asks for: on a real instance, tick by tick, with the project's own graph."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from dagster import (
    AssetKey,
    AssetMaterialization,
    AssetSelection,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
    evaluate_automation_conditions,
)
from dagster._core.events import StepMaterializationData
from dagster._core.test_utils import create_run_for_test

from screenalytics_app.dagster_instance import open_instance
from screenalytics_app.report_artifacts import report_unknown
from screenalytics_assets.automation.conditions import AUTOMATED
from screenalytics_assets.definitions import build_definitions
from screenalytics_assets.schemas import ARTIFACTS
from screenalytics_assets.version_tags import version_tags
from screenalytics_resources.artifact import Provenance
from screenalytics_resources.episode_id import PARTITION_TAG
from screenalytics_resources.run_tags import COMMAND_LINE, STARTED_BY_TAG
from tests.tiny_episode import EP_ID, write_tiny_episode

SMALL_CAST = {"SCREENALYTICS_NUM_CLUSTERS_MIN": "0", "SCREENALYTICS_LARGEST_CLUSTER_FRACTION_TARGET": "0.5"}
BLOCKED = {
    "SCREENALYTICS_GUARDRAIL_MIN_TRACKS": "0",
    "SCREENALYTICS_LARGEST_CLUSTER_FRACTION_TARGET": "0.3",
    "SCREENALYTICS_LARGEST_CLUSTER_FRACTION_LIMIT": "0.4",
}


class Ticks:
    """Evaluates the conditions again and again, as the daemon does."""

    def __init__(self, instance: DagsterInstance) -> None:
        self.instance = instance
        self._definitions = build_definitions()
        self._cursor = None

    def tick(self) -> list[str]:
        """Assets that are asked for, in order of name."""
        result = evaluate_automation_conditions(
            self._definitions, self.instance, AssetSelection.assets(*AUTOMATED), cursor=self._cursor
        )
        self._cursor = result.cursor
        return [a for a in sorted(AUTOMATED) if EP_ID in result.get_requested_partitions(AssetKey(a))]

    def made(self, asset: str, version: str) -> None:
        self.instance.report_runless_asset_event(_materialization(asset, version))

    def run_dies(self, made: Mapping[str, str], makes: Sequence[str] = (), started_by: str = "") -> None:
        """A run that names `makes` as its assets, and dies when it has made `made` with these versions."""
        tags = {PARTITION_TAG: EP_ID} | ({STARTED_BY_TAG: started_by} if started_by else {})
        selection = frozenset(AssetKey(asset) for asset in makes) or None
        run = create_run_for_test(self.instance, job_name="episode", asset_selection=selection, tags=tags)
        self.instance.report_run_failed(run)
        for asset, version in made.items():
            event = DagsterEvent(
                DagsterEventType.ASSET_MATERIALIZATION.value,
                job_name="episode",
                event_specific_data=StepMaterializationData(_materialization(asset, version)),
            )
            self.instance.report_dagster_event(event, run.run_id)

    def checks(self, *assets: str) -> None:
        """Run the checks of these assets on what lies there, as a run of theirs would."""
        job = self._definitions.resolve_job_def("episode")
        keys = {key for key in job.asset_layer.asset_graph.asset_check_keys if key.asset_key.path[-1] in assets}
        subset = job.get_subset(asset_selection=set(), asset_check_selection=keys)
        subset.execute_in_process(partition_key=EP_ID, instance=self.instance, raise_on_error=False)


def _materialization(asset: str, version: str) -> AssetMaterialization:
    origin = Provenance(asset=asset, code_version="1", settings_sha256="0" * 64, inputs={})
    return AssetMaterialization(asset_key=asset, partition=EP_ID, tags=version_tags(asset, version, origin))


@pytest.fixture
def ticks(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ticks]:
    """An episode that is whole and has passed its checks, seen once."""
    for name, value in SMALL_CAST.items():
        monkeypatch.setenv(name, value)
    store = write_tiny_episode(home)
    with open_instance() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
        report_unknown(instance, store, EP_ID)
        ticks = Ticks(instance)
        ticks.checks("episode_video", "tracks", "faces", "track_embeddings", "identities")
        assert ticks.tick() == []
        yield ticks


def test_nothing_new_asks_for_nothing(ticks: Ticks) -> None:
    assert ticks.tick() == []


def test_another_result_upstream_wakes_what_is_downstream(ticks: Ticks) -> None:
    ticks.made("identities", "new")
    ticks.checks("identities")
    assert ticks.tick() == ["cast_assignments", "identity_evaluation", "track_reps"]
    assert ticks.tick() == []


def test_an_equal_result_wakes_nobody(ticks: Ticks) -> None:
    ticks.made("identities", "new")
    ticks.checks("identities")
    ticks.tick()
    for asset in ("cast_assignments", "identity_evaluation", "track_reps"):
        ticks.made(asset, "follows")
    ticks.tick()
    ticks.made("identities", "new")
    ticks.checks("identities")
    assert ticks.tick() == []


def test_a_failed_blocking_check_holds_what_is_downstream(ticks: Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks.made("identities", "new")
    with monkeypatch.context() as strict:
        for name, value in BLOCKED.items():
            strict.setenv(name, value)
        ticks.checks("identities")
    assert ticks.tick() == []
    ticks.checks("identities")
    assert ticks.tick() == ["cast_assignments", "identity_evaluation", "track_reps"]


@pytest.mark.parametrize(
    ("makes", "started_by", "wakes"),
    [
        pytest.param(tuple(ARTIFACTS), "new_episodes", [], id="a whole run of the sensor"),
        pytest.param((), COMMAND_LINE, [], id="a run of the command line"),
        pytest.param(("identities", "cast_assignments"), "", ["identity_evaluation", "track_reps"], id="two, by hand"),
        pytest.param(("identities",), "", ["cast_assignments", "identity_evaluation", "track_reps"], id="one, by hand"),
    ],
)
def test_what_a_run_was_to_make_itself_is_left_to_it(
    ticks: Ticks, makes: tuple[str, ...], started_by: str, wakes: list[str]
) -> None:
    ticks.run_dies({"identities": "new"}, makes, started_by)
    ticks.checks("identities")
    assert ticks.tick() == wakes


def test_a_new_episode_is_made_by_the_run_that_came_with_it(home: Path) -> None:
    write_tiny_episode(home)
    with open_instance() as instance:
        ticks = Ticks(instance)
        ticks.tick()
        instance.add_dynamic_partitions("episodes", [EP_ID])
        assert ticks.tick() == []
        ticks.run_dies({"episode_video": "new"}, tuple(ARTIFACTS), "new_episodes")
        ticks.checks("episode_video")
        assert ticks.tick() == []


def test_a_new_video_that_was_made_known_alone_is_followed(ticks: Ticks) -> None:
    ticks.made("episode_video", "new")
    ticks.checks("episode_video")
    assert ticks.tick() == sorted(AUTOMATED)


def test_a_cleanup_is_not_undone(ticks: Ticks) -> None:
    """All that it replaced is new at once: only what it left alone is made again."""
    for asset in ("tracks", "faces", "track_embeddings", "identities"):
        ticks.made(asset, "cleaned")
    ticks.checks("tracks", "faces", "track_embeddings", "identities")
    assert ticks.tick() == ["cast_assignments", "identity_evaluation", "track_reps"]
