"""Expectation of the evidence model, and the rule that refuses a cleanup."""

import pytest

from screenalytics_assets.cleanup.expectation import expected_to_get_worse
from screenalytics_assets.contract.cleanup_records import ExpectedIdentities


def identities(correct: float, contradictions: int = 0, uncertain: float = 0.0) -> ExpectedIdentities:
    return ExpectedIdentities(
        correct_seconds=correct,
        wrong_tracks=0.0,
        uncertain_tracks=0,
        uncertain_seconds=uncertain,
        contradictions=contradictions,
    )


@pytest.mark.parametrize(
    ("before", "after", "clauses"),
    [
        pytest.param(identities(100), identities(100), [], id="same"),
        pytest.param(identities(100), identities(120), [], id="better"),
        pytest.param(identities(100), identities(99), [], id="within-one-percent"),
        pytest.param(
            identities(100), identities(98.9), ["the expected correct seconds fall from 100.0 to 98.9"], id="worse"
        ),
        pytest.param(identities(10), identities(9.5), [], id="half-a-second-of-a-short-clip"),
        pytest.param(
            identities(10), identities(9.4), ["the expected correct seconds fall from 10.0 to 9.4"], id="more-than-that"
        ),
        pytest.param(identities(10, 1), identities(10, 2), ["contradictions rise from 1 to 2"], id="contradictions"),
        pytest.param(identities(10), identities(10, uncertain=5.0), [], id="uncertain-seconds-alone"),
        pytest.param(None, identities(10), [], id="unknown-before"),
        pytest.param(identities(10), None, [], id="unknown-after"),
    ],
)
def test_what_is_expected_to_get_worse(
    before: ExpectedIdentities | None, after: ExpectedIdentities | None, clauses: list[str]
) -> None:
    assert expected_to_get_worse(before, after) == clauses
