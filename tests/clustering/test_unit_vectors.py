"""Unit vectors: problems of a stored array of embeddings, and the check of every reader."""

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.clustering.unit_vectors import unit_rows, vector_faults

EYE = np.eye(3, 4, dtype=np.float32)
NOT_IN_ORDER = "the rows of the table do not refer to the rows of x.npy once each, in order"


def changed(row: int, column: int, value: float) -> NDArray[np.float32]:
    vectors = EYE.copy()
    vectors[row, column] = value
    return vectors


@pytest.mark.parametrize(
    ("vectors", "rows", "faults"),
    [
        pytest.param(EYE, [0, 1, 2], [], id="valid"),
        pytest.param(EYE[:0], [], [], id="empty"),
        pytest.param(changed(1, 1, 0.9995), [0, 1, 2], [], id="rounding"),
        pytest.param(EYE, [0, 2, 1], [NOT_IN_ORDER], id="order"),
        pytest.param(EYE, [0, 1, 1], [NOT_IN_ORDER], id="twice"),
        pytest.param(EYE, [0, 1], ["x.npy is float32 (3, 4), expected float32 (2, 4)"], id="one-row-too-many"),
        pytest.param(EYE[:, :3], [0, 1, 2], ["x.npy is float32 (3, 3), expected float32 (3, 4)"], id="dimension"),
        pytest.param(EYE[0], [0], ["x.npy is float32 (4,), expected float32 (1, 4)"], id="one-axis"),
        pytest.param(
            EYE.astype(np.float64), [0, 1, 2], ["x.npy is float64 (3, 4), expected float32 (3, 4)"], id="dtype"
        ),
        pytest.param(changed(2, 2, 0.5), [0, 1, 2], ["row 2 of x.npy has norm 0.5000, expected 1"], id="norm"),
        pytest.param(changed(0, 0, 0.0), [0, 1, 2], ["row 0 of x.npy has norm 0.0000, expected 1"], id="zero"),
    ],
)
def test_vector_faults(vectors: NDArray[np.float32], rows: list[int], faults: list[str]) -> None:
    assert vector_faults(vectors, rows, 4, "x.npy") == faults


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_reported(value: float) -> None:
    faults = vector_faults(changed(1, 1, value), [0, 1, 2], 4, "x.npy")
    assert "x.npy contains values that are not finite" in faults


@pytest.mark.parametrize(
    ("vectors", "message"),
    [
        pytest.param(EYE[0], r"shape \(N, D\), but got shape \(4,\)", id="one-axis"),
        pytest.param(changed(1, 3, np.nan), "finite vectors, but row 1 holds nan", id="nan"),
        pytest.param(changed(2, 2, 1.1), "rows of norm 1, but row 2 has norm 1.1", id="norm"),
    ],
)
def test_unit_rows_rejects_invalid_input(vectors: NDArray[np.float32], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unit_rows(vectors)


def test_unit_rows_normalises_again() -> None:
    assert np.linalg.norm(unit_rows(changed(1, 1, 0.9995)), axis=1) == pytest.approx(1, abs=1e-6)
