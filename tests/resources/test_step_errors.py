"""Retries and failures of steps whose asset, input or output fails, run by Dagster."""

import errno
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import (
    AssetExecutionContext,
    DagsterEventType,
    DagsterInstance,
    Definitions,
    DynamicPartitionsDefinition,
    ExecuteInProcessResult,
    asset,
    define_asset_job,
    in_process_executor,
)
from pydantic import BaseModel

from screenalytics_resources import io_managers, step_errors
from screenalytics_resources.artifact import Document, DocumentSpec, Provenance
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.io_managers import JsonIOManager

EP = "demo-s01e01"
PARTITIONS = DynamicPartitionsDefinition(name="episodes")
IO_ERROR = OSError(errno.EIO, "I/O error")
DISK_FULL = OSError(errno.ENOSPC, "no space")


class Row(BaseModel):
    value: int


class Numbers(Document[Row]):
    pass


SPECS = {name: DocumentSpec(name, f"{name}.json", Row, Numbers) for name in ("first", "second")}
ERRORS: list[Exception | None] = []
"""Errors that the asset `first` raises in its next attempts."""


def number(context: AssetExecutionContext, value: int) -> Numbers:
    name = context.asset_key.path[-1]
    return Numbers(EP, Row(value=value), Provenance(asset=name, code_version="1", settings_sha256="", inputs={}))


@asset(partitions_def=PARTITIONS, io_manager_key="json_io", pool="inference")
def first(context: AssetExecutionContext) -> Numbers:
    with step_errors.step_errors(context.retry_number):
        if ERRORS and (error := ERRORS.pop(0)):
            raise error
        return number(context, 2)


@asset(partitions_def=PARTITIONS, io_manager_key="json_io")
def second(context: AssetExecutionContext, first: Numbers) -> Numbers:
    return number(context, first.content.value + 1)


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    ERRORS.clear()
    monkeypatch.setattr(step_errors, "FIRST_WAIT_S", 0.05)
    pools = {"concurrency": {"pools": {"default_limit": 1, "granularity": "op"}}, "telemetry": {"enabled": False}}
    (tmp_path / "dagster").mkdir()
    with DagsterInstance.local_temp(str(tmp_path / "dagster"), overrides=pools) as instance:
        instance.add_dynamic_partitions("episodes", [EP])
        yield instance


def run(root: Path, instance: DagsterInstance) -> ExecuteInProcessResult:
    definitions = Definitions(
        assets=[first, second],
        jobs=[define_asset_job("both", [first, second])],
        resources={"json_io": JsonIOManager(ArtifactStore(str(root)), SPECS)},
        executor=in_process_executor,
    )
    job = definitions.resolve_job_def("both")
    return job.execute_in_process(partition_key=EP, instance=instance, raise_on_error=False)


def restarts(result: ExecuteInProcessResult, step: str) -> int:
    return sum(
        event.event_type == DagsterEventType.STEP_RESTARTED and event.step_key == step for event in result.all_events
    )


@pytest.mark.parametrize(
    ("errors", "success", "retries"),
    [
        pytest.param([IO_ERROR, ConnectionError()], True, 2, id="errors that pass"),
        pytest.param([IO_ERROR] * 9, False, 3, id="an error that persists"),
        pytest.param([UserError("bad setting")], False, 0, id="invalid input"),
        pytest.param([DISK_FULL], False, 0, id="disk full"),
        pytest.param([TypeError("bug")], False, 0, id="bug"),
    ],
)
def test_only_infrastructure_errors_are_retried(
    instance: DagsterInstance, tmp_path: Path, errors: list[Exception | None], success: bool, retries: int
) -> None:
    ERRORS.extend(errors)
    result = run(tmp_path, instance)
    assert result.success is success
    assert restarts(result, "first") == retries
    assert instance.event_log_storage.get_concurrency_info("inference").active_slot_count == 0


def test_an_error_that_persists_is_raised_unchanged(instance: DagsterInstance, tmp_path: Path) -> None:
    ERRORS.extend([IO_ERROR] * 9)
    (failure,) = run(tmp_path, instance).filter_events(lambda event: event.is_step_failure)
    assert "I/O error" in str(failure.step_failure_data.error)


@pytest.mark.parametrize(
    ("function", "step"),
    [pytest.param("save_document", "first", id="writing"), pytest.param("load_document", "second", id="reading")],
)
def test_reading_and_writing_artifacts_is_also_retried(
    instance: DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, step: str
) -> None:
    original = getattr(io_managers, function)
    errors = [IO_ERROR]

    def fail_once(*arguments: Any) -> Any:
        if errors:
            raise errors.pop()
        return original(*arguments)

    monkeypatch.setattr(io_managers, function, fail_once)
    result = run(tmp_path, instance)
    assert result.success
    assert restarts(result, step) == 1
    assert result.output_for_node("second").content.value == 3


def test_a_damaged_input_fails_immediately_with_its_message(
    instance: DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: Any) -> Any:
        raise UserError("first.json is damaged: make it again.")

    monkeypatch.setattr(io_managers, "load_document", damaged)
    result = run(tmp_path, instance)
    assert not result.success
    assert restarts(result, "second") == 0
    (failure,) = result.filter_events(lambda event: event.is_step_failure)
    assert failure.step_failure_data.user_failure_data.description == "first.json is damaged: make it again."


def test_a_waiting_step_occupies_no_slot_of_its_pool(
    instance: DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ERRORS.append(IO_ERROR)
    active_slots: list[int] = []
    sleep = time.sleep

    def count_and_sleep(seconds: float) -> None:
        active_slots.append(instance.event_log_storage.get_concurrency_info("inference").active_slot_count)
        sleep(seconds)

    monkeypatch.setattr("dagster._core.execution.plan.active.time.sleep", count_and_sleep)
    assert run(tmp_path, instance).success
    assert active_slots
    assert set(active_slots) == {0}


@pytest.mark.parametrize(
    ("retry_number", "random", "expected"),
    [
        pytest.param(0, 0.0, 10.0, id="first"),
        pytest.param(2, 0.0, 40.0, id="third"),
        pytest.param(0, 1.0, 5.0, id="shortest"),
    ],
)
def test_waits_double(retry_number: int, random: float, expected: float) -> None:
    assert step_errors.wait_s(retry_number, random) == expected
