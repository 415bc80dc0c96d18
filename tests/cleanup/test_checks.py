"""Checks of `cleanup_report`: called directly on reports, and each run once by Dagster."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from dagster import AssetCheckEvaluation, AssetKey, DagsterInstance

from screenalytics_assets.cleanup.checks import every_action_completed, no_guardrail_got_worse
from screenalytics_assets.contract.cleanup_records import PHASES, CleanupMetrics, CleanupReport, GuardrailState
from screenalytics_assets.contract.schemas import CLEANUP_REPORT, CleanupReportDocument
from screenalytics_assets.definitions import build_definitions
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import save_document
from tests.tiny_episode import EP_ID, NOW, origin

NOTHING = CleanupMetrics.model_validate(dict.fromkeys(CleanupMetrics.model_fields))
SAME = GuardrailState(before="warning", after="warning", value_before=0.35, value_after=0.35)
BETTER = GuardrailState(before="error", after="passed", value_before=0.75, value_after=0.25)
WORSE = GuardrailState(before="passed", after="warning", value_before=0.25, value_after=0.5)
MUCH_WORSE = GuardrailState(before="warning", after="error", value_before=0.5, value_after=0.75)
WORSE_CLAUSE = r"singleton_fraction goes from 0\.25 \(passed\) to 0\.5 \(warning\)"


def report(**changes: object) -> CleanupReport:
    """Return the report on a cleanup that completed all phases and changed nothing."""
    values: dict[str, object] = dict.fromkeys(CleanupReport.model_fields)
    values |= {
        "ep_id": EP_ID,
        "cleanup_id": "cleanup-1",
        "write_back": False,
        "promoted": False,
        "actions": PHASES,
        "actions_completed": PHASES,
        "actions_skipped": {},
        "profile": "balanced",
        "settings": {},
        "runtime_sec": 1.0,
        "runtime_by_phase": {},
        "created_at": NOW,
        "metrics_before": NOTHING,
        "metrics_after": NOTHING,
        "guardrails": {"tracks_per_minute": SAME, "singleton_fraction": SAME},
        "locked_identities": (),
        "moved_tracks": (),
        "digests": {},
    }
    return CleanupReport.model_validate(values | changes)


NO_CAST = {"group_clusters": "the show tiny has no cast"}
NO_FACES = {"split_tracks": "faces.jsonl does not exist", "reembed": "faces.jsonl does not exist"}


@pytest.mark.parametrize(
    ("completed", "skipped", "words"),
    [
        pytest.param(PHASES, {}, "^completed split_tracks, reembed, recluster, group_clusters$", id="all"),
        pytest.param(("recluster",), {}, "^completed recluster$", id="all-requested"),
        pytest.param(
            PHASES[:3], NO_CAST, r"1 actions were skipped\. group_clusters: the show tiny has no cast$", id="one"
        ),
        pytest.param((), NO_FACES, r"2 actions were skipped\. split_tracks: faces\.jsonl does not exist$", id="two"),
    ],
)
def test_every_action_completed(completed: tuple[str, ...], skipped: Mapping[str, str], words: str) -> None:
    outcome = every_action_completed(report(actions=completed, actions_completed=completed, actions_skipped=skipped))
    assert outcome.passed == (not skipped)
    assert re.search(words, outcome.description)
    assert outcome.severity == "WARN"
    assert list(outcome.evidence) == [f"{phase}: {why}" for phase, why in skipped.items()]


@pytest.mark.parametrize(
    ("states", "fate", "words"),
    [
        pytest.param([SAME, SAME], {}, "^2 guardrails, none worse than before$", id="same"),
        pytest.param([SAME, BETTER], {}, "^2 guardrails, none worse than before$", id="better"),
        pytest.param([], {}, "^0 guardrails, none worse than before$", id="nothing-to-compare"),
        pytest.param([SAME, BETTER], {"write_back": True, "promoted": True}, "^2 guardrails", id="written-back"),
    ],
)
def test_no_guardrail_got_worse(states: list[GuardrailState], fate: Mapping[str, object], words: str) -> None:
    named = dict(zip(("tracks_per_minute", "singleton_fraction"), states, strict=False))
    outcome = no_guardrail_got_worse(report(guardrails=named, **fate))
    assert outcome.passed
    assert re.search(words, outcome.description)
    assert outcome.evidence == ()


@pytest.mark.parametrize(
    ("fate", "words"),
    [
        pytest.param({}, f"^The cleanup would be refused: {WORSE_CLAUSE}$", id="not-written-back"),
        pytest.param({"write_back": True, "refused": "It gets worse."}, f"^The cleanup was refused: {WORSE_CLAUSE}$",
                     id="refused"),
        pytest.param({"write_back": True, "promoted": True}, f"^The cleanup was forced: {WORSE_CLAUSE}$", id="forced"),
    ],
)  # fmt: skip
def test_a_guardrail_that_got_worse(fate: Mapping[str, object], words: str) -> None:
    outcome = no_guardrail_got_worse(
        report(guardrails={"tracks_per_minute": BETTER, "singleton_fraction": WORSE}, **fate)
    )
    assert not outcome.passed
    assert outcome.severity == "WARN"
    assert re.search(words, outcome.description)
    assert len(outcome.evidence) == 1


def test_every_guardrail_that_got_worse_is_named() -> None:
    outcome = no_guardrail_got_worse(
        report(guardrails={"id_switch_rate": WORSE, "largest_cluster_fraction": MUCH_WORSE})
    )
    assert list(outcome.evidence) == [
        "id_switch_rate goes from 0.25 (passed) to 0.5 (warning)",
        "largest_cluster_fraction goes from 0.5 (warning) to 0.75 (error)",
    ]
    assert outcome.description.endswith("; ".join(outcome.evidence))


# Run by Dagster.


def evaluated() -> dict[str, AssetCheckEvaluation]:
    """Return the results of all checks of the report, by name."""
    job = build_definitions().resolve_job_def("cleanup")
    keys = {key for key in job.asset_layer.asset_graph.asset_check_keys if key.asset_key == AssetKey("cleanup_report")}
    assert {key.name for key in keys} == set(FAILING)
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
        result = job.get_subset(asset_selection=set(), asset_check_selection=keys).execute_in_process(
            partition_key=EP_ID,
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    return {found.check_name: found for found in result.get_asset_check_evaluations()}


def save(root: Path, content: CleanupReport) -> ArtifactStore:
    store = ArtifactStore(str(root))
    save_document(store, CLEANUP_REPORT, CleanupReportDocument(EP_ID, content, origin("cleanup_report", {})))
    return store


FAILING: Mapping[str, tuple[Mapping[str, object], str]] = {
    "every_action_completed": ({"actions_skipped": NO_CAST}, "1 actions were skipped. group_clusters: the show tiny"),
    "no_guardrail_got_worse": (
        {"guardrails": {"singleton_fraction": WORSE}},
        "The cleanup would be refused: singleton_f",
    ),
}
"""For each check: changes to the report that make only this check fail, and the start of its description."""


def test_every_check_passes_on_a_sound_report(home: Path) -> None:
    save(home, report())
    assert {name: found.description for name, found in evaluated().items() if not found.passed} == {}


@pytest.mark.parametrize("check", FAILING)
def test_every_check_has_a_report_that_makes_it_fail(check: str, home: Path) -> None:
    changes, words = FAILING[check]
    save(home, report(**changes))
    found = evaluated()
    assert [name for name, result in found.items() if not result.passed] == [check]
    assert found[check].severity.value == "WARN"
    assert (found[check].description or "").startswith(words)


def test_without_a_report_every_check_fails(home: Path) -> None:
    store = save(home, report())
    Path(str(store.manifest(EP_ID, CLEANUP_REPORT.file))).unlink()
    found = evaluated()
    assert {result.passed for result in found.values()} == {False}
    assert all("cleanup_report.json does not exist" in (result.description or "") for result in found.values())
