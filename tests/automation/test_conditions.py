"""What automation asks for: on a real instance, tick by tick, with the project's own graph."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from dagster import (
    AssetKey,
    AssetMaterialization,
    DagsterEvent,
    DagsterEventType,
    DagsterInstance,
)
from dagster._core.definitions.asset_daemon_cursor import AssetDaemonCursor
from dagster._core.events import StepMaterializationData
from dagster._core.test_utils import create_run_for_test

from benchmarks.live.automation import evaluate_automation
from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_app.actions.report_artifacts import report_unknown
from screenalytics_assets.automation.conditions import AUTOMATED
from screenalytics_assets.dagster_support.version_tags import version_tags
from screenalytics_assets.definitions import build_definitions
from screenalytics_resources.artifact import Provenance
from screenalytics_resources.run_tags import PARTITION_TAG, STARTED_BY_TAG
from tests.tiny_episode import EP_ID, write_tiny_episode

OTHER = "tiny-s01e02"
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
        self._graph = self._definitions.resolve_asset_graph()
        self._cursor: AssetDaemonCursor | None = None

    def tick(self) -> list[str]:
        """Assets that are asked for, in order of name."""
        requests, self._cursor = evaluate_automation(self._graph, self.instance, self._cursor)
        wanted = {key for one in requests if one.partition_key == EP_ID for key in one.asset_selection or ()}
        return sorted(key.path[-1] for key in wanted)

    def settled(self) -> list[str]:
        """Assets that are asked for at the second evaluation; the first asks for none."""
        assert self.tick() == []
        return self.tick()

    def made(self, asset: str, version: str, ep_id: str = EP_ID) -> None:
        """The asset is made by a run of the UI, which names no other."""
        self.run_dies({asset: version}, [asset], ep_id=ep_id)

    def run_dies(
        self, made: Mapping[str, str], makes: Sequence[str] = (), started_by: str = "", ep_id: str = EP_ID
    ) -> None:
        """A run that dies when it has made `made`, with these versions; `makes` are the assets it names, if any."""
        tags = {PARTITION_TAG: ep_id} | ({STARTED_BY_TAG: started_by} if started_by else {})
        selection = frozenset(AssetKey(asset) for asset in makes) or None
        run = create_run_for_test(self.instance, job_name="episode", asset_selection=selection, tags=tags)
        for asset, version in made.items():
            origin = Provenance(asset=asset, code_version="1", settings_sha256="0" * 64, inputs={})
            made_now = AssetMaterialization(asset, partition=ep_id, tags=version_tags(asset, version, origin))
            event = DagsterEvent(
                DagsterEventType.ASSET_MATERIALIZATION.value,
                job_name="episode",
                event_specific_data=StepMaterializationData(made_now),
            )
            self.instance.report_dagster_event(event, run.run_id)
        self.instance.report_run_failed(run)

    def checks(self, *assets: str) -> None:
        """Run the checks of these assets on what lies there, as a run of theirs would."""
        job = self._definitions.resolve_job_def("episode")
        keys = {key for key in job.asset_layer.asset_graph.asset_check_keys if key.asset_key.path[-1] in assets}
        subset = job.get_subset(asset_selection=set(), asset_check_selection=keys)
        subset.execute_in_process(partition_key=EP_ID, instance=self.instance, raise_on_error=False)


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
    assert ticks.settled() == ["cast_assignments", "identity_evaluation", "track_reps"]
    assert ticks.settled() == []


def test_an_equal_result_wakes_nobody(ticks: Ticks) -> None:
    ticks.made("identities", "new")
    ticks.checks("identities")
    ticks.settled()
    for asset in ("cast_assignments", "identity_evaluation", "track_reps"):
        ticks.made(asset, "follows")
    assert ticks.settled() == []
    ticks.made("identities", "new")
    ticks.checks("identities")
    assert ticks.settled() == []


def test_a_failed_blocking_check_holds_what_is_downstream(ticks: Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks.made("identities", "new")
    with monkeypatch.context() as strict:
        for name, value in BLOCKED.items():
            strict.setenv(name, value)
        ticks.checks("identities")
    assert ticks.settled() == []
    ticks.checks("identities")
    assert ticks.settled() == ["cast_assignments", "identity_evaluation", "track_reps"]


@pytest.mark.parametrize("started_by", ["new_episodes", "nightly_backfill", "command line"])
def test_what_the_platform_started_is_left_to_it(ticks: Ticks, started_by: str) -> None:
    """Also where another episode came after: Dagster looks at the run of an asset's last episode only."""
    ticks.run_dies({"identities": "new"}, started_by=started_by)
    ticks.checks("identities")
    ticks.instance.add_dynamic_partitions("episodes", [OTHER])
    ticks.made("identities", "new", OTHER)
    assert ticks.settled() == []


@pytest.mark.parametrize(
    ("makes", "wakes"),
    [
        pytest.param(("identities",), ["cast_assignments", "identity_evaluation", "track_reps"], id="one asset"),
        pytest.param(("identities", "cast_assignments"), ["identity_evaluation", "track_reps"], id="two assets"),
    ],
)
def test_a_run_by_hand_wakes_what_it_was_not_to_make(ticks: Ticks, makes: tuple[str, ...], wakes: list[str]) -> None:
    ticks.run_dies({"identities": "new"}, makes)
    ticks.checks("identities")
    assert ticks.settled() == wakes


def test_an_evaluation_between_two_results_of_a_run_asks_for_nothing(ticks: Ticks) -> None:
    ticks.made("identities", "new")
    ticks.checks("identities")
    assert ticks.tick() == []
    for asset in ("cast_assignments", "identity_evaluation", "track_reps"):
        ticks.made(asset, "follows")
    assert ticks.settled() == []


def test_a_new_episode_is_made_by_the_run_that_came_with_it(home: Path) -> None:
    write_tiny_episode(home)
    with open_instance() as instance:
        ticks = Ticks(instance)
        instance.add_dynamic_partitions("episodes", [OTHER])
        ticks.made("episode_video", "new", OTHER)  # in an instance without any event Dagster does not see runs' tags
        ticks.tick()
        instance.add_dynamic_partitions("episodes", [EP_ID])
        assert ticks.settled() == []
        ticks.run_dies({"episode_video": "new"}, started_by="new_episodes")
        ticks.checks("episode_video")
        assert ticks.settled() == []


def test_a_new_video_that_was_made_known_alone_is_followed(ticks: Ticks) -> None:
    ticks.made("episode_video", "new")
    ticks.checks("episode_video")
    assert ticks.settled() == sorted(AUTOMATED)


def test_a_cleanup_is_not_undone(ticks: Ticks) -> None:
    """All that it replaced is new at once: only what it left alone is made again."""
    for asset in ("tracks", "faces", "track_embeddings", "identities"):
        ticks.made(asset, "cleaned")
    ticks.checks("tracks", "faces", "track_embeddings", "identities")
    assert ticks.settled() == ["cast_assignments", "identity_evaluation", "track_reps"]
