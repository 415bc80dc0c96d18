"""Rows of an evaluation's table, for Dagster's web pages and the command line."""

from collections.abc import Iterator, Mapping, Sequence

from screenalytics_assets.contract.evaluation_records import (
    Agreement,
    CoverageFigures,
    IdentityEvaluation,
    PrecisionRecall,
    ScreenTimeFigures,
)

FIGURE_COLUMNS = ("figure", "all, by track", "all, by second", "no background, by track", "no background, by second")
NO_FIGURE = "-"


def figure_rows(content: IdentityEvaluation) -> list[dict[str, str]]:
    """Return one row per figure with the columns `FIGURE_COLUMNS`; no rows without a truth file.

    "Who is in which shot" counts shots where the other rows count tracks. "Who is on screen" and the rows below it have
    values by second only.
    """
    if content.clustering is None:
        return []
    columns = [
        agreement_figures(agreement)
        for _, figures in content.clustering
        for agreement in (figures.by_track, figures.by_second)
    ]
    rows = list(_rows(columns))
    if content.shots is not None:
        groups = (content.shots.all_people, content.shots.without_background)
        pairs = [pair for group in groups for pair in (group.by_shot, group.by_second)]
        rows += _rows([{"who is in which shot": NO_FIGURE if p is None else format_figures(p)} for p in pairs])
    if content.screen_time is not None:
        times = (content.screen_time.all_people, content.screen_time.without_background)
        rows += _rows([column for time in times for column in ({}, screen_time_figures(time))])
    if content.coverage is not None:
        covers = (content.coverage.all_people, content.coverage.without_background)
        rows += _rows([column for cover in covers for column in ({}, coverage_figures(cover))])
    return rows


def screen_time_figures(figures: ScreenTimeFigures) -> Mapping[str, str]:
    """Return who is on screen in which second as text, by name."""
    return {"who is on screen": NO_FIGURE if figures.by_second is None else format_figures(figures.by_second)}


def coverage_figures(figures: CoverageFigures) -> Mapping[str, str]:
    """Return what no track caught as text, by name."""
    return {
        "never caught": f"{figures.people_never_caught} of {figures.people} people",
        "seconds missed": f"{figures.missed_seconds:.1f} of {figures.seconds:.1f} s",
    }


def agreement_figures(agreement: Agreement | None) -> Mapping[str, str]:
    """Return every figure as text, by name."""
    if agreement is None:
        return {}
    clicks = agreement.clicks
    return {
        "B-cubed": format_figures(agreement.b_cubed),
        "B-cubed in identities": format_figures(agreement.b_cubed_in_identities),
        "pairwise": format_figures(agreement.pairwise),
        "purity": f"{agreement.purity:.3f}",
        "NMI": f"{agreement.nmi:.3f}",
        "people found": str(agreement.people_found),
        "clicks": f"{clicks.total} ({clicks.merges} merges, {clicks.splits} splits, {clicks.moves} moves, "
        f"{clicks.names} names)",
    }


def format_figures(figures: PrecisionRecall) -> str:
    """Format precision, recall and F on one line."""
    return f"P {figures.precision:.3f}  R {figures.recall:.3f}  F {figures.f:.3f}"


def _rows(columns: Sequence[Mapping[str, str]]) -> Iterator[dict[str, str]]:
    names = dict.fromkeys(name for column in columns for name in column)
    for name in names:
        values = [column.get(name, NO_FIGURE) for column in columns]
        yield dict(zip(FIGURE_COLUMNS, (name, *values), strict=True))
