"""Tables of the results."""

from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.identities.clips import ClipResult
from benchmarks.identities.cost import Against, Cost
from benchmarks.identities.photos import PhotosResult
from benchmarks.identities.scale import Joined
from benchmarks.identities.synthetic import Kind
from benchmarks.identities.television import Line


def photos_table(results: Sequence[PhotosResult]) -> Table:
    table = _table(
        "single photos, at the pack's own thresholds", "pack", "people", "photos", "P", "R", "F", "found/true"
    )
    for r in results:
        people = f"{r.people_found}/{r.people_true}"
        table.add_row(r.pack, r.half, str(r.photos), _f(r.precision), _f(r.recall), _f(r.f), people)
    return table


def television_table(pack: str, lines: Sequence[Line]) -> Table:
    episodes = [score.episode for score in lines[0].scores]
    table = _table(f"television, {pack}: B-cubed F, people found/true", "method", "set to", "mean", *episodes)
    for line in lines:
        cells = [f"{_f(score.f)}  {score.people_found}/{score.people_true}" for score in line.scores]
        table.add_row(line.method, line.setting, _f(line.mean_f), *cells)
    return table


def clips_table(results: Sequence[ClipResult]) -> Table:
    names = ("clip", "pack", "people", "identities", "singletons", "unusable", "F", "F in identities", "shots F")
    table = _table("complete job on clips", *names)
    for r in results:
        counts = (r.people_true, r.identities, r.singletons, r.unusable)
        table.add_row(r.clip, r.pack, *map(str, counts), _f(r.b_cubed_f), _f(r.b_cubed_f_in_identities), _f(r.shot_f))
    return table


def against_table(results: Sequence[Against]) -> Table:
    names = ("tracks", "ours s", "theirs s", "ratio", "ours MiB", "theirs MiB", "ratio", "added", "added", "equal")
    table = _table("10,000 x 512 against scikit-learn's average linkage, peak of the process", *names)
    for r in results:
        table.add_row(
            r.kind,
            f"{r.ours_seconds:.2f}",
            f"{r.theirs_seconds:.2f}",
            f"{r.theirs_seconds / r.ours_seconds:.1f}",
            f"{r.ours_mb:.0f}",
            f"{r.theirs_mb:.0f}",
            f"{r.ours_mb / r.theirs_mb:.2f}",
            f"{r.ours_added_mb:.0f}",
            f"{r.theirs_added_mb:.0f}",
            "yes" if r.equal else "NO",
        )
    return table


def cost_table(results: Sequence[Cost]) -> Table:
    table = _table("cost of average linkage", "tracks", "kind", "cannot-links", "s", "added MiB", "peak MiB")
    for r in results:
        links = "10 %" if r.constrained else "none"
        table.add_row(f"{r.count:,}", r.kind, links, f"{r.seconds:.2f}", f"{r.added_mb:.0f}", f"{r.peak_mb:.0f}")
    return table


def joining_table(results: Mapping[Kind, Joined]) -> Table:
    table = _table("200 new tracks into 10,000", "kind", "s", "agree with a full run")
    for kind, joined in results.items():
        table.add_row(kind, f"{joined.seconds:.3f}", f"{joined.agreement:.1%}")
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(column)
    return table


def _f(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
