"""What a check says: passed or not, how badly, in one sentence, with the evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["WARN", "ERROR"]
SHOWN = 20
"""Pieces of evidence that a result carries at most; it always says how many there are."""


@dataclass(frozen=True)
class Outcome:
    """Result of one check. `evidence` names what is at fault; `metadata` holds small values."""

    passed: bool
    description: str
    severity: Severity = "ERROR"
    evidence: Sequence[str] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


def whole(faults: Sequence[str], what: str, remedy: str) -> Outcome:
    """Outcome of an integrity check: passed without `faults`, else an error that counts and shows them."""
    if not faults:
        return Outcome(True, f"{what}: nothing amiss")
    return Outcome(False, f"{what}: {len(faults)} faults, first: {faults[0]}; {remedy}", evidence=faults[:SHOWN])
