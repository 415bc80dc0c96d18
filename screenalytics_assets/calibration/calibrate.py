"""Calibration from gathered samples to the new pack file and its plot. Returns both and writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from screenalytics_assets.calibration.gather import Gathered, Start
from screenalytics_assets.calibration.norm_limits import leads
from screenalytics_assets.calibration.pack_file import Measured, calibrated_text
from screenalytics_assets.calibration.plot import Curves, draw_svg
from screenalytics_assets.calibration.problem import Half
from screenalytics_assets.calibration.report import Report, report
from screenalytics_assets.calibration.sweep import Curve
from screenalytics_assets.calibration.tune import CLUSTER_GRID, SWEEPS, Tuned, curve_of, tune
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_resources.inference.packs import Pack
from screenalytics_resources.progress import Report as Progress


@dataclass(frozen=True)
class Calibrated:
    """The thresholds, their figures on either half, and the content of the two files."""

    chosen: Tuned
    tuned: Report
    reported: Report
    yaml: str
    svg: bytes


def calibrate(gathered: Gathered, pack: Pack, text: str, rate: float, seed: int, date: str, start: Start) -> Calibrated:
    """Choose on one half, report on the other. `text` is the current pack file, `date` a day as YYYY-MM-DD.

    Raises:
        UserError: these samples do not determine the thresholds, or the file cannot be rewritten.
    """
    chosen = tune(gathered.tuned, gathered.probes, pack.evidence, rate, seed, start("thresholds", SWEEPS, "sweeps"))
    tuned, reported = (report(half, chosen, seed) for half in (gathered.tuned, gathered.reported))
    measured = Measured(
        bounds=chosen.bounds,
        cast=chosen.cast,
        cast_size=chosen.cast_size,
        data=gathered.data,
        date=date,
        people_tuned=tuned.people,
        people_reported=reported.people,
        samples=tuned.tracks + reported.tracks,
        false_accept_rate=rate,
        b_cubed_f_tuned=tuned.b_cubed_f,
        b_cubed_f_reported=reported.b_cubed_f,
    )
    new_text = calibrated_text(text, pack, measured)
    curves = Curves(
        _curves(gathered.tuned, chosen.bounds, start("tuned curves", len(gathered.tuned.problems), "curves")),
        _curves(gathered.reported, chosen.bounds, start("held-out curves", len(gathered.reported.problems), "curves")),
        leads(gathered.tuned.samples, gathered.probes),
    )
    title = f"{pack.name}: {gathered.data}, {tuned.people} tuned and {reported.people} held out, {date}"
    return Calibrated(chosen, tuned, reported, new_text, draw_svg(title, curves, chosen))


def _curves(half: Half, bounds: Thresholds, progress: Progress) -> Mapping[str, Curve]:
    curve_by_problem = {}
    for done, problem in enumerate(half.problems, start=1):
        curve_by_problem[problem.name] = curve_of(Half([problem], problem), bounds, "cluster_thresh", CLUSTER_GRID)
        progress(done)
    return curve_by_problem
