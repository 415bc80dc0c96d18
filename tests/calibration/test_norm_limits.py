"""Norm limits: unusable and clear."""

import numpy as np
import pytest

from screenalytics_assets.calibration.norm_limits import Leads, clear_reach, leads, norm_limits
from screenalytics_assets.calibration.problem import Probes
from screenalytics_resources.errors import UserError
from tests.labelled_people import people_apart, probes_of

PER_NORM = 50


def leads_with(shares: dict[float, float]) -> Leads:
    """Return fifty faces per norm. The given share leads by 0.2, the rest by only 0.05."""
    norms = np.repeat(list(shares), PER_NORM)
    good = np.concatenate([np.arange(PER_NORM) < round(share * PER_NORM) for share in shares.values()])
    return Leads(norms, np.where(good, 0.5, 0.35), np.full(len(norms), 0.3))


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        pytest.param({5.0: 0.0, 7.0: 0.4, 9.0: 0.6, 11.0: 0.9, 13.0: 1.0}, (9.0, 13.0), id="rising"),
        pytest.param({5.0: 0.48, 7.0: 0.5, 9.0: 0.96, 11.0: 0.98}, (7.0, 11.0), id="at-the-shares"),
        pytest.param({5.0: 0.7, 9.0: 1.0}, (0.0, 9.0), id="nothing-unusable"),
        pytest.param({5.0: 1.0, 9.0: 1.0}, (0.0, 5.0), id="all-clear"),
        pytest.param({5.0: 0.2, 9.0: 1.0}, (9.0, 9.1), id="clear-is-above-unusable"),
        pytest.param({5.0: 0.7, 7.0: 0.2, 9.0: 1.0}, (9.0, 9.1), id="a-dip-is-smoothed"),
        pytest.param({5.04: 0.0, 9.06: 0.7, 11.03: 1.0}, (9.1, 11.0), id="tenths"),
    ],
)
def test_limits(shares: dict[float, float], expected: tuple[float, float]) -> None:
    assert norm_limits(leads_with(shares)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        pytest.param({5.0: 0.2, 9.0: 0.9}, "Only 90% of the clearest faces .* 98% are needed", id="mixed-labels"),
        pytest.param({}, "Only 0% of the clearest faces", id="no-second-samples"),
    ],
)
def test_faces_that_are_never_clear(shares: dict[float, float], message: str) -> None:
    found = leads_with(shares) if shares else Leads(np.empty(0), np.empty(0), np.empty(0))
    with pytest.raises(UserError, match=message):
        norm_limits(found)


def test_leads_exclude_the_face_itself() -> None:
    problem = people_apart(people=3, samples=4, within=0.49)
    found = leads(problem, probes_of(problem))
    np.testing.assert_allclose(found.own, 0.49 / np.sqrt(0.49 + 0.51 / 3), atol=1e-6)
    np.testing.assert_allclose(found.stranger, 0, atol=1e-6)
    np.testing.assert_allclose(found.lead, found.own, atol=1e-6)


def test_a_poor_view_of_a_sample_is_not_compared_with_that_sample() -> None:
    problem = people_apart(people=2, samples=2, within=0.36)
    view = Probes(problem.vectors[[0]], np.array([7.0]), np.array([0]))
    found = leads(problem, view)
    assert found.norms.tolist() == [7.0]
    np.testing.assert_allclose(found.own, [0.36], atol=1e-6)  # only to the other sample


def test_people_with_one_sample_are_left_out() -> None:
    problem = people_apart(people=3, samples=1, within=0.5)
    assert len(leads(problem, probes_of(problem)).norms) == 0


def test_reach_depends_on_clear_faces_only() -> None:
    norms = np.concatenate([np.full(50, 8.0), np.full(101, 12.0)])
    own = np.concatenate([np.zeros(50), np.linspace(0.5, 0.9, 101)])
    assert clear_reach(Leads(norms, own, np.zeros(151)), 12.0) == pytest.approx(0.52)
