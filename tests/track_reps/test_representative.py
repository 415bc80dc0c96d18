"""Choice of the representative face, and its flags."""

import numpy as np
import pytest

from screenalytics_assets.track_reps.representative import RepGates, Representative, choose_representative

NAN = float("nan")

# A face is (det, std, score, similarity).
Face = tuple[float, float, float, float]


def choose(faces: list[Face], gates: RepGates | None = None) -> Representative:
    det, std, score, similarity = np.array(faces, dtype=np.float64).reshape(-1, 4).T
    return choose_representative(det, std, score, similarity, gates or RepGates())


@pytest.mark.parametrize(
    ("faces", "index", "low_confidence", "rep_low_quality"),
    [
        pytest.param([(0.9, 40, 0.7, 0.8)], 0, False, False, id="one-good-face"),
        pytest.param([(0.9, 40, 0.5, 0.8), (0.9, 40, 0.7, 0.6)], 1, False, False, id="best-score"),
        pytest.param([(0.9, 40, 0.7, 0.8), (0.9, 40, 0.7, 0.9)], 0, False, False, id="tie-takes-earlier"),
        pytest.param([(0.6, 1, 0.3, 0.5)], 0, False, False, id="at-every-gate"),
        pytest.param([(0.9, 40, 0.9, 0.4), (0.9, 40, 0.2, 0.5)], 1, False, False, id="unlike-is-skipped"),
        pytest.param([(0.5, 40, 0.9, 0.9), (0.9, 40, 0.2, 0.9)], 1, False, False, id="low-det-is-skipped"),
        pytest.param([(0.9, 0.5, 0.9, 0.9), (0.9, 40, 0.2, 0.9)], 1, False, False, id="blank-is-skipped"),
        pytest.param([(0.9, 40, 0.9, NAN), (0.9, 40, 0.2, 0.9)], 1, False, False, id="no-vector-is-skipped"),
        pytest.param([(0.9, 40, 0.2, 0.4), (0.9, 40, 0.3, 0.1)], 1, True, False, id="none-alike"),
        pytest.param([(0.9, 40, 0.2, 0.4), (0.9, 40, 0.3, NAN)], 1, True, False, id="no-vector-second-pass"),
        pytest.param([(0.5, 40, 0.9, 0.9), (0.9, 40, 0.3, 0.1)], 1, True, False, id="quality-before-alike"),
        pytest.param([(0.9, 40, 0.3, NAN), (0.9, 40, 0.3, 0.1)], 0, True, False, id="second-pass-tie"),
        pytest.param([(0.5, 40, 0.2, 0.9), (0.9, 0.5, 0.3, 0.9)], 1, True, True, id="none-passes-quality"),
        pytest.param([(0.5, 40, 0.2, 0.9), (0.1, 0.0, 0.3, NAN)], 1, True, True, id="no-vector-last-pass"),
        pytest.param([(0.5, 40, 0.2, 0.9), (0.5, 40, 0.2, 0.9)], 0, True, True, id="last-pass-tie"),
    ],
)
def test_known_choice(faces: list[Face], index: int, low_confidence: bool, rep_low_quality: bool) -> None:
    assert choose(faces) == Representative(index, low_confidence, rep_low_quality)


@pytest.mark.parametrize(
    ("gates", "expected"),
    [
        pytest.param(RepGates(min_similarity=0.9), Representative(0, True, False), id="similarity"),
        pytest.param(RepGates(min_det=0.95), Representative(0, True, True), id="det"),
        pytest.param(RepGates(min_std=50.0), Representative(0, True, True), id="std"),
    ],
)
def test_gates_are_used(gates: RepGates, expected: Representative) -> None:
    assert choose([(0.9, 40, 0.7, 0.8)], gates) == expected


@pytest.mark.parametrize(
    ("faces", "message"),
    [
        pytest.param([], "at least one face", id="none"),
        pytest.param([(NAN, 40, 0.7, 0.8)], "finite det, but got nan", id="det-nan"),
        pytest.param([(0.9, np.inf, 0.7, 0.8)], "finite std, but got inf", id="std-infinite"),
        pytest.param([(0.9, 40, NAN, 0.8)], "finite score, but got nan", id="score-nan"),
    ],
)
def test_bad_input_is_named(faces: list[Face], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        choose(faces)


def test_arrays_of_different_lengths_are_refused() -> None:
    two, one = np.ones(2), np.ones(1)
    with pytest.raises(ValueError, match=r"one length, but got shapes \[\(2,\), \(2,\), \(2,\), \(1,\)\]"):
        choose_representative(two, two, two, one, RepGates())
