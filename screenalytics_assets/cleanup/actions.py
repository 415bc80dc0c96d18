"""Requested phases of a cleanup, and the decision whether its result is written back."""

from collections.abc import Sequence

from screenalytics_assets.cleanup.expectation import expected_to_get_worse
from screenalytics_assets.cleanup.guardrail_states import worsened
from screenalytics_assets.contract.cleanup_records import PHASES, CleanupReport, Phase
from screenalytics_resources.errors import UserError


def parse_actions(names: Sequence[str]) -> tuple[Phase, ...]:
    """Return the phases with these names in the order in which they run.

    Raises:
        UserError: there is no name, or a name is unknown.
    """
    unknown = [name for name in names if name not in PHASES]
    if unknown or not names:
        problem = f"There is no cleanup action {unknown[0]!r}" if unknown else "A cleanup needs an action"
        raise UserError(f"{problem}: choose from {', '.join(PHASES)}.")
    return tuple(phase for phase in PHASES if phase in names)


def reasons_to_refuse(report: CleanupReport) -> list[str]:
    """Return one clause per guardrail that gets worse, and per reason why identities are expected to get worse.

    Confidence compares an identity with the others, so it does not show that one identity contains several people. If a
    guardrail is no longer an error, the expectation is therefore no reason.
    """
    corrected = any(state.before == "error" and state.after != "error" for state in report.guardrails.values())
    expectation = [] if corrected else expected_to_get_worse(report.expected_before, report.expected_after)
    return [*worsened(report.guardrails), *expectation]


def with_decision(report: CleanupReport, changed: Sequence[str], write_back: bool, force: bool) -> CleanupReport:
    """Return the report with the decision on its result.

    The result is promoted if `write_back` is requested, an artifact changed, and nothing gets worse or `force` is set.
    """
    worse = reasons_to_refuse(report)
    refused = None
    if write_back and worse and not force:
        refused = f"{'; '.join(worse)}. Change the settings, or force the cleanup."
    promoted = write_back and refused is None and bool(changed)
    return report.model_copy(update={"write_back": write_back, "promoted": promoted, "refused": refused})
