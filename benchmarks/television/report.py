"""Tables of the results."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.television.clips import ClipRun
from benchmarks.television.comparison import Line
from benchmarks.television.loop import LoopResult
from benchmarks.television.tier import PERCENTILES, REAL_NORMS


def clips_table(pack: str, runs: Sequence[ClipRun], ours: Line, loop: Sequence[LoopResult]) -> Table:
    """Return the figures per clip: the job, its jittered runs, and the loop."""
    names = ("clip", "tracks", "F", "F by second", "shots F", "people", "unassigned", "clicks", "jittered F", "blocked")
    table = _table(f"clips, {pack}", *names, "loop: F by second", "loop: shots F")
    for run, result, naive in zip(runs, ours.results, loop, strict=True):
        f = run.figures
        table.add_row(
            run.episode.name,
            str(f.tracks),
            _f(f.b_cubed_f),
            _f(f.b_cubed_f_by_second),
            _f(f.shot_f),
            f"{f.people_found}/{f.people_true}",
            str(f.unassigned),
            _clicks(f.clicks, f.clicks_beyond_names),
            f"{_f(result.jittered_mean)} +- {result.jittered_spread:.3f}" if f.people_true else "-",
            ", ".join(run.blocked_by),
            _f(naive.b_cubed_f_by_second),
            _f(naive.shot_f),
        )
    return table


def tier_table(pack: str, ours: Line) -> Table:
    """Return the product's figures per episode of the tier."""
    names = ("episode", "tracks", "F", "F by second", "people", "unassigned", "clicks", "jittered F")
    table = _table(f"simulated television, hard level, {pack}", *names)
    for result in ours.results:
        f = result.figures
        table.add_row(
            result.episode,
            str(f.tracks),
            _f(f.b_cubed_f),
            _f(f.b_cubed_f_by_second),
            f"{f.people_found}/{f.people_true}",
            str(f.unassigned),
            _clicks(f.clicks, f.clicks_beyond_names),
            f"{_f(result.jittered_mean)} +- {result.jittered_spread:.3f}",
        )
    return table


def norms_table(pack: str, measured: Sequence[float]) -> Table:
    """Return the norms of the tier next to those of real clips."""
    table = _table(f"best norm per track, {pack}", "percentile", *map(str, PERCENTILES))
    real = REAL_NORMS.get(pack)
    table.add_row("simulated", *(f"{value:.1f}" for value in measured))
    if real:
        table.add_row("real", *(f"{value:.1f}" for value in real))
        ratios = [simulated / true - 1 for simulated, true in zip(measured, real, strict=True)]
        table.add_row("difference", *(f"{ratio:+.1%}" for ratio in ratios))
    return table


def methods_table(title: str, lines: Sequence[Line]) -> Table:
    """Return the mean B-cubed F by method."""
    table = _table(title, "method", "mean F", "jittered mean F", "settings")
    for line in lines:
        settings = ", ".join(dict.fromkeys(result.setting for result in line.results))
        table.add_row(line.method, _f(line.mean_f), f"{_f(line.jittered_mean)} +- {line.jittered_spread:.3f}", settings)
    return table


def _clicks(total: int | None, beyond: int | None) -> str:
    return "-" if total is None else f"{total} ({beyond} + names)"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column)
    return table


def _f(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
