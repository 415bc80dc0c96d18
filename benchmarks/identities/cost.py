"""Cost of the clustering: against scikit-learn, by number of tracks, and for joining tracks; with a plot."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.fresh_process import in_fresh_process
from benchmarks.identities.scale import Joined, Task, cluster, join, same_partition
from benchmarks.identities.synthetic import KINDS_OF_TRACKS, Kind

COUNTS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000)
AGAINST, REPEATS = 10_000, 3


@dataclass(frozen=True)
class Cost:
    """Seconds, memory added by the clustering in MiB, and peak memory of the process in MiB."""

    count: int
    kind: Kind
    constrained: bool
    seconds: float
    added_mb: float
    peak_mb: float


@dataclass(frozen=True)
class Against:
    """Ours against scikit-learn's average linkage: medians, and whether both partitions are equal."""

    kind: Kind
    ours_seconds: float
    theirs_seconds: float
    ours_mb: float
    theirs_mb: float
    ours_added_mb: float
    theirs_added_mb: float
    equal: bool


def measure(task: Task) -> Cost:
    """Run one clustering in a process of its own."""
    done = in_fresh_process(cluster, task)
    return Cost(task.count, task.kind, task.constrained, done.value.seconds, done.value.added_mb, done.peak_rss_mb)


def against_sklearn(kind: Kind) -> Against:
    """Cluster 10,000 tracks with both, in turn, three times."""
    ours, theirs = [], []
    for _ in range(REPEATS):
        ours.append(in_fresh_process(cluster, Task(AGAINST, kind)))
        theirs.append(in_fresh_process(cluster, Task(AGAINST, kind, ours=False)))
    return Against(
        kind,
        median(run.value.seconds for run in ours),
        median(run.value.seconds for run in theirs),
        median(run.peak_rss_mb for run in ours),
        median(run.peak_rss_mb for run in theirs),
        median(run.value.added_mb for run in ours),
        median(run.value.added_mb for run in theirs),
        all(same_partition(a.value.labels, b.value.labels) for a, b in zip(ours, theirs, strict=True)),
    )


def costs() -> list[Cost]:
    """Measure every number of tracks of both kinds, and two of the numbers with cannot-links."""
    plain = [Task(count, kind) for kind in KINDS_OF_TRACKS for count in COUNTS]
    constrained = [Task(count, kind, constrained=True) for kind in KINDS_OF_TRACKS for count in (AGAINST, COUNTS[-1])]
    return [measure(task) for task in (*plain, *constrained)]


def joining() -> dict[Kind, Joined]:
    """Measure the joining of 200 tracks to 10,000, of both kinds."""
    return {kind: in_fresh_process(_join, kind).value for kind in KINDS_OF_TRACKS}


def _join(kind: Kind) -> Joined:
    return join(200, AGAINST, kind)


def plot(results: Sequence[Cost], path: Path) -> None:
    """Plot seconds and peak memory by number of tracks, as SVG. The same figures give the same bytes."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    with matplotlib.rc_context({"svg.hashsalt": "screenalytics"}):
        figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
        for kind in KINDS_OF_TRACKS:
            line = [cost for cost in results if cost.kind == kind and not cost.constrained]
            counts = [cost.count for cost in line]
            left.plot(counts, [cost.seconds for cost in line], marker="o", label=kind)
            right.plot(counts, [cost.peak_mb for cost in line], marker="o", label=kind)
        for axes, unit in ((left, "seconds"), (right, "peak memory of the process, MiB")):
            axes.set(xscale="log", yscale="log", xlabel="tracks, 512-d", ylabel=unit)
            axes.grid(visible=True, which="both", alpha=0.3)
            axes.legend()
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
        pyplot.close(figure)
    path.write_bytes(buffer.getvalue())
