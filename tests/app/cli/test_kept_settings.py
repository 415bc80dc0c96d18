"""Settings kept with an episode are used by every entry, and no entry undoes them."""

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, DagsterInstance, ExecuteInProcessResult, TableMetadataValue, build_schedule_context

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.automation.backfill import nightly_backfill
from screenalytics_assets.definitions import build_definitions
from screenalytics_resources.artifact_store import ArtifactStore
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID

OTHER = "tiny-s01e02"
NIGHT = datetime(2026, 1, 2, 2, tzinfo=UTC)
RERUN = ("run", "--ep-id", EP_ID, "--from", "identities")
"""The tiny episode has no real video, so runs start after the tracks."""


def planned(screen: Screen) -> dict[str, list[str]]:
    """Return what a backfill of stale episodes would make, by episode."""
    plan = screen.json("backfill", "--stale", "--dry-run")["plan"]
    return {state["ep_id"]: state["to_make"] for state in plan["chosen"]}


def scheduled() -> dict[str, list[str]]:
    """Return what the nightly schedule requests, by episode."""
    schedule, repository = nightly_backfill(), build_definitions().get_repository_def()
    with open_instance() as instance, build_schedule_context(instance, NIGHT, repository_def=repository) as context:
        requests = schedule.evaluate_tick(context).run_requests or ()
    return {str(one.partition_key): [key.path[-1] for key in one.asset_selection or ()] for one in requests}


def identities(store: ArtifactStore) -> Mapping[str, Any]:
    return dict(json.loads(store.manifest(EP_ID, "identities.json").read_bytes()))


def launched(instance: DagsterInstance, config: Mapping[str, Any] | None = None) -> ExecuteInProcessResult:
    """Make the identities as the web UI, the automation and the schedule do: without the command line."""
    job = build_definitions().resolve_job_def("episode").get_subset(asset_selection={AssetKey("identities")})
    ops = {"identities": {"config": dict(config)}} if config else {}
    return job.execute_in_process(
        instance=instance, partition_key=EP_ID, run_config={"ops": ops, "loggers": {"console": {}}}
    )


def shown_settings(result: ExecuteInProcessResult) -> dict[str, tuple[Any, Any]]:
    """Return value and source of each setting in the metadata of the materialization."""
    (made,) = result.asset_materializations_for_node("identities")
    table = made.metadata["settings"]
    assert isinstance(table, TableMetadataValue)
    return {str(row.data["setting"]): (row.data["value"], row.data["from"]) for row in table.records}


def test_the_night_leaves_what_a_run_was_given(screen: Screen, store: ArtifactStore, instance: DagsterInstance) -> None:
    assert screen.call(*RERUN, "--cluster-thresh", "0.9", "--set", "min_cluster_size=3") == 0
    assert "kept with the episode: cluster_thresh = 0.9, min_cluster_size = 3" in screen.out
    assert f"`screenalytics config --ep-id {EP_ID} --unset KEY`" in screen.out
    assert identities(store)["metadata"]["cluster_thresh"] == 0.9
    assert planned(screen) == {}
    assert scheduled() == {}
    assert screen.call("run", "--ep-id", EP_ID) == 0
    assert "every artifact is up to date" in screen.out
    assert identities(store)["metadata"]["cluster_thresh"] == 0.9

    unset = ["--unset", "cluster_thresh", "--unset", "min_cluster_size"]
    assert screen.call("config", "--ep-id", EP_ID, *unset) == 0
    assert "so a run makes them again: identities" in screen.out
    assert planned(screen)[EP_ID][0] == scheduled()[EP_ID][0] == "identities"
    assert screen.call("run", "--ep-id", EP_ID) == 0
    assert "kept with the episode" not in screen.out
    assert identities(store)["metadata"]["cluster_thresh"] != 0.9


