"""Guardrails at and around each bound: result, severity and sentence; outcomes of integrity checks."""

from dataclasses import replace

import pytest

from screenalytics_assets.dagster_support.guardrails import Guardrail, judge
from screenalytics_assets.dagster_support.outcome import SHOWN, Outcome, integrity_outcome

BLOCKS = Guardrail("fraction", target=0.3, limit=0.5, advice="Look at it.", blocks=True)
WARNS = replace(BLOCKS, blocks=False)
RANGE = Guardrail("clusters", target=15, limit=30, advice="Too many.", low=5, low_advice="Too few.")


@pytest.mark.parametrize(
    ("guardrail", "value", "tracks", "passed", "severity"),
    [
        pytest.param(BLOCKS, 0.0, 100, True, "WARN", id="zero"),
        pytest.param(BLOCKS, 0.3, 100, True, "WARN", id="at-the-target"),
        pytest.param(BLOCKS, 0.3001, 100, False, "WARN", id="beyond-the-target"),
        pytest.param(BLOCKS, 0.5, 100, False, "WARN", id="at-the-limit"),
        pytest.param(BLOCKS, 0.5001, 100, False, "ERROR", id="beyond-the-limit"),
        pytest.param(BLOCKS, 0.5001, 20, False, "ERROR", id="just-enough-tracks"),
        pytest.param(BLOCKS, 0.5001, 19, False, "WARN", id="one-track-too-few"),
        pytest.param(BLOCKS, 1.0, 2, False, "WARN", id="a-scene-of-two"),
        pytest.param(BLOCKS, 0.0, 0, True, "WARN", id="no-tracks"),
        pytest.param(WARNS, 0.5001, 100, False, "WARN", id="never-blocks"),
        pytest.param(RANGE, 5, 100, True, "WARN", id="at-the-lower-end"),
        pytest.param(RANGE, 4, 100, False, "WARN", id="below-the-lower-end"),
        pytest.param(RANGE, 15, 100, True, "WARN", id="at-the-upper-end"),
        pytest.param(RANGE, 16, 100, False, "WARN", id="beyond-the-upper-end"),
        pytest.param(RANGE, 31, 100, False, "WARN", id="beyond-a-limit-that-does-not-block"),
        pytest.param(RANGE, 0, 0, True, "WARN", id="not-too-low-without-tracks"),
    ],
)
def test_passed_and_severity(guardrail: Guardrail, value: float, tracks: int, passed: bool, severity: str) -> None:
    outcome = judge(guardrail, value, tracks, min_tracks=20, evidence=["identity-00001"])
    assert (outcome.passed, outcome.severity) == (passed, severity)
    assert outcome.evidence == (() if passed else ["identity-00001"])


@pytest.mark.parametrize(
    ("guardrail", "value", "tracks", "sentence"),
    [
        pytest.param(BLOCKS, 0.2, 100, "fraction is 0.2; target 0.3, limit 0.5", id="passed"),
        pytest.param(BLOCKS, 0.6, 100, "fraction is 0.6; target 0.3, limit 0.5. Look at it.", id="error"),
        pytest.param(
            BLOCKS,
            0.6,
            7,
            "fraction is 0.6; target 0.3, limit 0.5. Look at it. Only a warning, because 7 tracks are fewer than "
            "guardrail_min_tracks = 20.",
            id="few-tracks",
        ),
        pytest.param(BLOCKS, 0.4, 7, "fraction is 0.4; target 0.3, limit 0.5. Look at it.", id="few-but-within-limit"),
        pytest.param(WARNS, 0.6, 7, "fraction is 0.6; target 0.3, limit 0.5. Look at it.", id="few-but-never-blocks"),
        pytest.param(RANGE, 4, 100, "clusters is 4; target 5 to 15, limit 30. Too few.", id="too-low"),
        pytest.param(RANGE, 16, 100, "clusters is 16; target 5 to 15, limit 30. Too many.", id="too-high"),
    ],
)
def test_sentence(guardrail: Guardrail, value: float, tracks: int, sentence: str) -> None:
    assert judge(guardrail, value, tracks, min_tracks=20).description == sentence


def test_metadata_holds_the_value_and_its_bounds() -> None:
    assert judge(BLOCKS, 0.6, 7, min_tracks=20).metadata == {
        "value": 0.6,
        "target": "0.3",
        "limit": "0.5",
        "beyond_limit": True,
        "tracks": 7,
        "guardrail_min_tracks": "20",
    }


def test_a_guardrail_always_blocks_if_min_tracks_is_zero() -> None:
    assert judge(BLOCKS, 0.6, 1, min_tracks=0).severity == "ERROR"


def test_evidence_is_truncated() -> None:
    assert len(judge(BLOCKS, 0.6, 100, 20, [f"identity-{k:05d}" for k in range(50)]).evidence) == SHOWN


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(0, "5 tracks, no problems found", id="none"),
        pytest.param(1, "5 tracks, 1 problem found, first: x is 0; materialize tracks again", id="one"),
        pytest.param(30, "5 tracks, 30 problems found, first: x is 0; materialize tracks again", id="many"),
    ],
)
def test_integrity_outcome_counts_the_problems_and_shows_some(count: int, expected: str) -> None:
    problems = [f"x is {number}" for number in range(count)]
    outcome = integrity_outcome(problems, "5 tracks", "materialize tracks again")
    assert outcome == Outcome(not problems, expected, evidence=problems[:SHOWN] or ())
