"""The plot of a calibration."""

import numpy as np
import pytest

from screenalytics_assets.calibration.norm_limits import Leads
from screenalytics_assets.calibration.plot import Curves, draw_svg, norm_bins
from screenalytics_assets.calibration.sweep import Curve
from screenalytics_assets.calibration.tune import Tuned
from screenalytics_assets.cast.match_people import CastBounds
from screenalytics_assets.identities.thresholds import Thresholds

CURVE = Curve(np.array([0.2, 0.4, 0.6]), np.array([0.5, 0.9, 0.7]))
LEADS = Leads(np.linspace(5, 15, 40), np.linspace(0, 1, 40), np.full(40, 0.3))
CHOSEN = Tuned(Thresholds(0.41, 0.2, 0.25, 0.45, 0.1, 8.5, 10.8), CastBounds(0.45, 0.08, 0.3), 78)


def test_the_same_curves_make_the_same_file() -> None:
    curves = Curves({"photos": CURVE}, {"photos": CURVE}, LEADS)
    svg = draw_svg("opencv_zoo", curves, CHOSEN)
    assert svg == draw_svg("opencv_zoo", curves, CHOSEN)
    text = svg.decode()
    for words in ("photos, tuned", "photos, held out", "chosen: 0.41", "unusable 8.5", "clear 10.8", "B-cubed F"):
        assert words in text
    assert "date" not in text.lower()


@pytest.mark.parametrize(
    ("norms", "sizes"),
    [
        pytest.param(30, [2] * 15, id="even"),
        pytest.param(4, [1] * 4, id="fewer-than-bins"),
        pytest.param(0, [], id="none"),
    ],
)
def test_bins(norms: int, sizes: list[int]) -> None:
    values = np.random.default_rng(0).permutation(norms).astype(np.float64)
    bins = norm_bins(values)
    assert [len(rows) for rows in bins] == sizes
    assert [value for rows in bins for value in values[rows]] == sorted(values.tolist())
