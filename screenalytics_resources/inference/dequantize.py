"""Conversion of 8-bit block-quantised ONNX models to float32, done once and cached in a folder.

ONNX Runtime dequantises such weights again at every run. As float32 initialisers they are ready when the
session opens. The values are the same: w = (q - zero_point) * scale, with one scale and zero point per block
(ONNX operator DequantizeLinear-21, attributes `axis` and `block_size`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.checksum import verify_sha256
from screenalytics_resources.inference.cache import read_intact, store

if TYPE_CHECKING:
    import onnx


def dequantize(source: Path, sha256: str, cache_dir: Path) -> Path:
    """Return the float32 form of the quantised model `source`, creating it on first use.

    The result is `<cache_dir>/<sha256>.float32.onnx`. Its own SHA-256 is stored next to it. A truncated or
    altered cache file no longer matches it and is rebuilt.

    Raises:
        UserError: if `source` does not have the SHA-256 `sha256`.
    """
    verify_sha256(source, sha256)
    target = cache_dir / f"{sha256}.float32.onnx"
    if read_intact(target) is None:
        import onnx

        store(target, float_model(onnx.load(source)).SerializeToString())
    return target


def dequantize_blocks(
    quantised: NDArray[np.integer], scale: NDArray[np.floating], zero_point: NDArray[np.integer], axis: int, block: int
) -> NDArray[np.float32]:
    """Return float32 weights, in the shape of `quantised`.

    `scale` and `zero_point` have the same shape, except that their length along `axis` is ceil(length / block).
    """
    length = quantised.shape[axis]
    scales = np.repeat(scale, block, axis=axis).take(range(length), axis=axis)
    zeros = np.repeat(zero_point, block, axis=axis).take(range(length), axis=axis)
    weights: NDArray[np.float32] = (quantised.astype(np.float32) - zeros.astype(np.float32)) * scales
    return weights.astype(np.float32, copy=False)


def float_model(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy of `model` with float32 weights, the image data as its only input, and dynamic axes.

    A fully convolutional model accepts one image at a time, of any height and width. Any other model accepts
    any number of images of its original size.
    """
    import onnx

    floats = onnx.ModelProto()
    floats.CopyFrom(model)
    _store_float_weights(floats.graph)
    _keep_only_data_inputs(floats.graph)
    _make_axes_dynamic(floats.graph)
    return floats


def _store_float_weights(graph: onnx.GraphProto) -> None:
    weights = {tensor.name: tensor for tensor in graph.initializer}
    floats = [_float_weight(node, weights) for node in graph.node if node.op_type == "DequantizeLinear"]
    nodes = [node for node in graph.node if node.op_type != "DequantizeLinear"]
    used = {name for node in nodes for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(kept + floats)


def _float_weight(node: onnx.NodeProto, weights: dict[str, onnx.TensorProto]) -> onnx.TensorProto:
    from onnx import numpy_helper

    quantised, scale, zero_point = (numpy_helper.to_array(weights[name]) for name in node.input)
    attributes = {attribute.name: attribute.i for attribute in node.attribute}
    values = dequantize_blocks(quantised, scale, zero_point, attributes["axis"], attributes["block_size"])
    return numpy_helper.from_array(values, node.output[0])


def _keep_only_data_inputs(graph: onnx.GraphProto) -> None:
    # ONNX Runtime does not fold a weight that is also listed as an input, because the caller may override it.
    weights = {tensor.name for tensor in graph.initializer}
    used = {name for node in graph.node for name in node.input}
    inputs = [value for value in graph.input if value.name in used - weights]
    del graph.input[:]
    graph.input.extend(inputs)


def _make_axes_dynamic(graph: onnx.GraphProto) -> None:
    batch, _, height, width = graph.input[0].type.tensor_type.shape.dim
    if any(node.op_type in ("Gemm", "MatMul") for node in graph.node):
        batch.dim_param = "n"
        for output in graph.output:
            output.type.tensor_type.shape.dim[0].dim_param = "n"
    else:
        height.dim_param, width.dim_param = "h", "w"
        for output in graph.output:
            output.type.tensor_type.shape.dim[1].dim_param = f"cells_{output.name}"
    del graph.value_info[:]
