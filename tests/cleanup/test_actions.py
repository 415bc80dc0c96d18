"""Whether the result of a cleanup is written back."""

from collections.abc import Sequence

import pytest

from screenalytics_assets.cleanup.actions import reasons_to_refuse, with_decision
from screenalytics_assets.cleanup.guardrail_states import State
from screenalytics_assets.contract.cleanup_records import CleanupReport, ExpectedIdentities, GuardrailState

WORSE = "the expected correct seconds fall from 100.0 to 50.0"


def report(before: State, after: State, correct_after: float) -> CleanupReport:
    """Return the parts of a report that the decision reads: one guardrail, and the expected correct seconds."""

    def expected(seconds: float) -> ExpectedIdentities:
        return ExpectedIdentities(
            correct_seconds=seconds, wrong_tracks=0.0, uncertain_tracks=0, uncertain_seconds=0.0, contradictions=0
        )

    state = GuardrailState(before=before, after=after, value_before=0.7, value_after=0.5)
    return CleanupReport.model_construct(
        guardrails={"largest_cluster_fraction": state},
        expected_before=expected(100.0),
        expected_after=expected(correct_after),
    )


@pytest.mark.parametrize(
    ("before", "after", "correct_after", "reasons"),
    [
        pytest.param("passed", "passed", 100.0, [], id="nothing-changes"),
        pytest.param("passed", "passed", 50.0, [WORSE], id="identities-get-worse"),
        pytest.param("error", "passed", 50.0, [], id="a-corrected-guardrail-outweighs-the-expectation"),
        pytest.param("error", "error", 50.0, [WORSE], id="an-error-that-stays"),
        pytest.param("plausible", "passed", 50.0, [WORSE], id="a-plausible-result-needs-no-correction"),
        pytest.param("passed", "plausible", 100.0, [], id="plausible-is-no-worse-than-passed"),
        pytest.param(
            "plausible",
            "error",
            100.0,
            ["largest_cluster_fraction goes from 0.7 (plausible) to 0.5 (error)"],
            id="from-plausible-to-an-error",
        ),
    ],
)
def test_reasons_against_a_cleanup(before: State, after: State, correct_after: float, reasons: list[str]) -> None:
    assert reasons_to_refuse(report(before, after, correct_after)) == reasons


@pytest.mark.parametrize(
    ("correct_after", "changed", "write_back", "force", "promoted", "refused"),
    [
        pytest.param(100.0, ["faces"], True, False, True, False, id="good"),
        pytest.param(100.0, [], True, False, False, False, id="nothing-changed"),
        pytest.param(100.0, ["faces"], False, False, False, False, id="not-requested"),
        pytest.param(50.0, ["faces"], True, False, False, True, id="worse"),
        pytest.param(50.0, ["faces"], True, True, True, False, id="worse-but-forced"),
    ],
)
def test_the_decision(
    correct_after: float, changed: Sequence[str], write_back: bool, force: bool, promoted: bool, refused: bool
) -> None:
    decided = with_decision(report("passed", "passed", correct_after), changed, write_back, force)
    assert (decided.promoted, decided.refused is not None) == (promoted, refused)
