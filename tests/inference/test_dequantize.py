"""The float32 form of a block-quantised model: same outputs, and a cache that is checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.cache import default_cache_dir
from screenalytics_resources.inference.dequantize import dequantize, dequantize_blocks
from screenalytics_resources.inference.packs import Pack, load_pack, locate_models

if TYPE_CHECKING:
    import onnx


@pytest.fixture(scope="module")
def pack(config_dir: Path) -> Pack:
    return load_pack("opencv_zoo", config_dir)


@pytest.fixture(scope="module")
def sface(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SFace in float32."""
    folder = tmp_path_factory.mktemp("sface")
    return dequantize(locate_models(pack).recogniser, pack.recogniser.sha256, folder)


@pytest.fixture
def yunet(pack: Pack, tmp_path: Path) -> Path:
    """YuNet in float32, in a cache that the test may damage."""
    return dequantize(locate_models(pack).detector, pack.detector.sha256, tmp_path)


def run(model: bytes, data: NDArray[np.float32]) -> NDArray[np.float32]:
    """Run a model and return its first output."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: data})[0]


def read_graph(path: Path) -> onnx.GraphProto:
    import onnx

    return onnx.load(path).graph


@pytest.mark.parametrize(
    ("scale", "zero_point", "axis", "expected"),
    [
        pytest.param([[2.0], [1.0]], [[0], [1]], 1, [[2, 4, 6], [3, 4, 5]], id="one-block-per-row"),
        pytest.param([[2.0, 0.5], [1, 1]], [[0, 1], [0, 0]], 1, [[2, 4, 1], [4, 5, 6]], id="short-last-block"),
        pytest.param([[1.0, 2, 3]], [[1, 1, 1]], 0, [[0, 2, 6], [3, 8, 15]], id="blocks-along-columns"),
    ],
)
def test_dequantize_blocks(
    scale: list[list[float]], zero_point: list[list[int]], axis: int, expected: list[list[float]]
) -> None:
    quantised = np.array([[1, 2, 3], [4, 5, 6]], np.int8)
    block = 2 if len(scale[0]) == 2 else 3
    weights = dequantize_blocks(quantised, np.array(scale, np.float32), np.array(zero_point, np.int8), axis, block)
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, expected)


def test_float_sface_equals_quantised_sface(pack: Pack, sface: Path) -> None:
    import onnx

    quantised = onnx.load(locate_models(pack).recogniser)
    del quantised.graph.input[1:]  # ONNX Runtime rejects the model if its weights are inputs
    data = np.random.default_rng(1).uniform(0, 255, (1, 3, 112, 112)).astype(np.float32)
    expected = run(quantised.SerializeToString(), data)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(run(sface.read_bytes(), data), expected, atol=1e-3)


def test_float_model_has_one_input_and_no_quantised_weights(sface: Path) -> None:
    from onnx import TensorProto

    graph = read_graph(sface)
    assert [value.name for value in graph.input] == ["data"]
    assert "DequantizeLinear" not in {node.op_type for node in graph.node}
    used = {name for node in graph.node for name in node.input}
    assert {tensor.name for tensor in graph.initializer} <= used
    assert TensorProto.INT8 not in {tensor.data_type for tensor in graph.initializer}


def test_sface_accepts_any_number_of_faces(sface: Path) -> None:
    assert run(sface.read_bytes(), np.zeros((3, 3, 112, 112), np.float32)).shape == (3, 128)


@pytest.mark.parametrize(
    ("height", "width", "cells"),
    [pytest.param(384, 640, 3840, id="640x384"), pytest.param(32, 32, 16, id="32x32")],
)
def test_yunet_accepts_any_image_size(yunet: Path, height: int, width: int, cells: int) -> None:
    assert run(yunet.read_bytes(), np.zeros((1, 3, height, width), np.float32)).shape == (1, cells, 1)


def test_wrong_hash_is_reported_with_the_expected_one(pack: Pack, tmp_path: Path) -> None:
    wrong = "0" * 64
    with pytest.raises(UserError, match=f"has SHA-256 {pack.detector.sha256} instead of {wrong}"):
        dequantize(locate_models(pack).detector, wrong, tmp_path)
    assert not list(tmp_path.iterdir())


def test_intact_cache_is_reused_and_contains_no_other_files(pack: Pack, yunet: Path) -> None:
    written_ns = yunet.stat().st_mtime_ns
    assert yunet.name == f"{pack.detector.sha256}.float32.onnx"
    assert dequantize(locate_models(pack).detector, pack.detector.sha256, yunet.parent) == yunet
    assert yunet.stat().st_mtime_ns == written_ns
    assert sorted(path.name for path in yunet.parent.iterdir()) == [yunet.name, f"{yunet.name}.sha256"]


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:1000]), id="truncated"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?"), id="one-byte-changed"),
        pytest.param(lambda path: path.unlink(), id="model-missing"),
        pytest.param(lambda path: Path(f"{path}.sha256").unlink(), id="receipt-missing"),
        pytest.param(lambda path: Path(f"{path}.sha256").write_bytes(b"\xff"), id="receipt-damaged"),
    ],
)
def test_damaged_cache_is_rebuilt(pack: Pack, yunet: Path, damage) -> None:
    intact = yunet.read_bytes()
    damage(yunet)
    dequantize(locate_models(pack).detector, pack.detector.sha256, yunet.parent)
    assert yunet.read_bytes() == intact
    assert len(Path(f"{yunet}.sha256").read_text()) == 64


@pytest.mark.parametrize(
    ("variable", "folder"),
    [
        pytest.param("SCREENALYTICS_CACHE_DIR", ".", id="variable"),
        pytest.param("HOME", ".cache/screenalytics", id="home"),
    ],
)
def test_default_cache_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, folder: str) -> None:
    monkeypatch.delenv("SCREENALYTICS_CACHE_DIR", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    assert default_cache_dir() == tmp_path / folder
