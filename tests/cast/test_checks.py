"""Checks of `cast_assignments`: called directly on documents, and run by Dagster."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetCheckEvaluation, AssetKey, DagsterInstance

from screenalytics_assets.cast.checks import Loaded, cast_match_confidence, every_identity_has_an_assignment
from screenalytics_assets.contract.cast_records import CastAssignment, CastAssignments, LostName
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, IDENTITIES
from screenalytics_assets.definitions import build_definitions
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import GuardrailSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import save_document
from tests.tiny_episode import CONFIG, EP_ID, PACK, make_identity, write_tiny_episode

GUARDRAILS = resolve(GuardrailSettings, CONFIG).values
"""The target is a review of at most half of the identities, and the limit is four in five."""
SIM = PACK.thresholds.cast_sim


def name(number: int) -> str:
    return f"identity-{number:05d}"


def row(number: int, status: str = "unknown", **changes: Any) -> CastAssignment:
    named = {"person_id": "ann-example", "name": "Ann Example", "assigned_by": "machine", "similarity": SIM}
    values = dict.fromkeys(named) | {"margin": None, "candidates": (), "reason": "Because."}
    values |= named if status == "assigned" else {}
    return CastAssignment.model_validate({"identity_id": name(number), "status": status} | values | changes)


def loaded(rows: Sequence[CastAssignment], identities: int = 3, cast_size: int = 2, lost: Sequence[int] = ()) -> Loaded:
    bounds = PACK.thresholds
    counts = {status: sum(r.status == status for r in rows) for status in ("assigned", "needs_review", "unknown")}
    cast = CastAssignments(
        ep_id=EP_ID,
        show="tiny",
        cast_size=cast_size,
        model_pack=PACK.name,
        cast_sim=bounds.cast_sim,
        cast_margin=bounds.cast_margin,
        cast_review_sim=bounds.cast_review_sim,
        lost_names=tuple(LostName(identity_id=name(number), person_id="ann-example") for number in lost),
        assignments=tuple(rows),
        **counts,
    )
    existing = [make_identity(number, [number], 1.0) for number in range(1, identities + 1)]
    return Loaded(cast, Identities.model_construct(identities=tuple(existing)), GUARDRAILS)


COMPLETE = [row(1, "assigned"), row(2, "needs_review"), row(3)]
CLAUSE = "materialize cast_assignments again"


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        pytest.param(COMPLETE, None, id="complete"),
        pytest.param(COMPLETE[:2], f"1 problem found, first: {name(3)} has 0 assignments; {CLAUSE}", id="one-without"),
        pytest.param([*COMPLETE, row(3)], f"1 problem found, first: {name(3)} has 2 assignments", id="one-twice"),
        pytest.param([*COMPLETE, row(9)], f"1 problem found, first: {name(9)} is not an identity of the episode",
                     id="unknown-identity"),
        pytest.param([row(9), *COMPLETE[1:]], f"2 problems found, first: {name(1)} has 0 assignments", id="another"),
        pytest.param([row(1, "assigned", similarity=SIM - 0.01), *COMPLETE[1:]],
                     rf"{name(1)} was named at similarity {SIM - 0.01:.3f}, below {SIM}", id="too-little"),
        pytest.param([row(1, "assigned", similarity=None), *COMPLETE[1:]],
                     f"{name(1)} was named at similarity None", id="none-at-all"),
        pytest.param([row(1, "assigned", similarity=round(SIM - 4e-5, 6)), *COMPLETE[1:]], None, id="rounded"),
        pytest.param([row(1, "assigned", similarity=0.1, assigned_by="person"), *COMPLETE[1:]], None,
                     id="a-person-may"),
        pytest.param([row(1, "assigned", similarity=None, assigned_by="person"), *COMPLETE[1:]], None,
                     id="a-person-may-without-any"),
        pytest.param([row(1, "needs_review", similarity=0.4), *COMPLETE[1:]], None, id="no-name-no-bound"),
    ],
)  # fmt: skip
def test_every_identity_has_an_assignment(rows: Sequence[CastAssignment], problem: str | None) -> None:
    outcome = every_identity_has_an_assignment(loaded(rows))
    assert outcome.passed == (problem is None)
    assert outcome.severity == "ERROR"
    assert re.search(problem or r"^3 assignments, no problems found$", outcome.description)


def test_an_episode_without_identities_passes() -> None:
    assert every_identity_has_an_assignment(loaded([], identities=0)).passed
    assert cast_match_confidence(loaded([], identities=0)).passed


def waiting(number: int, of: int) -> list[CastAssignment]:
    return [row(n + 1, "needs_review" if n < number else "assigned") for n in range(of)]


@pytest.mark.parametrize(
    ("number", "passed", "beyond"),
    [
        pytest.param(0, True, False, id="none"),
        pytest.param(5, True, False, id="at-the-target"),
        pytest.param(6, False, False, id="above-the-target"),
        pytest.param(9, False, True, id="beyond-the-limit"),
    ],
)
def test_cast_match_confidence(number: int, passed: bool, beyond: bool) -> None:
    outcome = cast_match_confidence(loaded(waiting(number, 10), identities=10))
    assert (outcome.passed, outcome.severity) == (passed, "WARN")
    assert (outcome.metadata["value"], outcome.metadata["beyond_limit"]) == (number / 10, beyond)
    assert f"cast_review_fraction is {number / 10:g}" in outcome.description
    assert ("add reference faces that look as people do" in outcome.description) == (not passed)
    assert list(outcome.evidence) == ([] if passed else [name(n + 1) for n in range(number)])


def test_a_show_without_a_cast_has_nothing_to_assign() -> None:
    outcome = cast_match_confidence(loaded(waiting(0, 0), identities=0, cast_size=0))
    assert outcome.passed
    assert outcome.description == "the show has no cast, so there is nothing to assign"


@pytest.mark.parametrize(
    "number", [pytest.param(0, id="otherwise-passed"), pytest.param(9, id="and-many-need-a-review")]
)
def test_lost_names_are_reported(number: int) -> None:
    outcome = cast_match_confidence(loaded(waiting(number, 10), identities=10, lost=[21, 22]))
    assert (outcome.passed, outcome.severity) == (False, "WARN")
    assert outcome.description.startswith("2 identities named by hand no longer exist: name their successors again")
    assert f"cast_review_fraction is {number / 10:g}" in outcome.description
    assert list(outcome.evidence) == [name(21), name(22)]


def test_no_check_names_a_person() -> None:
    """Names cannot be deleted from Dagster's event log."""
    everything = loaded([row(1, "assigned", similarity=0.1), *waiting(9, 9)], identities=9, lost=[21])
    for check in (every_identity_has_an_assignment, cast_match_confidence):
        text = repr(check(everything)).lower()
        assert "identity-00" in text
        assert "ann" not in text


