"""Result of a check: whether it passed, its severity, one sentence, and the evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["WARN", "ERROR"]
SHOWN = 20
"""Maximum number of pieces of evidence in a result. The description states how many there are."""


@dataclass(frozen=True)
class Outcome:
    """Result of one check. `evidence` names what failed; `metadata` holds small values."""

    passed: bool
    description: str
    severity: Severity = "ERROR"
    evidence: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


def holds_back(passed: bool, severity: str) -> bool:
    """Return whether this result of a blocking check holds back what is downstream.

    Runs, the command line and automation use this definition: a failure with severity ERROR holds back, for the
    materialization that it is about. A warning and a check that was not evaluated do not.
    """
    return not passed and severity == "ERROR"


def integrity_outcome(problems: Sequence[str], subject: str, remedy: str) -> Outcome:
    """Return a passed outcome if there are no problems, otherwise an error with their count and the first of them.

    Args:
        problems: one clause per problem, such as `crop x.jpg is missing`.
        subject: what was checked, with its number, such as `43 tracks`.
        remedy: what to do, as an imperative clause.
    """
    if not problems:
        return Outcome(True, f"{subject}, no problems found")
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return Outcome(False, f"{subject}, {count} found, first: {problems[0]}; {remedy}", evidence=problems[:SHOWN])
