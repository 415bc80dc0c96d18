"""Artifacts that Dagster did not make are reported to it, and are up to date for it afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.loader import LoadingContextForTest

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_app.actions.run_episode import RunRequest, run_episode
from screenalytics_assets.automation.adoption import report_unknown
from screenalytics_assets.definitions import build_definitions
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_assets.settings.episode_settings import change_kept
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.progress import FileProgress
from tests.tiny_episode import EP_ID, write_tiny_episode


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_tiny_episode(home)


@pytest.fixture
def instance(store: ArtifactStore) -> Iterator[DagsterInstance]:
    with open_instance() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
        yield instance


def statuses(instance: DagsterInstance) -> dict[str, StaleStatus]:
    graph = build_definitions().resolve_asset_graph()
    resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
    return {asset: resolver.get_status(AssetKey(asset), EP_ID) for asset in EPISODE_SPECS}


def test_an_unknown_episode_is_reported_once(instance: DagsterInstance, store: ArtifactStore) -> None:
    assert set(statuses(instance).values()) == {StaleStatus.MISSING}
    assert report_unknown(instance, store, EP_ID) == list(EPISODE_SPECS)
    assert statuses(instance) == dict.fromkeys(EPISODE_SPECS, StaleStatus.FRESH)
    assert report_unknown(instance, store, EP_ID) == []


def test_a_damaged_artifact_is_not_reported(instance: DagsterInstance, store: ArtifactStore) -> None:
    path = Path(str(store.manifest(EP_ID, "identities.json")))
    path.write_text(path.read_text()[:-20])
    assert "identities" not in report_unknown(instance, store, EP_ID)
    assert statuses(instance)["identities"] == StaleStatus.MISSING


def test_artifacts_built_with_kept_settings_are_up_to_date(instance: DagsterInstance, store: ArtifactStore) -> None:
    request = RunRequest(EP_ID, None, {"cluster_thresh": 0.9}, "identities")
    run_episode(request, store, FileProgress(store))
    with DagsterInstance.ephemeral() as other:
        other.add_dynamic_partitions("episodes", [EP_ID])
        assert report_unknown(other, store, EP_ID) == list(EPISODE_SPECS)
        assert statuses(other) == dict.fromkeys(EPISODE_SPECS, StaleStatus.FRESH)
        change_kept(store, EP_ID, {}, ["cluster_thresh"])
    with DagsterInstance.ephemeral() as third:
        third.add_dynamic_partitions("episodes", [EP_ID])
        report_unknown(third, store, EP_ID)
        assert statuses(third)["identities"] == StaleStatus.STALE
