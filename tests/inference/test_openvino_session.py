"""Sessions of OpenVINO: equal to ONNX Runtime, their options, their cache, several threads, and the fallback."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError
from screenalytics_resources.inference import openvino_session, sessions
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.model_source import ModelSource, model_source
from screenalytics_resources.inference.onnx_session import open_onnx_session
from screenalytics_resources.inference.openvino_session import BATCHES, OpenVinoError, OpenVinoSession, divide
from screenalytics_resources.inference.packs import load_pack, locate_models
from screenalytics_resources.inference.providers import CPU, choose_providers
from screenalytics_resources.inference.recognition import preprocess
from screenalytics_resources.inference.sessions import open_sessions

BOTH_PACKS = [
    pytest.param("opencv_zoo", id="opencv_zoo"),
    pytest.param("buffalo_sc", id="buffalo_sc", marks=pytest.mark.shared),
]


def small_model(path: Path) -> ModelSource:
    """A model that adds up the three channels of each 112 x 112 face, with an output of shape (N, 1)."""
    from onnx import TensorProto, helper

    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 112, 112])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1])
    nodes = [
        helper.make_node("GlobalAveragePool", ["x"], ["mean"]),
        helper.make_node("ReduceSum", ["mean"], ["sum"], keepdims=1, axes=[1, 2]),
        helper.make_node("Flatten", ["sum"], ["y"]),
    ]
    graph = helper.make_graph(nodes, "small", [x], [y])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
    path.write_bytes(model.SerializeToString())
    return ModelSource(path, "a" * 64, quantised=False)


@pytest.fixture
def source(tmp_path: Path) -> ModelSource:
    return small_model(tmp_path / "small.onnx")


def faces(count: int) -> NDArray[np.float32]:
    """Face i has the values i + 1 in all pixels."""
    return np.broadcast_to(np.arange(1, count + 1, dtype=np.float32)[:, None, None, None], (count, 3, 112, 112)).copy()


def blobs(folder: Path) -> list[Path]:
    return sorted(folder.glob("openvino/*.blob"))


@pytest.mark.parametrize("name", BOTH_PACKS)
def test_embeddings_equal_onnx_runtime(
    engine_named: Callable[[str], Engine], name: str, six_faces: NDArray[np.uint8]
) -> None:
    engine = engine_named(name)
    family = engine.pack.recogniser.family
    aligned = engine.align(six_faces, engine.detect(six_faces).landmarks)
    reference = open_onnx_session(engine._recogniser._session._source.float_file(), choose_providers("cpu"), 0)
    (expected,) = reference.run(preprocess(aligned, family))
    ours = engine.embed(aligned)
    lengths = np.linalg.norm(expected, axis=1)
    assert np.sum(ours.vectors * expected, axis=1) / lengths == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(ours.norms, lengths, rtol=1e-4)


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, []), (1, [1]), (3, [1, 1, 1]), (4, [4]), (7, [4, 1, 1, 1]), (16, [4, 4, 4, 4])],
)
def test_divide(count: int, sizes: list[int]) -> None:
    assert divide(count) == sizes


@pytest.mark.parametrize("count", [1, 4, 11])
def test_each_face_has_its_own_row(source: ModelSource, tmp_path: Path, count: int) -> None:
    (sums,) = OpenVinoSession(source, "f32", 1, tmp_path).run(faces(count))
    np.testing.assert_allclose(sums, 3 * np.arange(1, count + 1)[:, None], rtol=1e-6)


def test_results_outlive_the_next_run(source: ModelSource, tmp_path: Path) -> None:
    session = OpenVinoSession(source, "f32", 1, tmp_path)
    (first,) = session.run(faces(1))
    session.run(2 * faces(1))
    np.testing.assert_allclose(first, [[3]])


@pytest.mark.parametrize("warm", [pytest.param(False, id="compiled"), pytest.param(True, id="from-the-cache")])
@pytest.mark.parametrize("threads", [1, 2])
def test_options(source: ModelSource, tmp_path: Path, threads: int, warm: bool) -> None:
    if warm:
        OpenVinoSession(source, "f32", 3 - threads, tmp_path).run(faces(1))
    session = OpenVinoSession(source, "f32", threads, tmp_path)
    session.run(faces(1))
    model = session._requests[(1, 3, 112, 112)].get_compiled_model()
    assert len(blobs(tmp_path)) == 1
    assert model.get_property("INFERENCE_NUM_THREADS") == threads
    assert model.get_property("NUM_STREAMS") == 1
    assert model.get_property("ENABLE_CPU_PINNING") is False
    assert model.get_property("INFERENCE_PRECISION_HINT").get_type_name() == "f32"


def test_cache_is_used_without_the_model(source: ModelSource, tmp_path: Path) -> None:
    OpenVinoSession(source, "f32", 1, tmp_path).run(faces(5))
    assert len(blobs(tmp_path)) == 2
    source.file.unlink()
    (sums,) = OpenVinoSession(source, "f32", 1, tmp_path).run(faces(5))
    np.testing.assert_allclose(sums[:, 0], [3, 6, 9, 12, 15])


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:100]), id="truncated"),
        pytest.param(lambda path: path.write_bytes(b"?" + path.read_bytes()[1:]), id="one-byte-changed"),
        pytest.param(lambda path: Path(f"{path}.sha256").unlink(), id="checksum-missing"),
        pytest.param(lambda path: openvino_session.store(path, b"no model"), id="intact-but-no-model"),
        pytest.param(lambda path: openvino_session.store(path, b""), id="intact-but-empty"),
    ],
)
def test_damaged_cache_is_compiled_again(source: ModelSource, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    OpenVinoSession(source, "f32", 1, tmp_path).run(faces(1))
    (path,) = blobs(tmp_path)
    damage(path)
    (sums,) = OpenVinoSession(source, "f32", 1, tmp_path).run(faces(1))
    np.testing.assert_allclose(sums, [[3]])
    assert openvino_session.read_intact(path) not in (None, b"no model", b"")
    source.file.unlink()  # the cache alone suffices again
    OpenVinoSession(source, "f32", 1, tmp_path).run(faces(1))


def test_cache_that_cannot_be_written_is_not_needed(
    source: ModelSource, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "openvino").write_text("a file instead of a folder")
    with caplog.at_level(logging.WARNING):
        (sums,) = OpenVinoSession(source, "f32", 1, tmp_path).run(faces(1))
    np.testing.assert_allclose(sums, [[3]])
    assert "Compiled models are not cached" in caplog.text


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"sha256": "b" * 64}, id="model"),
        pytest.param({"precision": "bf16"}, id="precision"),
        pytest.param({"version": "1"}, id="openvino-version"),
        pytest.param({"capabilities": {"FP32"}}, id="processor"),
    ],
)
def test_key_of_the_cache(
    source: ModelSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, object]
) -> None:
    before = OpenVinoSession(source, "f32", 1, tmp_path)._key((1, 3))
    assert OpenVinoSession(source, "f32", 2, tmp_path)._key((1, 3)) == before
    assert OpenVinoSession(source, "f32", 1, tmp_path)._key((4, 3)) != before
    if "version" in change:
        monkeypatch.setattr("openvino.get_version", lambda: change["version"])
    if "capabilities" in change:
        monkeypatch.setattr(openvino_session, "capabilities", lambda: change["capabilities"])
    other = ModelSource(source.file, str(change.get("sha256", source.sha256)), quantised=False)
    assert OpenVinoSession(other, change.get("precision", "f32"), 1, tmp_path)._key((1, 3)) != before


def test_several_threads_get_their_own_results(source: ModelSource, tmp_path: Path) -> None:
    session = OpenVinoSession(source, "f32", 2, tmp_path)
    start = threading.Barrier(4)

    def sums(scale: int) -> list[float]:
        start.wait()
        return [float(session.run(scale * faces(1))[0][0, 0]) for _ in range(50)]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(sums, range(1, 5))) == [[3.0 * scale] * 50 for scale in range(1, 5)]


@pytest.fixture
def pack_sources(config_dir: Path, cache_dir: Path) -> tuple[ModelSource, ModelSource]:
    """Detector and recogniser of the default pack."""
    pack = load_pack("opencv_zoo", config_dir)
    files = locate_models(pack)
    return model_source(pack.detector, files.detector, pack), model_source(pack.recogniser, files.recogniser, pack)


def no_openvino() -> frozenset[str]:
    raise OpenVinoError("OpenVINO does not work here: no CPU plugin")


@pytest.mark.parametrize(
    ("function", "replacement", "reason"),
    [
        pytest.param("capabilities", no_openvino, "OpenVINO does not work here: no CPU plugin", id="no-plugin"),
        pytest.param("_proven", lambda session: no_openvino(), "OpenVINO does not work here", id="no-compilation"),
    ],
)
def test_fallback_to_onnx_runtime_is_noted(
    monkeypatch: pytest.MonkeyPatch,
    pack_sources: tuple[ModelSource, ModelSource],
    function: str,
    replacement: Callable[..., object],
    reason: str,
) -> None:
    monkeypatch.setattr(sessions, function, replacement)
    _, recogniser, running_on = open_sessions(*pack_sources, choose_providers("cpu"), 1, "bf16")
    assert recogniser.run(faces(2))[0].shape == (2, 128)
    assert (running_on.detector, running_on.recogniser, running_on.precision) == (CPU, CPU, "f32")
    assert running_on.note.startswith(reason)
    assert "running the recogniser on ONNX Runtime" in running_on.note
    assert running_on.note.endswith("CPUExecutionProvider has no bf16, using f32")


@pytest.mark.parametrize("size", BATCHES)
def test_a_batch_size_that_cannot_be_compiled_is_noted(
    monkeypatch: pytest.MonkeyPatch, pack_sources: tuple[ModelSource, ModelSource], size: int
) -> None:
    compile_shape = OpenVinoSession._compile

    def compile_others(session: OpenVinoSession, shape: tuple[int, ...]) -> object:
        if shape[0] == size:
            raise OpenVinoError(f"OpenVINO cannot compile batches of {size}")
        return compile_shape(session, shape)

    monkeypatch.setattr(OpenVinoSession, "_compile", compile_others)
    _, recogniser, running_on = open_sessions(*pack_sources, choose_providers("cpu"), 1, "f32")
    assert recogniser.run(faces(size))[0].shape == (size, 128)
    assert running_on.recogniser == CPU
    assert running_on.note == f"OpenVINO cannot compile batches of {size}, running the recogniser on ONNX Runtime"


@pytest.mark.parametrize(
    ("present", "used", "note"),
    [
        pytest.param({"FP32"}, "f32", "this processor has no bf16, using f32", id="without-bf16"),
        pytest.param({"FP32", "BF16"}, "bf16", None, id="with-bf16"),
    ],
)
def test_precision(
    monkeypatch: pytest.MonkeyPatch,
    pack_sources: tuple[ModelSource, ModelSource],
    present: set[str],
    used: str,
    note: str | None,
) -> None:
    monkeypatch.setattr(sessions, "capabilities", lambda: present)
    monkeypatch.setattr(sessions, "_proven", lambda session: session)
    _, recogniser, running_on = open_sessions(*pack_sources, choose_providers("cpu"), 1, "bf16")
    assert (running_on.recogniser, running_on.precision, running_on.note) == ("OpenVINO CPU", used, note)
    assert recogniser._precision == used


def test_missing_package_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(OpenVinoError, match="OpenVINO does not work here: import of openvino halted"):
        openvino_session.core.__wrapped__()


def test_unreadable_model_is_an_error_of_openvino_first(tmp_path: Path) -> None:
    path = tmp_path / "face.onnx"
    path.write_bytes(b"not a model")
    source = ModelSource(path, "a" * 64, quantised=False)
    with pytest.raises(OpenVinoError, match=r"OpenVINO cannot compile face\.onnx"):
        OpenVinoSession(source, "f32", 1, tmp_path).run(faces(1))
    with pytest.raises(UserError, match=r"face\.onnx cannot be opened as an ONNX model"):
        open_onnx_session(path, choose_providers("cpu"), 1)
