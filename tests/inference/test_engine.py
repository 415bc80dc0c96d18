"""The engine: both packs on real faces, its counters, and invalid input."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import Engine, load_engine
from tests.labelled_people import copy_plain_packs

BOTH_PACKS = [
    pytest.param("opencv_zoo", id="opencv_zoo"),
    pytest.param("buffalo_sc", id="buffalo_sc", marks=pytest.mark.shared),
]
SIX_NOSES = np.array([[122, 345], [305, 220], [508, 357], [776, 420], [928, 150], [1170, 345]])
"""Noses in the picture of six people, in pixels, from left to right, located by eye."""


@pytest.mark.parametrize("name", BOTH_PACKS)
def test_finds_six_faces_with_landmarks_in_order(
    engine_named: Callable[[str], Engine], name: str, six_faces: NDArray[np.uint8]
) -> None:
    faces = engine_named(name).detect(six_faces)
    assert len(faces) == 6
    left_to_right = faces.landmarks[np.argsort(faces.boxes[:, 0])]
    eye_left, eye_right, nose, mouth_left, mouth_right = left_to_right.transpose(1, 0, 2)
    np.testing.assert_allclose(nose, SIX_NOSES, atol=20)
    assert (eye_left[:, 0] < eye_right[:, 0]).all()
    assert (mouth_left[:, 0] < mouth_right[:, 0]).all()
    assert (np.maximum(eye_left, eye_right)[:, 1] < nose[:, 1]).all()
    assert (nose[:, 1] < np.minimum(mouth_left, mouth_right)[:, 1]).all()
    assert (np.diff(faces.scores) <= 0).all()


@pytest.mark.parametrize("name", BOTH_PACKS)
@pytest.mark.parametrize(
    ("height", "width"),
    [
        pytest.param(1, 1, id="one-pixel"),
        pytest.param(1, 900, id="one-row"),
        pytest.param(333, 77, id="odd-sides"),
    ],
)
def test_image_without_a_face(engine_named: Callable[[str], Engine], name: str, height: int, width: int) -> None:
    engine = engine_named(name)
    faces = engine.detect(np.full((height, width, 3), 128, np.uint8))
    assert (faces.boxes.shape, faces.scores.shape, faces.landmarks.shape) == ((0, 4), (0,), (0, 5, 2))
    assert engine.align(np.zeros((height, width, 3), np.uint8), faces.landmarks).shape == (0, 112, 112, 3)


@pytest.mark.parametrize("name", BOTH_PACKS)
def test_boxes_are_inside_the_image(
    engine_named: Callable[[str], Engine], name: str, six_faces: NDArray[np.uint8]
) -> None:
    cut = np.ascontiguousarray(six_faces[:, 500:])  # cuts the face at the left edge in two
    faces = engine_named(name).detect(cut)
    assert faces.boxes[:, 0].min() < 2
    assert (faces.boxes >= 0).all()
    assert (faces.boxes <= [780, 886, 780, 886]).all()


def test_counters_and_provider(opencv_zoo: Engine, six_faces: NDArray[np.uint8]) -> None:
    calls_before, faces_before = opencv_zoo.detector_calls, opencv_zoo.faces_embedded
    faces = opencv_zoo.detect(six_faces)
    opencv_zoo.embed(opencv_zoo.align(six_faces, faces.landmarks))
    assert (opencv_zoo.detector_calls - calls_before, opencv_zoo.faces_embedded - faces_before) == (1, 6)
    assert (opencv_zoo.provider, opencv_zoo.provider_note) == ("CPUExecutionProvider", None)
    assert (opencv_zoo.recogniser_provider, opencv_zoo.precision) == ("OpenVINO CPU", "f32")


@pytest.mark.parametrize(
    "image",
    [
        pytest.param(np.zeros((0, 5, 3), np.uint8), id="empty"),
        pytest.param(np.zeros((5, 5), np.uint8), id="grey"),
        pytest.param(np.zeros((5, 5, 4), np.uint8), id="four-channels"),
        pytest.param(np.zeros((5, 5, 3), np.float32), id="float"),
    ],
)
def test_invalid_image_is_rejected(opencv_zoo: Engine, image: NDArray[np.generic]) -> None:
    with pytest.raises(ValueError, match=r"Expected a uint8 image of shape \(H, W, 3\), but got"):
        opencv_zoo.detect(image)


def test_pack_is_loaded_once(config_dir: Path, opencv_zoo: Engine) -> None:
    assert load_engine("opencv_zoo", config_dir / "packs" / "..", device="cpu", threads=0) is opencv_zoo
    assert load_engine("opencv_zoo", config_dir, "cpu", input_size=320) is not opencv_zoo


@pytest.mark.usefixtures("cache_dir")
@pytest.mark.parametrize("size", [0, -32, 100])
def test_invalid_input_size_is_rejected(config_dir: Path, size: int) -> None:
    with pytest.raises(UserError, match=f"Detector input size {size} is invalid: choose a positive multiple of 32"):
        load_engine("opencv_zoo", config_dir, "cpu", input_size=size)


def test_unknown_device_is_rejected(config_dir: Path) -> None:
    with pytest.raises(UserError, match="Unknown device 'gpu'"):
        load_engine("opencv_zoo", config_dir, "gpu")


def test_missing_model_files_are_reported(config_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_MODEL_ROOT", str(tmp_path))
    with pytest.raises(UserError, match=f"Model pack 'buffalo_m' has no det_2.5g.onnx in {tmp_path}/buffalo_m"):
        load_engine("buffalo_m", config_dir, "cpu")


def change_pack(config_dir: Path, folder: Path, name: str, old: str, new: str) -> None:
    (folder / "packs").mkdir()
    target = folder / "packs" / f"{name}.yaml"
    shutil.copy(config_dir / "packs" / f"{name}.yaml", target)
    text = target.read_text()
    assert old in text
    target.write_text(text.replace(old, new))


@pytest.mark.usefixtures("cache_dir")
def test_wrong_embedding_length_is_rejected(tmp_path: Path) -> None:
    copy_plain_packs(tmp_path / "packs")
    path = tmp_path / "packs" / "opencv_zoo.yaml"
    path.write_text(path.read_text().replace("dim: 128", "dim: 256"))
    with pytest.raises(UserError, match="returns 128 numbers per face, but model pack 'opencv_zoo' states dim: 256"):
        load_engine("opencv_zoo", tmp_path, "cpu")


@pytest.mark.shared
def test_hash_of_an_insightface_file_is_checked_if_set(
    config_dir: Path, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_pack(config_dir, tmp_path, "buffalo_sc", "sha256: null", f"sha256: {'a' * 64}")
    monkeypatch.setenv("SCREENALYTICS_MODEL_ROOT", str(shared / "models"))
    with pytest.raises(UserError, match=r"det_500m.onnx has SHA-256 \w{64} instead of a{64}"):
        load_engine("buffalo_sc", tmp_path, "cpu")