def evaluated() -> Mapping[str, AssetCheckEvaluation]:
    definitions = build_definitions()
    job = definitions.resolve_job_def("episode")
    graph = job.asset_layer.asset_graph
    keys = {key for key in graph.asset_check_keys if key.asset_key == AssetKey("cast_assignments")}
    with DagsterInstance.ephemeral() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
        subset = job.get_subset(asset_selection=set(), asset_check_selection=keys)
        result = subset.execute_in_process(instance=instance, partition_key=EP_ID, raise_on_error=False)
        return {one.check_name: one for one in result.get_asset_check_evaluations()}


def test_as_dagster_runs_them(home: Path) -> None:
    store: ArtifactStore = write_tiny_episode(home)
    found = evaluated()
    assert {check: one.passed for check, one in found.items()} == {
        "every_identity_has_an_assignment": True,
        "cast_match_confidence": True,
    }
    document = load_artifact(store, CAST_ASSIGNMENTS, EP_ID)
    fewer = document.content.model_copy(update={"assignments": document.content.assignments[1:]})
    changed = type(document)(EP_ID, fewer, document.provenance, document.model_pack)
    save_document(store, CAST_ASSIGNMENTS, changed)
    first = load_artifact(store, IDENTITIES, EP_ID).content.identities[0].identity_id
    check = evaluated()["every_identity_has_an_assignment"]
    assert not check.passed
    assert f"{first} has 0 assignments" in (check.description or "")
