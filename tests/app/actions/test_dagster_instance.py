"""The Dagster instance that the command line, the web server and the daemon share."""

import os
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus, job, op
from dagster._core.test_utils import create_run_for_test

from screenalytics_app.actions import dagster_instance
from screenalytics_app.actions.dagster_instance import open_instance, prepare_home, start_command
from screenalytics_assets.dagster_support.dead_runs import end_runs_of
from screenalytics_resources import project
from screenalytics_resources.errors import UserError
from screenalytics_resources.project import PROJECT_ROOT
from screenalytics_resources.run_tags import PARTITION_TAG


@op
def nothing() -> None: ...


@job
def some_job() -> None:
    nothing()


def started(instance: DagsterInstance, ep_id: str, status: DagsterRunStatus) -> str:
    return create_run_for_test(instance, job_name="some_job", status=status, tags={PARTITION_TAG: ep_id}).run_id


def test_home_links_to_the_configuration_of_the_project(home: Path, tmp_path: Path) -> None:
    prepare_home()
    prepare_home()
    link = tmp_path / "dagster" / "dagster.yaml"
    assert link.resolve() == PROJECT_ROOT / "dagster.yaml"
    assert os.environ["DAGSTER_HOME"] == str(tmp_path / "dagster")


def test_home_gets_a_copy_of_a_wheels_configuration(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "packaged").mkdir()
    (tmp_path / "packaged" / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    monkeypatch.setattr(dagster_instance, "FROM_WHEEL", True)
    monkeypatch.setattr(dagster_instance, "DEFAULTS", tmp_path / "packaged")
    copy = tmp_path / "dagster" / "dagster.yaml"
    prepare_home()
    assert not copy.is_symlink()
    assert copy.read_text() == "telemetry: {enabled: false}\n"

    copy.write_text("nux: {enabled: false}\n")
    prepare_home()
    assert copy.read_text() == "nux: {enabled: false}\n"


def test_a_link_to_a_missing_configuration_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "dagster").mkdir()
    link = tmp_path / "dagster" / "dagster.yaml"
    link.symlink_to(tmp_path / "gone.yaml")
    with pytest.raises(UserError, match=r"dagster\.yaml links to .*gone\.yaml, which is missing"):
        prepare_home()
    assert link.is_symlink()


@pytest.mark.parametrize(
    ("from_wheel", "command"),
    [
        pytest.param(False, "make dev", id="checkout"),
        pytest.param(True, "DAGSTER_HOME='{home}/dag ster' screenalytics dev", id="wheel"),
    ],
)
def test_the_command_that_starts_the_ui(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_wheel: bool, command: str
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dag ster"))
    monkeypatch.setattr(dagster_instance, "FROM_WHEEL", from_wheel)
    assert start_command() == command.format(home=tmp_path)


@pytest.mark.parametrize(
    ("from_wheel", "given", "expected"),
    [
        pytest.param(False, None, PROJECT_ROOT / ".dagster", id="checkout"),
        pytest.param(True, None, Path("here", ".dagster"), id="wheel"),
        pytest.param(False, "/instance", Path("/instance"), id="checkout-given"),
        pytest.param(True, "/instance", Path("/instance"), id="wheel-given"),
    ],
)
def test_the_default_folder_of_the_instance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, from_wheel: bool, given: str | None, expected: Path
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("DAGSTER_HOME", given or "")
    monkeypatch.setattr(project, "FROM_WHEEL", from_wheel)
    assert project.dagster_home() == tmp_path / expected


def test_an_existing_configuration_is_kept(home: Path, tmp_path: Path) -> None:
    (tmp_path / "dagster").mkdir()
    (tmp_path / "dagster" / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    prepare_home()
    assert not (tmp_path / "dagster" / "dagster.yaml").is_symlink()


def test_runs_of_killed_processes_are_ended_and_their_slots_freed(home: Path) -> None:
    with open_instance() as instance:
        dead = [started(instance, "demo-s01e01", s) for s in (DagsterRunStatus.STARTED, DagsterRunStatus.STARTING)]
        other = started(instance, "demo-s01e02", DagsterRunStatus.STARTED)
        done = started(instance, "demo-s01e01", DagsterRunStatus.SUCCESS)
        storage = instance.event_log_storage
        storage.initialize_concurrency_limit_to_default("inference")
        assert storage.claim_concurrency_slot("inference", dead[0], "tracks").is_claimed
        assert not storage.claim_concurrency_slot("inference", other, "tracks").is_claimed

        assert sorted(end_runs_of(instance, "demo-s01e01")) == sorted(dead)

        states = {run.run_id: run.status for run in instance.get_runs()}
        assert {states[run_id] for run_id in dead} == {DagsterRunStatus.FAILURE}
        assert states[other] == DagsterRunStatus.STARTED
        assert states[done] == DagsterRunStatus.SUCCESS
        assert storage.claim_concurrency_slot("inference", other, "tracks").is_claimed
        assert end_runs_of(instance, "demo-s01e01") == []


@pytest.mark.parametrize("key", ["telemetry", "nux"])
def test_telemetry_and_notices_are_off(home: Path, key: str) -> None:
    with open_instance() as instance:
        assert instance.get_settings(key) == {"enabled": False}
