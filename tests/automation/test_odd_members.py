"""One bad member of a batch: it is skipped, named and alerted, and the others are processed."""

import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    DagsterInstance,
    DagsterRunStatus,
    RunRequest,
    build_schedule_context,
    build_sensor_context,
)
from dagster._core.test_utils import create_run_for_test

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.automation import alerts
from screenalytics_assets.automation.backfill import nightly_backfill
from screenalytics_assets.dagster_support.dead_runs import QUIET_S, end_dead_runs
from screenalytics_assets.definitions import build_definitions
from screenalytics_resources.artifact_store import ArtifactStore, local_path
from screenalytics_resources.run_tags import PARTITION_TAG
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID, write_tiny_episode

ODD = ("OPS-S01E09", "../x", "demo-s01e01-s02e02", "a b\nc")
UNREADABLE = "tiny-s01e03"
NIGHT = datetime(2026, 1, 2, 2, tzinfo=UTC)


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    """Write an episode without its evaluation, and one of which a manifest is a folder."""
    store = write_tiny_episode(home)
    manifests = local_path(store.path("manifests", EP_ID))
    shutil.copytree(manifests, manifests.parent / UNREADABLE)
    (manifests.parent / UNREADABLE / "video.json").unlink()
    (manifests.parent / UNREADABLE / "video.json").mkdir()
    shutil.copytree(home / "videos" / EP_ID, home / "videos" / UNREADABLE)
    (manifests / "identity_evaluation.json").unlink()
    return store


@pytest.fixture
def instance(store: ArtifactStore) -> Iterator[DagsterInstance]:
    with open_instance() as instance:
        instance.add_dynamic_partitions("episodes", [*ODD, EP_ID, UNREADABLE])
        instance.add_dynamic_partitions("shows", ["../y", "tiny"])
        yield instance


@pytest.fixture
def screen(instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Screen:
    return Screen(monkeypatch, capsys)


def test_the_nightly_backfill_skips_and_names_bad_members(
    instance: DagsterInstance, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert requested(instance) == [EP_ID]
    logged = capfd.readouterr().err
    for name in (*ODD[:-1], r"a b\nc", UNREADABLE):
        assert f"{name} is skipped: " in logged
    assert alerted(home) == [("ERROR", "episode_is_readable", UNREADABLE)]
    requested(instance)
    assert len(alerted(home)) == 1
    shutil.rmtree(home / "manifests" / UNREADABLE)
    assert requested(instance) == [EP_ID, UNREADABLE]
    assert alerted(home)[1:] == [("passed", "episode_is_readable", UNREADABLE)]


def test_each_odd_partition_key_is_one_alert_until_it_is_deleted(instance: DagsterInstance, home: Path) -> None:
    for _ in range(2):
        alerts.alert_outbox(build_sensor_context(instance))
    found = alerted(home)
    assert sorted(found) == sorted(("ERROR", "partition_key_is_valid", key) for key in (*ODD, "../y"))
    assert "Delete this partition" in causes(home)[0]
    instance.delete_dynamic_partition("episodes", "../x")
    alerts.alert_outbox(build_sensor_context(instance))
    assert alerted(home)[len(found) :] == [("passed", "partition_key_is_valid", "../x")]


def test_status_and_backfill_name_bad_members(screen: Screen) -> None:
    assert screen.call("status") == 0
    for name in (*ODD[:-1], r"a b\nc", "../y", UNREADABLE):
        assert f"not counted: {name}\n" in screen.out
    assert "1 episode: 0 up to date, 0 stale, 1 incomplete" in screen.out
    assert set(screen.json("status")["library"]["unreadable"]) == {*ODD, "../y", UNREADABLE}
    assert screen.json("status", "--ep-id", UNREADABLE)["episodes"][0]["artifacts"][0]["state"] == "damaged"
    plan = screen.json("backfill", "--dry-run")["plan"]
    assert [state["ep_id"] for state in plan["chosen"]] == [EP_ID]
    assert set(plan["left_out"]) == {*ODD, UNREADABLE}
    assert screen.call("backfill", "--dry-run") == 0
    assert "OPS-S01E09" in screen.out


def test_an_odd_key_in_a_command_is_one_sentence(screen: Screen) -> None:
    for arguments in (("status", "--ep-id"), ("run", "--ep-id"), ("cleanup", "--ep-id"), ("season", "--show")):
        assert "is not a" in screen.refused(*arguments, "OPS-S01E09")


def test_a_dead_run_of_an_odd_key_is_ended(instance: DagsterInstance, store: ArtifactStore) -> None:
    dead = [
        create_run_for_test(instance, status=DagsterRunStatus.STARTED, tags={PARTITION_TAG: key}).run_id
        for key in (*ODD, EP_ID)
    ]
    ended = end_dead_runs(instance, store, time.time() + QUIET_S + 5)
    assert sorted(run.run_id for run in ended) == sorted(dead)


def requested(instance: DagsterInstance) -> list[str]:
    repository = build_definitions().get_repository_def()
    with build_schedule_context(instance, NIGHT, repository_def=repository) as context:
        requests = nightly_backfill().evaluate_tick(context).run_requests or ()
    return sorted(str(request.partition_key) for request in requests if isinstance(request, RunRequest))


def alerted(home: Path) -> list[tuple[str, str, str]]:
    return [(alert["state"], alert["check"], alert["partition"]) for alert in _delivered(home)]


def causes(home: Path) -> list[str]:
    return [alert["cause"] for alert in _delivered(home)]


def _delivered(home: Path) -> list[dict[str, Any]]:
    alerts.alert_desk().deliver()
    return [json.loads(line) for line in (home / "alerts" / "alerts.jsonl").read_text().splitlines()]
