"""Sessions of ONNX Runtime: their settings, and unreadable models."""

from dataclasses import replace
from pathlib import Path

import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.onnx_session import open_onnx_session
from screenalytics_resources.inference.providers import CUDA, _identity_model, choose_providers


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "identity.onnx"
    path.write_bytes(_identity_model())
    return path


def test_settings(model: Path) -> None:
    options = open_onnx_session(model, choose_providers("cpu"), threads=2)._session.get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (2, 1)
    assert options.log_severity_level == 3
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


@pytest.mark.parametrize("content", [pytest.param(b"not a model", id="garbage"), pytest.param(None, id="missing")])
def test_unreadable_model_is_reported(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "face.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError, match=r"face\.onnx cannot be opened as an ONNX model \(.+\)\. Replace the file"):
        open_onnx_session(path, choose_providers("cpu"), threads=1)


def test_session_on_another_provider_is_rejected(model: Path) -> None:
    expecting_cuda = replace(choose_providers("cpu"), used=CUDA, requested="cuda")
    with pytest.raises(UserError, match="runs on CPUExecutionProvider instead of CUDAExecutionProvider"):
        open_onnx_session(model, expecting_cuda, threads=1)
