"""Checks of `cleanup_report`. They only warn, because no asset depends on the report."""

from screenalytics_assets.cleanup.actions import reasons_to_refuse
from screenalytics_assets.contract.cleanup_records import CleanupReport
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CLEANUP_REPORT
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import Outcome
from screenalytics_resources.artifact_store import ArtifactStore


def every_action_completed(report: CleanupReport) -> Outcome:
    """Every requested phase of the cleanup was completed."""
    skipped = [f"{phase}: {why}" for phase, why in report.actions_skipped.items()]
    if not skipped:
        return Outcome(True, f"completed {', '.join(report.actions_completed)}", "WARN")
    return Outcome(False, f"{len(skipped)} actions were skipped. {skipped[0]}", "WARN", evidence=skipped)


def no_guardrail_got_worse(report: CleanupReport) -> Outcome:
    """The cleanup made no guardrail worse, is not expected to make identities worse, and was not refused."""
    worse = reasons_to_refuse(report)
    if not worse and report.refused is None:
        return Outcome(True, f"{len(report.guardrails)} guardrails, none worse than before", "WARN")
    decision = "was refused" if report.refused else "was forced" if report.promoted else "would be refused"
    return Outcome(False, f"The cleanup {decision}: {'; '.join(worse)}", "WARN", evidence=worse)


def load_cleanup_report(store: ArtifactStore, ep_id: str) -> CleanupReport:
    """Load the report on the last cleanup of an episode. Raises `DamagedArtifactError` if it is missing or damaged."""
    return load_artifact(store, CLEANUP_REPORT, ep_id).content


CLEANUP_REPORT_CHECKS = asset_checks(
    "cleanup_report",
    load_cleanup_report,
    [Check(judge.__name__, judge.__doc__ or "", judge) for judge in (every_action_completed, no_guardrail_got_worse)],
)
