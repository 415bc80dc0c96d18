"""What a calibration chose, and how good it is on both halves of the people."""

from rich.console import Group
from rich.text import Text

from screenalytics_app.actions.calibrate import CalibrationResult
from screenalytics_app.cli.tables.layout import add_row, new_table, number, text, titled, word
from screenalytics_assets.calibration.report import Naming


def figures_table(result: CalibrationResult) -> Group:
    """Return the B-cubed figures of both halves, one row per problem."""
    figures = [number(name) for name in ("tracks", "precision", "recall", "F", "people found", "true")]
    table = new_table(word("half"), text("problem"), *figures)
    for half, report in (("tuned", result.calibrated.tuned), ("held out", result.calibrated.reported)):
        for one in report.problems:
            rates = [f"{rate:.4f}" for rate in (one.precision, one.recall, one.f)]
            add_row(table, half, one.name, one.tracks, *rates, one.people_found, one.people_true)
        mean = Text(f"{report.b_cubed_f:.4f}", style="bold")
        add_row(table, half, Text("mean", style="bold"), report.tracks, "", "", mean)
    return titled("B-cubed, by track", table)


def summary(result: CalibrationResult) -> list[str]:
    """Return the chosen thresholds, how well naming works, and what was left out, one sentence each."""
    chosen = result.calibrated.chosen
    bounds = {name: f"{value:g}" for name, value in chosen.bounds.recorded().items()}
    bounds |= {f"cast_{name}": f"{value:g}" for name, value in vars(chosen.cast).items()}
    lines = [", ".join(f"{name} {value}" for name, value in bounds.items())]
    lines += [_evidence(result)]
    lines += [
        _naming(half, report.naming)
        for half, report in (("tuned", result.calibrated.tuned), ("held out", result.calibrated.reported))
    ]
    left_out = result.skipped
    if left_out.count:
        lines.append(
            f"left out {left_out.count} of {left_out.photos} photos: {left_out.unreadable} unreadable, "
            f"{left_out.faceless} without a usable face"
        )
    return lines


def _evidence(result: CalibrationResult) -> str:
    evidence, fitted = result.calibrated.chosen.bounds.evidence, result.calibrated.odds
    chosen = f"full_norm {evidence.full_norm:g}, weak_share {evidence.weak_share:g}" if evidence.full_norm else ""
    odds = ("face_odds", "clothing_odds", "prior_odds")
    used = ", ".join(f"{name} {getattr(evidence, name):g}" for name in odds)
    if fitted is None:
        return f"{chosen}; {used}, kept because these samples have too few weak tracks with times and clothes"
    here = f"{fitted.face:.1f}, {fitted.clothing:.1f}, {fitted.prior:.2f}"
    return f"{chosen}; {used}, from {evidence.odds_data}; a fit to these samples gives {here}"


def _naming(half: str, naming: Naming) -> str:
    return (
        f"{half}: a cast of {naming.cast_size} gives a name to {naming.strangers_named:.2%} of strangers; of its own "
        f"people, {naming.named_right:.2%} get the right name, {naming.named_wrong:.2%} a wrong one, and "
        f"{naming.not_named:.2%} none"
    )
