"""The table of artifacts agrees with the graph, the jobs, the import rules and the documentation."""

import tomllib

import pytest

from screenalytics_assets.automation.conditions import AUTOMATED, UPSTREAM_CHANGED
from screenalytics_assets.automation.jobs import CLEANUP_JOB, EPISODE_JOB, REVIEW_PROXY_JOB, SEASON_JOB
from screenalytics_assets.definitions import ASSETS, build_definitions
from screenalytics_assets.lineage.artifact_table import ARTIFACTS, EPISODE_ARTIFACTS
from screenalytics_assets.settings.stages import (
    ALL_STAGES,
    BackfillSettings,
    EvaluationSettings,
    GuardrailSettings,
)
from screenalytics_resources.project import PROJECT_ROOT

READ_BY_NO_ARTIFACT = {GuardrailSettings, EvaluationSettings, BackfillSettings}
"""Stages that only checks and the backfill read."""


def test_the_graph_has_the_artifacts_of_the_table_in_its_order() -> None:
    assert [definition.key.path[-1] for definition in ASSETS] == list(ARTIFACTS)


@pytest.mark.parametrize("asset", list(ARTIFACTS))
def test_the_graph_has_the_inputs_versions_and_automation_of_the_table(asset: str) -> None:
    graph = build_definitions().resolve_asset_graph()
    node = next(graph.get(key) for key in graph.get_all_asset_keys() if key.path[-1] == asset)
    row = ARTIFACTS[asset]
    assert {key.path[-1] for key in node.parent_keys} == set(row.upstream)
    assert (node.code_version or "").split("-")[0] == row.code_version
    assert node.automation_condition == (UPSTREAM_CHANGED if row.automated else None)


def test_an_artifact_comes_after_its_upstream_artifacts() -> None:
    order = list(ARTIFACTS)
    late = [(name, up) for name, row in ARTIFACTS.items() for up in row.upstream if order.index(up) > order.index(name)]
    assert late == []


def test_only_artifacts_of_episodes_are_automated() -> None:
    assert set(AUTOMATED) < set(EPISODE_ARTIFACTS)


def test_each_artifact_is_built_by_one_job() -> None:
    graph = build_definitions().resolve_asset_graph()
    built = [
        key.path[-1]
        for job in (EPISODE_JOB, SEASON_JOB, CLEANUP_JOB, REVIEW_PROXY_JOB)
        for key in job.selection.resolve(graph)
    ]
    assert sorted(built) == sorted(ARTIFACTS)


def test_the_import_rules_list_the_folders_in_the_order_of_the_table() -> None:
    contracts = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["name"].startswith("assets:"))
    folders = [asset.op.compute_fn.decorated_fn.__module__.split(".")[1] for asset in ASSETS]  # type: ignore[union-attr]
    listed = [name for layer in reversed(layers) if (name := layer.rpartition(".")[2]) in folders]
    assert listed == folders


def test_the_generated_page_describes_every_artifact() -> None:
    lines = (PROJECT_ROOT / "docs" / "artifacts.md").read_text().splitlines()
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] == list(ARTIFACTS)


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_pages_name_only_existing_modules(page: str) -> None:
    text = (PROJECT_ROOT / page).read_text()
    named = {word.strip("`()[].,:;") for word in text.split() if word.strip("`(").startswith("screenalytics_")}
    paths = {name for name in named if "/" in name and "*" not in name and "<" not in name}
    assert [path for path in sorted(paths) if not (PROJECT_ROOT / path).exists()] == []


def test_each_stage_of_settings_is_read() -> None:
    read = {stage for row in ARTIFACTS.values() for stage in row.settings}
    assert read.isdisjoint(READ_BY_NO_ARTIFACT)
    assert read | READ_BY_NO_ARTIFACT == set(ALL_STAGES)