def test_kept_settings_make_an_episode_stale_and_every_entry_uses_them(
    screen: Screen, store: ArtifactStore, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENALYTICS_CLUSTER_SIM", "0.7")  # belongs to the machine, so the episode's own value wins
    assert screen.call("config", "--ep-id", EP_ID, "--set", "cluster_thresh=0.85") == 0
    assert f"kept with {EP_ID}: cluster_thresh = 0.85" in screen.out
    rows = {row["name"]: row for row in screen.json("config", "--ep-id", EP_ID)["settings"]}
    assert (rows["cluster_thresh"]["value"], rows["cluster_thresh"]["source"]) == ("0.85", "episode")
    assert planned(screen)[EP_ID][0] == scheduled()[EP_ID][0] == "identities"

    result = launched(instance)
    assert shown_settings(result)["cluster_thresh"] == ("0.85", "episode")
    assert identities(store)["metadata"]["cluster_thresh"] == 0.85
    assert screen.call("backfill", "--stale") == 0
    assert identities(store)["metadata"]["cluster_thresh"] == 0.85

    (episode,) = screen.json("status", "--ep-id", EP_ID)["episodes"]
    assert episode["kept_settings"] == {"cluster_thresh": 0.85}
    assert screen.call("status", "--ep-id", EP_ID) == 0
    assert "settings kept with the episode: cluster_thresh = 0.85" in screen.out

    report = screen.json("cleanup", "--ep-id", EP_ID, "--actions", "recluster")["report"]
    assert report["actions_completed"] == ["recluster"]
    evaluations = {event.check_name: event for event in result.get_asset_check_evaluations()}
    assert evaluations["identities_are_whole"].passed


def test_a_value_of_the_launchpad_wins_for_its_run_only(
    screen: Screen, store: ArtifactStore, instance: DagsterInstance
) -> None:
    assert screen.call("config", "--ep-id", EP_ID, "--set", "cluster_thresh=0.85") == 0
    result = launched(instance, {"cluster_thresh": 0.6})
    assert shown_settings(result)["cluster_thresh"] == ("0.6", "explicit")
    messages = [entry.user_message for entry in instance.all_logs(result.run_id)]
    (warning,) = [message for message in messages if "for this run only" in message]
    assert f"`screenalytics config --ep-id {EP_ID} --set cluster_thresh=0.6` keeps it" in warning
    assert planned(screen)[EP_ID][0] == "identities"
    result = launched(instance, {"cluster_thresh": 0.85})
    assert not [entry for entry in instance.all_logs(result.run_id) if "for this run only" in entry.user_message]


def test_guardrails_of_an_episode_are_kept_with_it(screen: Screen, store: ArtifactStore) -> None:
    assert screen.call(*RERUN) == 0
    assert screen.call("config", "--ep-id", EP_ID, "--set", "num_clusters_min=1") == 0
    run = screen.json("run", "--ep-id", EP_ID)
    (check,) = [check for check in run["checks"] if check["name"] == "num_clusters"]
    assert "target 1 to 15" in check["description"]
    assert run["made"] == []


def test_machine_settings_of_a_run_are_not_kept(screen: Screen, store: ArtifactStore) -> None:
    assert screen.json(*RERUN, "--set", "threads=1")["kept_settings"] == {}
    sentence = screen.refused("config", "--ep-id", EP_ID, "--set", "threads=1")
    assert "threads cannot be kept with an episode" in sentence


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--set", "stride=2"], "give it with --ep-id E", id="no-episode"),
        pytest.param(["--ep-id", OTHER, "--set", "stride=2"], "There is no episode tiny-s01e02", id="unknown-episode"),
        pytest.param(["--ep-id", EP_ID, "--unset", "stride"], "keeps no setting 'stride'", id="not-kept"),
        pytest.param(["--ep-id", EP_ID, "--set", "stride=0"], "Setting stride = 0", id="invalid"),
    ],
)
def test_changes_that_make_no_sense_are_refused(
    screen: Screen, store: ArtifactStore, home: Path, arguments: list[str], sentence: str
) -> None:
    assert sentence in screen.refused("config", *arguments)
    assert list(home.rglob("settings.json")) == []


def test_a_refused_run_keeps_nothing(screen: Screen, store: ArtifactStore, home: Path) -> None:
    assert "which --from identities leaves" in screen.refused(*RERUN, "--stride", "5", "--cluster-thresh", "0.9")
    assert list(home.rglob("settings.json")) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(
            '{"settings": {"cluster', "settings.json, the settings kept with the episode, is invalid", id="torn"
        ),
        pytest.param('{"settings": {"pack": "gone"}}', "gone", id="unknown-pack"),
        pytest.param('{"settings": {"old": 1}}', "--unset old", id="unknown-setting"),
        pytest.param('{"settings": {"stride": 0}}', "Setting stride = 0", id="range"),
    ],
)
def test_a_damaged_file_stops_its_own_episode_only(
    screen: Screen, store: ArtifactStore, home: Path, instance: DagsterInstance, content: str, sentence: str
) -> None:
    assert screen.call(*RERUN) == 0
    for room in ("videos", "manifests"):
        shutil.copytree(home / room / EP_ID, home / room / OTHER)
    instance.add_dynamic_partitions("episodes", [OTHER])
    Path(str(store.manifest(EP_ID, "identity_evaluation.json"))).unlink()
    Path(str(store.manifest(OTHER, "settings.json"))).write_text(content)

    plan = screen.json("backfill", "--stale", "--dry-run")["plan"]
    assert [state["ep_id"] for state in plan["chosen"]] == [EP_ID]
    assert sentence in plan["left_out"][OTHER]
    assert list(scheduled()) == [EP_ID]
    assert screen.call("status") == 0
    assert f"not counted: {OTHER}" in screen.out
    assert sentence in " ".join(screen.out.split())
    assert sentence in screen.refused("run", "--ep-id", OTHER)
    assert sentence in screen.refused("config", "--ep-id", OTHER)
    assert screen.call("status", "--ep-id", OTHER) == 0


def test_a_copied_data_root_carries_the_settings(
    screen: Screen, store: ArtifactStore, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert screen.call(*RERUN, "--cluster-thresh", "0.9") == 0
    shutil.copytree(home, tmp_path / "copy")
    monkeypatch.setenv("SCREENALYTICS_DATA_ROOT", str(tmp_path / "copy"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "other"))
    assert planned(screen) == {}
