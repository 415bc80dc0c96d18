"""Figures of an evaluation against a truth file, and estimates from a reviewed sample."""

from collections.abc import Sequence

from rich.console import Group
from rich.text import Text

from screenalytics_app.cli.tables.layout import add_row, new_table, number, text, titled, word
from screenalytics_assets.contract.evaluation_records import Agreement, Coverage, IdentityEvaluation, PrecisionRecall
from screenalytics_assets.identity_evaluation.estimate import Estimate
from screenalytics_assets.identity_evaluation.figure_table import FIGURE_COLUMNS, figure_rows


def evaluation_report(evaluation: IdentityEvaluation, wide: bool = False) -> Group:
    """Return precision, recall and F of all people by track; if `wide`, every figure under every weight."""
    sentences = [Text(sentence) for sentence in summary(evaluation)]
    rows = figure_rows(evaluation)
    if not rows:
        return Group(*sentences, Text())
    if not wide:
        return Group(*sentences, Text(), _by_track(evaluation))
    table = new_table(*map(text, FIGURE_COLUMNS))
    for row in rows:
        add_row(table, *(row[column] for column in FIGURE_COLUMNS))
    return Group(*sentences, Text(), table, Text())


def summary(evaluation: IdentityEvaluation) -> list[str]:
    """Return what the figures are about and how much the truth covers, one sentence each."""
    truth, clustering = evaluation.truth, evaluation.clustering
    if truth is None or clustering is None:
        return [f"{evaluation.ep_id}: no truth file, so no figures; see docs/ground-truth.md"]
    figures = clustering.all_people
    lines = [
        f"{evaluation.ep_id}: {figures.identities} identities of {figures.people_true} people, on {figures.tracks} "
        f"tracks ({figures.seconds:.1f} s) whose person is certain",
        f"{truth.tracks_without_truth} of {truth.tracks} tracks ({truth.seconds_without_truth:.1f} s) have no certain "
        f"truth and are left out; {figures.unusable_tracks} with a truth are in no identity",
    ]
    shots = evaluation.shots
    if shots is not None:
        lines.append(f"{shots.people_found} of the {shots.people_true} people of {shots.shots} shots have an identity")
    if evaluation.coverage is not None:
        lines.append(_missed(evaluation.coverage))
    reasons = {part.reason for part in (clustering.all_people, clustering.without_background)} - {None}
    return lines + [f"no figures: {reason}" for reason in sorted(filter(None, reasons))]


def _missed(coverage: Coverage) -> str:
    people = coverage.all_people
    return (
        f"no track caught {people.people_never_caught} of the {people.people} labelled people, and "
        f"{people.missed_seconds:.1f} of their {people.seconds:.1f} s; {coverage.not_face_tracks} tracks "
        f"({coverage.not_face_seconds:.1f} s) are on no face"
    )


def estimates_table(estimates: Sequence[Estimate], ep_id: str) -> Group:
    """Return estimates with their standard errors and intervals."""
    table = new_table(word("figure"), number("estimate"), number("standard error"), word("95 % interval"))
    for estimate in estimates:
        interval = f"{estimate.low:.3f} to {estimate.high:.3f}"
        add_row(table, estimate.name, f"{estimate.value:.3f}", f"{estimate.standard_error:.3f}", interval)
    return titled(f"{ep_id}: estimates from a reviewed sample, for tracks in identities", table)


def _by_track(evaluation: IdentityEvaluation) -> Group:
    table = new_table(word("figure"), number("precision"), number("recall"), number("F"))
    clustering, shots = evaluation.clustering, evaluation.shots
    agreement = clustering.all_people.by_track if clustering else None
    if agreement is not None:
        add_row(table, "B-cubed", *_rates(agreement.b_cubed))
        add_row(table, "B-cubed in identities", *_rates(agreement.b_cubed_in_identities))
        add_row(table, "pairwise", *_rates(agreement.pairwise))
    if shots is not None and shots.all_people.by_shot is not None:
        add_row(table, "who is in which shot", *_rates(shots.all_people.by_shot))
        if shots.all_people.by_second is not None:
            add_row(table, "who is in which shot, by second", *_rates(shots.all_people.by_second))
    screen_time = evaluation.screen_time
    if screen_time is not None and screen_time.all_people.by_second is not None:
        add_row(table, "who is on screen, by second", *_rates(screen_time.all_people.by_second))
    others = _others(agreement) if agreement is not None else ""
    return titled("all people, by track", table, Text(others)) if table.rows else Group()


def _rates(figures: PrecisionRecall) -> tuple[str, str, str]:
    return f"{figures.precision:.3f}", f"{figures.recall:.3f}", f"{figures.f:.3f}"


def _others(agreement: Agreement) -> str:
    clicks = agreement.clicks
    return (
        f"\npurity {agreement.purity:.3f}, NMI {agreement.nmi:.3f}, {agreement.people_found} people found\n"
        f"clicks to correct: {clicks.total} ({clicks.merges} merges, {clicks.splits} splits, {clicks.moves} moves, "
        f"{clicks.names} names)"
    )
