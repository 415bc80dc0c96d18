"""What a cleanup is asked to do, and what becomes of its result."""

from collections.abc import Sequence

from screenalytics_assets.cleanup.guardrail_states import worsened
from screenalytics_assets.contract.cleanup_records import PHASES, CleanupReport, Phase
from screenalytics_resources.errors import UserError


def parse_actions(names: Sequence[str]) -> tuple[Phase, ...]:
    """The phases with these names, in the order in which they run; raises `UserError` for one that there is not."""
    unknown = [name for name in names if name not in PHASES]
    if unknown or not names:
        what = f"There is no cleanup action {unknown[0]!r}" if unknown else "A cleanup needs an action"
        raise UserError(f"{what}: choose from {', '.join(PHASES)}.")
    return tuple(phase for phase in PHASES if phase in names)


def decided(report: CleanupReport, changed: Sequence[str], write_back: bool, force: bool) -> CleanupReport:
    """The report with what becomes of the result: promoted if that was asked for and no guardrail gets worse."""
    worse = worsened(report.guardrails)
    refused = None
    if write_back and worse and not force:
        refused = f"{'; '.join(worse)}. Change the settings, or force it."
    promoted = write_back and refused is None and bool(changed)
    return report.model_copy(update={"write_back": write_back, "promoted": promoted, "refused": refused})
