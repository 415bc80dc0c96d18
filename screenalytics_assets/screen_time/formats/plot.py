"""The plot of screen time: who is on screen when. A lane per person, longest on screen first.

States differ by height and pattern as well as by colour: confirmed is a tall bar, automatic a lower one, uncertain a
thin hatched one.
"""

import io
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from screenalytics_assets.contract.screen_time_records import ScreenState
from screenalytics_assets.screen_time.formats.lanes import PlotLane, PlottedTime

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PlotFormat = Literal["png", "svg"]
MAX_LANES = 40
HASH_SALT = "screenalytics"
"""Makes element names in the SVG reproducible: the same time line gives the same file, byte for byte."""
_WIDTH, _LANE, _MARGINS, _DPI = 13.0, 0.34, 1.35, 120
_INK, _SOFT, _FAINT, _BAND = "#1d2733", "#6b7785", "#c9d1da", "#f4f6f9"
_MORE_FONTS = ("Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans Arabic", "Arial Unicode MS")
_NARROWEST = 0.0011
"""Width of the shortest bar, as a fraction of the axis, so that a single frame can be seen."""


@dataclass(frozen=True)
class Style:
    """How the bars of a state look. `height` is a fraction of the lane."""

    height: float
    face: str
    edge: str
    hatch: str | None = None


STYLES: Mapping[ScreenState, Style] = {
    "confirmed": Style(0.78, "#123f73", "#123f73"),
    "automatic": Style(0.46, "#4f9bd9", "#4f9bd9"),
    "uncertain": Style(0.22, "#fdf1dc", "#c4700f", "/////"),
}


