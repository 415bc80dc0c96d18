"""Memberships: known confidences, and the evidence in words."""

from dataclasses import replace

import numpy as np
import pytest

from screenalytics_assets.evidence.sightings import Sightings
from screenalytics_assets.identities import memberships as module
from screenalytics_assets.identities.compared_tracks import ComparedTracks
from screenalytics_assets.identities.memberships import Membership, memberships
from screenalytics_resources.inference.packs import Evidence
from tests.identities.test_evidence_joins import BOUNDS, Pair, tracks_at

CLEAR, WEAK = 15.0, 9.0


def judged(
    angles: list[float], labels: list[int], weak: list[int] | None = None, cannot: list[Pair] | None = None
) -> list[Membership]:
    """Judge tracks at these angles. Log-odds are 20 (similarity - 0.5) - 4; certain from 0.9."""
    norms = np.full(len(angles), CLEAR)
    norms[weak or []] = WEAK
    return memberships(replace(tracks_at(angles, cannot), norms=norms), np.array(labels, np.int64), 0.9)


def logistic(odds: float) -> float:
    return float(1 / (1 + np.exp(-odds)))


@pytest.mark.parametrize(
    ("angles", "labels", "weak", "cannot", "confidence", "uncertain"),
    [
        pytest.param([0, 60], [0, 0], [], [], 1.0, False, id="clear-and-the-only-identity"),
        pytest.param([0, 0, 180], [0, 0, 1], [], [], 1.0, False, id="no-similar-rival"),
        pytest.param([0, 0, 0], [0, 0, 1], [], [], 0.5, True, id="a-rival-as-similar"),
        pytest.param([0, 0, 0], [0, 0, 1], [], [(0, 2)], 1.0, False, id="the-rival-shares-a-frame"),
        # A weak face may also show a person in no identity: log-odds of 6.
        pytest.param([0, 0], [0, 0], [0], [], logistic(6), True, id="weak"),
        pytest.param([0, 45.573], [0, 0], [0], [], 0.5, True, id="weak-and-at-even-odds"),
        # Alone: the probability of a person in none of the other identities.
        pytest.param([0], [0], [], [], 1.0, False, id="the-only-track"),
        pytest.param([0, 90, 90], [0, 1, 1], [], [], 1.0, False, id="alone"),
        pytest.param([0, 45.573, 45.573], [0, 1, 1], [], [], 0.5, False, id="alone-though-another-is-similar"),
        pytest.param([0, 0], [0, 1], [], [(0, 1)], 1.0, False, id="alone-because-of-a-shared-frame"),
    ],
)
def test_confidence_of_the_first_track(
    angles: list[float], labels: list[int], weak: list[int], cannot: list[Pair], confidence: float, uncertain: bool
) -> None:
    first = judged(angles, labels, weak, cannot)[0]
    assert first.confidence == pytest.approx(confidence, abs=1e-4)
    assert first.uncertain == uncertain


def test_the_more_similar_the_rival_the_lower_the_confidence() -> None:
    values = [judged([0, 0, rival], [0, 0, 1])[0].confidence for rival in (90.0, 60.0, 40.0, 30.0)]
    # The lead in similarity is 1 - cos: 0.234 at 40 degrees and 0.134 at 30 degrees.
    assert values[2:] == [pytest.approx(logistic(20 * (1 - np.cos(np.deg2rad(a)))), abs=1e-4) for a in (40, 30)]
    assert values == sorted(values, reverse=True)


def test_a_track_is_left_out_of_its_own_identity() -> None:
    # Without itself the identity is at 60 degrees, the rival at -60: equally similar.
    assert judged([0, 60, -60], [0, 0, 1])[0].confidence == 0.5


def test_tracks_in_no_identity() -> None:
    none = Membership(0.0, False, "in no identity")
    assert judged([0, 0, 0], [-1, 0, 0])[0] == none
    assert judged([0, 90], [-1, -1]) == [none, none]
    assert judged([], []) == []
    # It shares a frame with every identity, so no identity is possible.
    assert judged([0, 0, 0], [-1, 0, 0], cannot=[(0, 1), (0, 2)])[0] == none


@pytest.mark.parametrize(
    ("dressed", "weak", "expected"),
    [
        pytest.param([True, True], [], "face 0.50, clothes 0.80", id="clothes"),
        pytest.param([True, True], [0], "face 0.50 (weak), clothes 0.80", id="weak"),
        pytest.param([True, False], [], "face 0.50", id="unknown-clothes"),
    ],
)
def test_the_evidence_in_words(dressed: list[bool], weak: list[int], expected: str) -> None:
    clothes = np.array([(1.0, 0.0), (0.8, 0.6)], np.float32)
    sightings = Sightings(np.zeros(2), np.ones(2), clothes, np.array(dressed))
    norms = np.array([WEAK if row in weak else CLEAR for row in range(2)])
    tracks = replace(tracks_at([0, 60]), norms=norms, sightings=sightings)
    assert memberships(tracks, np.array([0, 0]), 0.9)[0].evidence == expected


def test_the_evidence_of_a_track_alone() -> None:
    assert judged([0, 90], [0, 1])[0].evidence == "like no other identity"


def test_the_same_clothes_make_a_weak_face_more_probable() -> None:
    bounds = replace(BOUNDS, evidence=Evidence(face_odds=20.0, clothing_odds=10.0, clothing_chance=0.3, prior_odds=-4))
    alike = Sightings(np.zeros(2), np.ones(2), np.array([(1.0, 0.0)] * 2, np.float32), np.ones(2, np.bool_))
    plain = tracks_at([0, 60])
    tracks = ComparedTracks(plain.vectors, np.array([WEAK, CLEAR]), bounds, plain.cannot_link, alike)
    # Log-odds: 20 (0.5 - 0.5) + 10 (1 - 0.3) - 4
    assert memberships(tracks, np.array([0, 0]), 0.9)[0].confidence == pytest.approx(logistic(3), abs=1e-4)


def test_blocks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(6)
    angles, labels = rng.uniform(0, 360, 40).tolist(), rng.integers(-1, 6, 40).tolist()
    expected = judged(angles, labels, [1, 5], [(0, 9), (3, 8)])
    monkeypatch.setattr(module, "BLOCK_TRACKS", 7)
    assert judged(angles, labels, [1, 5], [(0, 9), (3, 8)]) == expected
