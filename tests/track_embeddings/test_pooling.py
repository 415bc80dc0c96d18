"""Pooling: known pooled vectors per method, fallbacks and errors."""

from typing import get_args

import numpy as np
import pytest

from screenalytics_assets.clustering.pooling_method import PoolingMethod
from screenalytics_assets.clustering.unit_vectors import unit_rows
from screenalytics_assets.track_embeddings.pooling import pool

HALF_ROOT = 0.5**0.5
X, Y, Z = [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]
MINUS_X = [-1.0, 0.0, 0.0]
XY = [HALF_ROOT, HALF_ROOT, 0.0]
XZ_34 = [0.6, 0.0, 0.8]


@pytest.mark.parametrize(
    ("vectors", "qualities", "method", "expected"),
    [
        pytest.param([X, Y], [0.1, 0.9], "mean", XY, id="mean-ignores-quality"),
        # The mean of x, x, y is (2, 1, 0) / 3.
        pytest.param([X, X, Y], [1, 1, 1], "mean", [2 / 5**0.5, 1 / 5**0.5, 0], id="mean-of-three"),
        pytest.param([X, X, Z], [1, 1, 1], "median", X, id="median-ignores-a-stray"),
        pytest.param([X, Y], [1, 1], "median", XY, id="median-of-two"),
        pytest.param([X, Y, Z], [1, 1, 0], "max", [3**-0.5] * 3, id="max-per-coordinate"),
        # The maxima of x and (0.6, 0, 0.8) per coordinate are (1, 0, 0.8).
        pytest.param([X, XZ_34], [1, 1], "max", [1 / 1.64**0.5, 0, 0.8 / 1.64**0.5], id="max-of-two"),
        pytest.param([X, Y], [0.8, 0.6], "quality_weighted", [0.8, 0.6, 0], id="weights-are-qualities"),
        pytest.param([X, Y], [0, 0.2], "quality_weighted", Y, id="zero-quality-has-no-weight"),
        pytest.param([X, Y], [0, 0], "quality_weighted", XY, id="all-zero-qualities-give-equal-weights"),
        pytest.param([X, MINUS_X], [0.2, 0.3], "mean", MINUS_X, id="cancelled-uses-best-quality"),
        pytest.param([X, MINUS_X], [0.3, 0.3], "mean", X, id="cancelled-uses-the-earlier-on-a-tie"),
        pytest.param([X, MINUS_X, Y, Z], [0, 0, 0.5, 0.9], "median", Z, id="cancelled-median"),
        pytest.param([X, MINUS_X], [0.4, 0.4], "quality_weighted", X, id="cancelled-weighted"),
    ],
)
def test_known_pooled_vector(
    vectors: list[list[float]], qualities: list[float], method: PoolingMethod, expected: list[float]
) -> None:
    pooled = pool(np.array(vectors, np.float32), np.array(qualities, np.float64), np.ones(len(qualities)), method)
    assert pooled.dtype == np.float32
    np.testing.assert_allclose(pooled, expected, atol=1e-6)


@pytest.mark.parametrize("method", get_args(PoolingMethod))
def test_one_vector_is_returned_unchanged(method: PoolingMethod) -> None:
    pooled = pool(np.array([XZ_34], np.float32), np.array([0.0]), np.array([9.0]), method)
    np.testing.assert_allclose(pooled, XZ_34, atol=1e-6)


@pytest.mark.parametrize("method", get_args(PoolingMethod))
def test_the_result_is_a_unit_vector_and_independent_of_the_order(method: PoolingMethod) -> None:
    rng = np.random.default_rng(31)
    vectors = rng.normal(size=(9, 512))
    rows = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    qualities, order = rng.uniform(size=9), rng.permutation(9)
    norms = rng.uniform(5, 15, size=9)
    pooled = pool(rows, qualities, norms, method)
    assert np.linalg.norm(pooled) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(pooled, pool(rows[order], qualities[order], norms[order], method), atol=1e-6)


def test_unit_rows_normalises_rounded_vectors() -> None:
    rows = unit_rows(np.array([[1.0009, 0.0], [0.0, 0.9991]], np.float32))
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, [[1, 0], [0, 1]], atol=1e-7)


@pytest.mark.parametrize(
    ("vectors", "qualities", "method", "message"),
    [
        pytest.param(np.zeros((0, 3)), [], "mean", "at least one vector", id="none"),
        pytest.param([X, [0, np.nan, 0]], [1, 1], "mean", "row 1 holds nan", id="nan"),
        pytest.param([X, [0, 0.9, 0]], [1, 1], "mean", r"row 1 has norm 0\.9", id="not-unit"),
        pytest.param([X], [1, 1], "mean", r"shape \(1,\), but got shape \(2,\)", id="count"),
        pytest.param([X, Y], [0.5, 1.5], "mean", r"in \[0, 1\], but got 1\.5", id="quality-above-one"),
        pytest.param([X, Y], [0.5, -0.1], "mean", r"in \[0, 1\], but got -0\.1", id="quality-below-zero"),
        pytest.param([X, Y], [0.5, np.nan], "mean", r"in \[0, 1\], but got nan", id="quality-nan"),
        pytest.param([X], [1], "mode", "Unknown pooling method 'mode'", id="method"),
    ],
)
def test_invalid_input_raises(
    vectors: list[list[float]], qualities: list[float], method: PoolingMethod, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        pool(np.array(vectors, np.float32), np.array(qualities, np.float64), np.ones(len(qualities)), method)


@pytest.mark.parametrize(
    ("norms", "expected"),
    [
        pytest.param([3, 3], XY, id="equal"),
        pytest.param([2, 1], [4 / 17**0.5, 1 / 17**0.5, 0], id="by-the-square"),
        pytest.param([1e-3, 10], Y, id="a-tiny-norm"),
    ],
)
def test_weights_are_squared_norms(norms: list[float], expected: list[float]) -> None:
    pooled = pool(np.array([X, Y], np.float32), np.array([0.9, 0.1]), np.array(norms), "norm_weighted")
    np.testing.assert_allclose(pooled, expected, atol=1e-6)


@pytest.mark.parametrize(
    ("norms", "message"),
    [
        pytest.param([1.0], r"norms of shape \(2,\), but got shape \(1,\)", id="count"),
        pytest.param([1.0, 0.0], r"norms above 0, but got 0\.0", id="zero"),
        pytest.param([1.0, np.nan], "norms above 0, but got nan", id="nan"),
    ],
)
def test_invalid_norms_raise(norms: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pool(np.array([X, Y], np.float32), np.array([0.9, 0.1]), np.array(norms), "norm_weighted")
