"""Calibration from gathered samples to the new pack file and its plot. Returns both and writes nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from screenalytics_assets.calibration.fit_odds import Odds, fit_odds, guests_of, with_odds
from screenalytics_assets.calibration.gather import Gathered, Start
from screenalytics_assets.calibration.norm_limits import leads
from screenalytics_assets.calibration.pack_file import Measured, calibrated_text
from screenalytics_assets.calibration.plot import Curves, draw_svg
from screenalytics_assets.calibration.problem import Half
from screenalytics_assets.calibration.report import Report, report
from screenalytics_assets.calibration.sweep import Curve
from screenalytics_assets.calibration.tune import CLUSTER_GRID, SWEEPS, Tuned, curve_of, tune
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_resources.inference.packs import Evidence, Pack, encoded_mean
from screenalytics_resources.progress import Report as Progress

WEAK_SHARE = 0.75
"""Share of a threshold that a barely usable face has to reach, for packs that state none."""
LEAST_GUESTS = 30
"""Guests that a fit of the odds needs: ten per weight."""


@dataclass(frozen=True)
class Calibrated:
    """The thresholds, their figures on either half, and the content of the two files.

    `odds` are fitted to the tracks of the first half whose times and clothes are known; None if there are too few.
    """

    chosen: Tuned
    odds: Odds | None
    tuned: Report
    reported: Report
    yaml: str
    svg: bytes


def calibrate(gathered: Gathered, pack: Pack, text: str, rate: float, seed: int, date: str, start: Start) -> Calibrated:
    """Choose on one half, report on the other. `text` is the current pack file, `date` a day as YYYY-MM-DD.

    Raises:
        UserError: these samples do not determine the thresholds, or the file cannot be rewritten.
    """
    evidence = starting_evidence(pack.evidence, gathered)
    tuned_once = tune(gathered.tuned, gathered.probes, evidence, rate, seed, start("thresholds", SWEEPS, "sweeps"))
    odds = _fitted(gathered.tuned, tuned_once.bounds)
    chosen = replace(tuned_once, bounds=with_fitted(tuned_once.bounds, odds, gathered.data))
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
    return Calibrated(chosen, odds, tuned, reported, new_text, draw_svg(title, curves, chosen))


def starting_evidence(present: Evidence, gathered: Gathered) -> Evidence:
    """Return the pack's evidence with the measured mean face, and with a share for weak faces if it has none."""
    changes: dict[str, object] = {}
    if gathered.mean_face is not None:
        changes["mean_face"] = encoded_mean(gathered.mean_face)
    if present.weak_share == 1.0:
        changes["weak_share"] = WEAK_SHARE
    return present.model_copy(update=changes)


def _fitted(half: Half, bounds: Thresholds) -> Odds | None:
    seen = [problem for problem in half.problems if problem.sightings is not None]
    guests = [guest for problem in seen for guest in guests_of(problem, bounds)]
    return fit_odds(guests) if len(guests) >= LEAST_GUESTS else None


def with_fitted(bounds: Thresholds, odds: Odds | None, data: str) -> Thresholds:
    """Return `bounds` with `odds`, unless the pack's odds have an origin already."""
    if odds is None or bounds.evidence.odds_data is not None:
        return bounds
    rounded = Odds(round(odds.face, 1), round(odds.clothing, 1), round(odds.prior, 2))
    evidence = with_odds(bounds.evidence, rounded).model_copy(update={"odds_data": data})
    return replace(bounds, evidence=evidence)


def _curves(half: Half, bounds: Thresholds, progress: Progress) -> Mapping[str, Curve]:
    curve_by_problem = {}
    for done, problem in enumerate(half.problems, start=1):
        curve_by_problem[problem.name] = curve_of(Half([problem], problem), bounds, "cluster_thresh", CLUSTER_GRID)
        progress(done)
    return curve_by_problem