def draw(plotted: PlottedTime, file_format: PlotFormat) -> bytes:
    """Return the plot as a PNG or an SVG. Text of the SVG stays text.

    In a PNG a name that no font of this machine can write is replaced by the id of its lane.
    """
    from matplotlib import rc_context

    style = {"svg.hashsalt": HASH_SALT, "svg.fonttype": "none", "font.family": _families(), "hatch.linewidth": 0.7}
    with rc_context({**style, "text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)  # the reader of an SVG has fonts of its own
        figure = _figure(plotted, file_format)
        buffer = io.BytesIO()
        facts = {"Date": None, "Creator": None} if file_format == "svg" else {"Software": None}
        figure.savefig(buffer, format=file_format, dpi=_DPI, metadata=facts, facecolor="white")
    return buffer.getvalue()


def clock(seconds: float) -> str:
    """Return a time as `M:SS`, or `H:MM:SS` from one hour on."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _figure(plotted: PlottedTime, file_format: PlotFormat) -> "Figure":
    from matplotlib.figure import Figure

    lanes = plotted.lanes[:MAX_LANES]
    rows = max(1, len(lanes)) + 1  # the first is the strip of sections
    height = _MARGINS + _LANE * rows
    figure = Figure(figsize=(_WIDTH, height))
    axes = figure.add_axes((0.185, 0.42 / height, 0.69, _LANE * rows / height))
    duration_s = plotted.duration_s or 1.0
    axes.set(xlim=(0, duration_s), ylim=(rows - 0.5, -0.5))
    _draw_sections(axes, plotted)
    for row, lane in enumerate(lanes, 1):
        if row % 2:
            axes.axhspan(row - 0.5, row + 0.5, color=_BAND, linewidth=0, zorder=0)
        _draw_lane(axes, row, lane, duration_s, file_format)
    if not lanes:
        axes.text(duration_s / 2, 1, "nobody is on screen", ha="center", va="center", color=_SOFT)
    _draw_axis(axes, duration_s)
    _draw_head(figure, plotted, height)
    return figure


def _draw_lane(axes: "Axes", row: int, lane: PlotLane, duration_s: float, file_format: PlotFormat) -> None:
    for state, style in STYLES.items():
        _draw_bars(axes, _bars(lane, state, duration_s), row, style)
    beside = axes.get_yaxis_transform()
    ink, weight = (_INK, "bold") if lane.named else (_SOFT, "normal")
    title = lane.title if file_format == "svg" or _has_glyphs(lane.title) else lane.lane_id
    figures = (
        (-0.012, _short(title), ink, weight),
        (1.072, _seconds(lane.seconds), _INK, "normal"),
        (1.155, f"{100 * lane.share:.1f} %", _SOFT, "normal"),
    )
    for x, text, colour, boldness in figures:
        axes.text(x, row, text, transform=beside, ha="right", va="center", fontsize=9.5, color=colour, weight=boldness)


def _draw_bars(axes: "Axes", bars: Sequence[tuple[float, float]], row: float, style: Style) -> None:
    if bars:
        axes.broken_barh(
            bars,
            (row - style.height / 2, style.height),
            facecolor=style.face,
            edgecolor=style.edge,
            hatch=style.hatch,
            linewidth=0.7 if style.hatch else 0,
            zorder=3,
        )


def _bars(lane: PlotLane, state: ScreenState, duration_s: float) -> list[tuple[float, float]]:
    """Return start and width of each bar of a state, in seconds. Each is wide enough to be seen."""
    narrowest = _NARROWEST * duration_s
    return [(row.first_s, max(row.end_s - row.first_s, narrowest)) for row in lane.appearances if row.state == state]


def _draw_sections(axes: "Axes", plotted: PlottedTime) -> None:
    """Draw the strip above the lanes, in which neighbours have two greys, and the name of each section that has one."""
    bars = [(start, end - start) for _, start, end in plotted.sections]
    for first, grey in enumerate(("#aeb8c4", "#d5dbe3")):
        axes.broken_barh(bars[first::2], (-0.22, 0.44), facecolor=grey, linewidth=0, zorder=2)
    for title, start, end in plotted.sections:
        if title:
            axes.text((start + end) / 2, 0, title, ha="center", va="center", fontsize=8, color=_INK, zorder=4)
            axes.axvline(end, color=_FAINT, linewidth=0.8, zorder=1)
    beside = axes.get_yaxis_transform()
    count = f"{len(plotted.sections)} {plotted.section_name}"
    for x, text in ((-0.012, count), (1.072, "on screen"), (1.155, "share")):
        axes.text(x, 0, text, transform=beside, ha="right", va="center", fontsize=8.5, color=_SOFT)


def _draw_axis(axes: "Axes", duration_s: float) -> None:
    step = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800) if duration_s / s <= 12), 3600)
    ticks = [step * number for number in range(int(duration_s / step) + 1)]
    axes.set_xticks(ticks, [clock(tick) for tick in ticks], fontsize=8.5, color=_SOFT)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=3, color=_FAINT)
    axes.grid(axis="x", color=_FAINT, linewidth=0.5, alpha=0.7, zorder=1)
    axes.set_axisbelow(True)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(_FAINT)


def _draw_head(figure: "Figure", plotted: PlottedTime, height: float) -> None:
    """Write the title, the counts and the legend above the lanes."""
    figure.text(0.02, 1 - 0.3 / height, plotted.title, fontsize=15, fontweight="bold", color=_INK, va="center")
    figure.text(0.02, 1 - 0.62 / height, _subtitle(plotted), fontsize=9.5, color=_SOFT, va="center")
    legend = figure.add_axes((0.62, 1 - 0.62 / height, 0.364, _LANE / height))
    legend.set(xlim=(0, 12), ylim=(-0.5, 0.5))
    legend.set_axis_off()
    for number, (state, style) in enumerate(STYLES.items()):
        _draw_bars(legend, [(4 * number + 0.4, 1.0)], 0, style)
        legend.text(4 * number + 1.65, 0, state, va="center", fontsize=9.5, color=_INK)


def _subtitle(plotted: PlottedTime) -> str:
    named = sum(lane.named for lane in plotted.lanes)
    parts = [clock(plotted.duration_s), f"{named} named", f"{len(plotted.lanes) - named} unnamed"]
    hidden = len(plotted.lanes) - MAX_LANES
    return ", ".join([*parts, *([f"the {hidden} shortest not shown"] if hidden > 0 else [])])


def _families() -> list[str]:
    """Return the fonts to use, in order of preference: matplotlib's own, and those of the machine for other scripts."""
    from matplotlib.font_manager import fontManager

    installed = {font.name for font in fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in _MORE_FONTS if name in installed)]


def _has_glyphs(text: str) -> bool:
    from matplotlib.font_manager import findfont, get_font

    fonts = [get_font(findfont(family)) for family in _families()]
    return all(any(font.get_char_index(ord(character)) for font in fonts) for character in text)


def _seconds(seconds: float) -> str:
    """Return a short time in seconds, and a longer one as a clock shows it."""
    return f"{seconds:.1f} s" if seconds < 60 else clock(seconds)


def _short(title: str, longest: int = 24) -> str:
    return title if len(title) <= longest else f"{title[: longest - 1]}…"
