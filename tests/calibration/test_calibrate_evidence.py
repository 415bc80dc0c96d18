"""What calibration does with the evidence of a pack."""

import numpy as np
import pytest

from screenalytics_assets.calibration.calibrate import WEAK_SHARE, starting_evidence, with_fitted
from screenalytics_assets.calibration.fit_odds import Odds
from screenalytics_assets.calibration.gather import Gathered
from screenalytics_assets.calibration.photo_problems import Skipped
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_resources.inference.packs import Evidence
from tests.labelled_people import half_of, people_apart, probes_of

FITTED = Odds(21.234, 5.678, -3.4567)
PRESENT = Evidence(weak_share=0.7, face_odds=19.3, clothing_odds=10.1, prior_odds=-3.95, odds_data="clips")


def gathered(mean_face: list[float] | None) -> Gathered:
    problem = people_apart(people=2, samples=3, within=0.6)
    mean = None if mean_face is None else np.array(mean_face, np.float32)
    return Gathered(half_of(problem), half_of(problem), probes_of(problem), "photos", Skipped(), mean)


def test_the_mean_face_is_the_measured_one() -> None:
    evidence = starting_evidence(PRESENT, gathered([0.5, 0.25, -0.125]))
    assert evidence.mean(3).tolist() == [0.5, 0.25, -0.125]
    assert evidence.model_copy(update={"mean_face": None}) == PRESENT


def test_without_poor_footage_the_mean_face_stays() -> None:
    present = starting_evidence(PRESENT, gathered([0.5, 0.25, -0.125]))
    assert starting_evidence(present, gathered(None)) == present


def test_a_pack_without_evidence_gets_a_share_for_weak_faces() -> None:
    assert starting_evidence(Evidence(), gathered(None)).weak_share == WEAK_SHARE


@pytest.mark.parametrize(
    ("evidence", "odds", "expected"),
    [
        pytest.param(PRESENT, FITTED, (19.3, 10.1, -3.95, "clips"), id="known-origin"),
        pytest.param(Evidence(), FITTED, (21.2, 5.7, -3.46, "photos"), id="first-fit"),
        pytest.param(Evidence(), None, (20.0, 0.0, -4.0, None), id="too-few-guests"),
    ],
)
def test_fitted_odds_replace_those_without_data(
    evidence: Evidence, odds: Odds | None, expected: tuple[float, float, float, str | None]
) -> None:
    bounds = Thresholds(0.4, -1.0, 0.25, 0.45, 0.1, 8.0, 12.0, evidence)
    found = with_fitted(bounds, odds, "photos").evidence
    assert (found.face_odds, found.clothing_odds, found.prior_odds, found.odds_data) == expected
