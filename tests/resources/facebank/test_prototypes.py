"""Prototypes of synthetic people."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.facebank.prototypes import prototypes


def rows(*vectors: tuple[float, ...]) -> NDArray[np.float32]:
    stacked = np.array(vectors, np.float32)
    return np.asarray(stacked / np.linalg.norm(stacked, axis=1, keepdims=True), np.float32)


def norms(count: int, value: float = 12.0) -> NDArray[np.float64]:
    return np.full(count, value)


YOUNG, OLD, OTHER = (1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0)
BOTH = (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("vectors", "expected"),
    [
        pytest.param(rows(YOUNG), rows(YOUNG), id="one-photo"),
        pytest.param(rows(YOUNG, OLD), rows(BOTH), id="two-photos-form-no-groups"),
        pytest.param(rows(YOUNG, OLD, YOUNG, OLD), rows(BOTH, YOUNG, OLD), id="two-looks"),
        pytest.param(rows(OLD, YOUNG, YOUNG, OLD), rows(BOTH, OLD, YOUNG), id="groups-ordered-by-first-photo"),
        pytest.param(rows(YOUNG, YOUNG, YOUNG, OLD), rows((3, 1, 0, 0)), id="one-odd-photo-forms-no-group"),
        pytest.param(
            rows(YOUNG, OLD, OTHER, OTHER, OLD, YOUNG), rows((1, 1, 1, 0), YOUNG, OLD, OTHER), id="three-looks"
        ),
        pytest.param(rows(YOUNG, YOUNG, YOUNG, YOUNG), rows(YOUNG), id="all-alike"),
        pytest.param(
            rows((1, 0), (1, 0), (-1, 0), (-1, 0))[:, :2], rows((1, 0), (1, 0), (-1, 0)), id="opposites-cancel-out"
        ),
    ],
)
def test_prototypes(vectors: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    result = prototypes(vectors, norms(len(vectors)))
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, expected, atol=1e-6)


def angles(gap: float) -> NDArray[np.float32]:
    """Two pairs of equal vectors with a cosine of 1 - `gap` between the pairs."""
    other = (1 - gap, np.sqrt(1 - (1 - gap) ** 2))
    return rows((1, 0), (1, 0), other, other)


@pytest.mark.parametrize(
    ("gap", "count"), [pytest.param(0.14, 1, id="one-look"), pytest.param(0.16, 3, id="two-looks")]
)
def test_gap_needed_between_looks(gap: float, count: int) -> None:
    assert len(prototypes(angles(gap), norms(4))) == count


def test_weights_are_squared_norms() -> None:
    result = prototypes(rows(YOUNG, OLD), np.array([10.0, 20.0]))
    np.testing.assert_allclose(result, rows((100, 400, 0, 0)), atol=1e-6)


def test_vectors_that_cancel_out_give_the_first_vector() -> None:
    result = prototypes(rows((0, 1), (0, -1)), np.array([12.0, 12.0]))
    np.testing.assert_allclose(result, rows((0, 1)))


def test_prototypes_are_unit_vectors() -> None:
    vectors = np.random.default_rng(0).normal(size=(12, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(np.linalg.norm(prototypes(vectors, norms(12)), axis=1), 1, atol=1e-6)


def test_no_vectors() -> None:
    result = prototypes(np.empty((0, 128), np.float32), np.empty(0))
    assert (result.shape, result.dtype) == ((0, 128), np.float32)


@pytest.mark.parametrize(
    ("vectors", "lengths", "message"),
    [
        pytest.param(rows(YOUNG), norms(2), r"norms \(N,\), but got \(1, 4\) and \(2,\)", id="counts-differ"),
        pytest.param(rows(YOUNG)[0], norms(4), r"Expected vectors \(N, D\)", id="one-dimension"),
        pytest.param(rows(YOUNG), norms(1, 0.0), r"norms above 0, but got \[0.0\]", id="zero-norm"),
        pytest.param(rows(YOUNG), norms(1, np.nan), r"norms above 0, but got \[nan\]", id="nan-norm"),
    ],
)
def test_invalid_arguments_are_refused(
    vectors: NDArray[np.float32], lengths: NDArray[np.float64], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        prototypes(vectors, lengths)
