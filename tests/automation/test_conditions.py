"""What automation asks for: on a real instance, tick by tick, with the project's own graph."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import (
    AssetKey,
    AssetMaterialization,
    AssetSelection,
    DagsterInstance,
    evaluate_automation_conditions,
)

from screenalytics_app.dagster_instance import open_instance
from screenalytics_app.report_artifacts import report_unknown
from screenalytics_assets.automation.conditions import AUTOMATED
from screenalytics_assets.definitions import build_definitions
from screenalytics_assets.version_tags import version_tags
from screenalytics_resources.artifact import Provenance
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
        origin = Provenance(asset=asset, code_version="1", settings_sha256="0" * 64, inputs={})
        self.instance.report_runless_asset_event(
            AssetMaterialization(asset_key=asset, partition=EP_ID, tags=version_tags(asset, version, origin))
        )

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


def test_a_cleanup_is_not_undone(ticks: Ticks) -> None:
    """All that it replaced is new at once: only what it left alone is made again."""
    for asset in ("tracks", "faces", "track_embeddings", "identities"):
        ticks.made(asset, "cleaned")
    ticks.checks("tracks", "faces", "track_embeddings", "identities")
    assert ticks.tick() == ["cast_assignments", "identity_evaluation", "track_reps"]
