"""Tests of the IO managers in Dagster runs of two small assets."""

from pathlib import Path
from typing import Any

import pytest
from dagster import AssetExecutionContext, DagsterInstance, DynamicPartitionsDefinition, asset, materialize
from pydantic import BaseModel

from screenalytics_resources.artifact import Document, DocumentSpec, Provenance, Table, TableSpec
from screenalytics_resources.artifact_store import ROOT_VARIABLE, ArtifactStore
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.errors import UserError
from screenalytics_resources.io_managers import JsonIOManager, JsonlIOManager
from tests.resources.test_episode_lock import holder

EP = "demo-s01e01"
PARTITIONS = DynamicPartitionsDefinition(name="episodes")


class Row(BaseModel):
    value: int


class Rows(Table[Row]):
    pass


class Total(Document[Row]):
    pass


ROWS = TableSpec("rows", "rows.jsonl", Row, Rows)
TOTAL = DocumentSpec("total", "total.json", Row, Total)


def origin(name: str) -> Provenance:
    return Provenance(asset=name, code_version="1", settings_sha256="", inputs={})


@asset(partitions_def=PARTITIONS, io_manager_key="jsonl_io")
def rows(context: AssetExecutionContext) -> Rows:
    return Rows(context.partition_key, [Row(value=2), Row(value=3)], origin("rows"))


@asset(partitions_def=PARTITIONS, io_manager_key="json_io")
def total(context: AssetExecutionContext, rows: Rows, store: StoreResource) -> Total:
    return Total(context.partition_key, Row(value=sum(row.value for row in rows.rows)), origin("total"))


def run(root: Path, selection: list[Any], ep_id: str = EP) -> Any:
    store = ArtifactStore(str(root))
    resources = {
        "jsonl_io": JsonlIOManager(store, {"rows": ROWS}),
        "json_io": JsonIOManager(store, {"total": TOTAL}),
        "store": StoreResource(),
    }
    with DagsterInstance.ephemeral() as instance, pytest.MonkeyPatch.context() as patch:
        patch.setenv(ROOT_VARIABLE, str(root))
        instance.add_dynamic_partitions("episodes", [ep_id])
        return materialize(
            [rows, total], selection=selection, partition_key=ep_id, instance=instance, resources=resources
        )


def test_values_are_stored_in_the_files_of_the_layout(tmp_path: Path) -> None:
    result = run(tmp_path, [rows, total])
    assert result.asset_value("total").content.value == 5
    names = sorted(path.name for path in (tmp_path / "manifests" / EP).iterdir())
    assert names == ["rows.jsonl", "rows.seal.json", "total.json"]


def test_a_damaged_input_fails_the_step_with_its_message(tmp_path: Path) -> None:
    run(tmp_path, [rows])
    path = tmp_path / "manifests" / EP / "rows.jsonl"
    path.write_text(path.read_text().replace("3", "4"))
    with pytest.raises(Exception, match="rows") as error:
        run(tmp_path, [total])
    assert "manifests/demo-s01e01/rows.jsonl cannot be used" in str(user_error(error.value))


def user_error(error: BaseException | None) -> UserError | None:
    while error is not None and not isinstance(error, UserError):
        error = error.__cause__
    return error


def test_a_run_holds_the_lock_of_its_episode(tmp_path: Path) -> None:
    run(tmp_path, [rows])
    process = holder(tmp_path)
    try:
        with pytest.raises(Exception, match="resource") as error:
            run(tmp_path, [total])
        assert "is being worked on by another process" in str(user_error(error.value))
        assert run(tmp_path, [rows], "demo-s01e02").success
    finally:
        process.communicate()
    assert run(tmp_path, [total]).success
