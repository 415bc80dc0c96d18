"""The curves of a calibration as SVG."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.norm_limits import Leads
from screenalytics_assets.calibration.sweep import Curve
from screenalytics_assets.calibration.tune import Tuned

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NORM_BINS = 15
HASH_SALT = "screenalytics"
"""Makes element names in the SVG reproducible: the same curves give the same file, byte for byte."""


@dataclass(frozen=True)
class Curves:
    """B-cubed F over cluster_thresh for each problem of either half, and leads over norm for the first half."""

    tuned: Mapping[str, Curve]
    reported: Mapping[str, Curve]
    leads: Leads


def draw_svg(title: str, curves: Curves, chosen: Tuned) -> bytes:
    """Draw two panels: the clustering curves of both halves, and similarity over norm."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": HASH_SALT, "svg.fonttype": "none", "font.family": "sans-serif"}):
        figure = Figure(figsize=(12, 5), layout="constrained")
        left, right = figure.subplots(1, 2)
        _draw_curves(left, curves, chosen)
        _draw_norms(right, curves.leads, chosen)
        figure.suptitle(title)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def _draw_curves(axes: "Axes", curves: Curves, chosen: Tuned) -> None:
    for half, style, name in ((curves.tuned, "-", "tuned"), (curves.reported, "--", "held out")):
        for number, (problem, curve) in enumerate(half.items()):
            axes.plot(curve.values, curve.scores, style, color=f"C{number}", label=f"{problem}, {name}")
    threshold = chosen.bounds.cluster_thresh
    axes.axvline(threshold, color="black", linewidth=0.8, label=f"chosen: {threshold:.2f}")
    axes.set(xlabel="cluster_thresh, cosine similarity", ylabel="B-cubed F", ylim=(0, 1.01))
    axes.legend(loc="lower center", fontsize="small")
    axes.grid(alpha=0.3)


def _draw_norms(axes: "Axes", leads: Leads, chosen: Tuned) -> None:
    bins = norm_bins(leads.norms)
    centres = [float(np.median(leads.norms[rows])) for rows in bins]
    for values, colour, name in ((leads.own, "C0", "own person"), (leads.stranger, "C3", "most similar stranger")):
        low, middle, high = (
            np.array([np.quantile(values[rows], share) for rows in bins]) for share in (0.05, 0.5, 0.95)
        )
        axes.plot(centres, middle, color=colour, label=f"{name}: median, 5 % to 95 %")
        axes.fill_between(centres, low, high, color=colour, alpha=0.2, linewidth=0)
    for norm, name in ((chosen.bounds.unusable_norm, "unusable"), (chosen.bounds.clear_norm, "clear")):
        axes.axvline(norm, color="black", linewidth=0.8, linestyle=":")
        axes.annotate(f"{name} {norm:.1f}", (norm, 0.02), xycoords=("data", "axes fraction"), rotation=90, ha="right")
    axes.set(xlabel="norm of the raw embedding", ylabel="similarity of a face to a person's centroid")
    axes.legend(loc="upper left", fontsize="small")
    axes.grid(alpha=0.3)


def norm_bins(norms: NDArray[np.float64]) -> Sequence[NDArray[np.int64]]:
    """Split the rows into at most 15 non-empty bins of about equal size, from the lowest norm to the highest."""
    parts = np.array_split(np.argsort(norms, kind="stable"), NORM_BINS)
    return [part for part in parts if len(part)]
