"""The report of a cleanup: before and after, and what each phase did."""

from rich.console import Group

from screenalytics_app.cli.tables.layout import add_row, new_table, titled, word
from screenalytics_assets.contract.cleanup_records import CleanupReport


def report_table(report: CleanupReport) -> Group:
    """Return counts and metrics before and after, with the state of each guardrail."""
    table = new_table(word("figure"), word("before"), word("after"))
    for name in ("tracks", "faces", "clusters"):
        add_row(table, name, *(_value(getattr(report, f"{name}_{when}")) for when in ("before", "after")))
    for name in type(report.metrics_before).model_fields:
        guardrail = report.guardrails.get(name)
        states = (guardrail.before, guardrail.after) if guardrail else ("", "")
        values = (getattr(metrics, name) for metrics in (report.metrics_before, report.metrics_after))
        add_row(table, name, *(f"{_value(value)} {state}" for value, state in zip(values, states, strict=True)))
    return titled(f"{report.ep_id}: {report.cleanup_id}", table)


def summary(report: CleanupReport) -> list[str]:
    """Return what the phases did and what became of the result, one sentence each."""
    lines = [f"{phase} skipped: {reason}" for phase, reason in report.actions_skipped.items()]
    if report.splits is not None:
        lines.append(f"split_tracks: {report.tracks_split} tracks split, {report.new_tracks_created} new ones")
    if report.faces_rejected is not None:
        lines.append(
            f"reembed: {report.faces_rejected} faces rejected, mean quality {report.mean_quality_before:.3f} -> "
            f"{report.mean_quality_after:.3f}"
        )
    if report.clusters_merged is not None:
        lines.append(f"recluster: {report.clusters_merged} identities merged into another one")
    if report.clusters_grouped is not None:
        lines.append(
            f"group_clusters: {report.clusters_grouped} identities grouped, {report.auto_assigned_identities} named"
        )
    if report.expected_before and report.expected_after:
        before, after = report.expected_before, report.expected_after
        lines.append(
            f"expected correct seconds {before.correct_seconds:.1f} -> {after.correct_seconds:.1f}, wrong tracks "
            f"{before.wrong_tracks:.1f} -> {after.wrong_tracks:.1f}, "
            f"uncertain seconds {before.uncertain_seconds:.1f} -> {after.uncertain_seconds:.1f}"
        )
    lines.append(f"{len(report.moved_tracks)} tracks are in another identity than before")
    if report.refused:
        lines.append(f"nothing was replaced: {report.refused}")
    elif report.promoted:
        lines.append(f"replaced; `screenalytics cleanup --ep-id {report.ep_id} --restore 1` restores the old set")
    elif report.write_back:
        lines.append("nothing to replace: the result equals the stored set")
    else:
        lines.append("this is a preview, so nothing was replaced; --write-back replaces the artifacts")
    return lines


def _value(value: float | None) -> str:
    return "missing" if value is None else f"{value:g}"
