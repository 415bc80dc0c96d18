"""Recognition: known preprocessing results, batches, and the same embeddings as the packs' own code."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.recognition import preprocess

BOTH_PACKS = [
    pytest.param("opencv_zoo", id="opencv_zoo"),
    pytest.param("buffalo_sc", id="buffalo_sc", marks=pytest.mark.shared),
]


def noise(count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(5).integers(0, 256, (count, 112, 112, 3), np.uint8)


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        pytest.param("sface", [255, 51, 0], id="sface"),
        pytest.param("arcface", [1, -0.6, -1], id="arcface"),
    ],
)
def test_preprocess_gives_rgb_planes(family: str, expected: list[float]) -> None:
    blue_green_red = np.full((2, 112, 112, 3), [0, 51, 255], np.uint8)
    blob = preprocess(blue_green_red, family)
    assert (blob.shape, blob.dtype) == ((2, 3, 112, 112), np.float32)
    np.testing.assert_allclose(blob[1, :, 50, 60], expected, rtol=1e-6)


@pytest.mark.parametrize("name", BOTH_PACKS)
def test_batch_equals_single_faces(engine_named: Callable[[str], Engine], name: str) -> None:
    engine = engine_named(name)
    faces = noise(18)  # more than one batch, the last one short
    batched = engine.embed(faces)
    single = [engine.embed(face[None]) for face in faces]
    np.testing.assert_allclose(batched.vectors, np.concatenate([face.vectors for face in single]), atol=1e-5)
    np.testing.assert_allclose(batched.norms, np.concatenate([face.norms for face in single]), rtol=1e-4)


@pytest.mark.parametrize("name", BOTH_PACKS)
def test_rows_are_unit_vectors(engine_named: Callable[[str], Engine], name: str) -> None:
    engine = engine_named(name)
    embeddings = engine.embed(noise(2))
    assert embeddings.vectors.shape == (2, engine.pack.recogniser.dim)
    assert (embeddings.vectors.dtype, embeddings.norms.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(np.linalg.norm(embeddings.vectors, axis=1), 1, atol=1e-6)
    assert (embeddings.norms > 1).all()


def test_no_faces(opencv_zoo: Engine) -> None:
    embeddings = opencv_zoo.embed(noise(0))
    assert (embeddings.vectors.shape, embeddings.norms.shape) == ((0, 128), (0,))
    assert embeddings.vectors.dtype == np.float32


@pytest.mark.parametrize("shape", [(112, 112, 3), (1, 128, 112, 3), (1, 3, 112, 112)])
def test_wrong_shape_is_rejected(opencv_zoo: Engine, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"Expected faces of shape \(N, 112, 112, 3\), but got"):
        opencv_zoo.embed(np.zeros(shape, np.uint8))


def test_sface_equals_opencv(opencv_zoo: Engine, cache_dir: Path, six_faces: NDArray[np.uint8]) -> None:
    """OpenCV aligns and embeds from its own detection format: box as x, y, w, h, then five landmarks, then score."""
    import cv2

    theirs = cv2.FaceRecognizerSF.create(str(cache_dir / f"{opencv_zoo.pack.recogniser.sha256}.float32.onnx"), "")
    faces = opencv_zoo.detect(six_faces)
    ours = opencv_zoo.embed(opencv_zoo.align(six_faces, faces.landmarks)).vectors
    for box, points, vector in zip(faces.boxes, faces.landmarks, ours, strict=True):
        row = np.concatenate([box[:2], box[2:] - box[:2], points.ravel(), [1]]).astype(np.float32)
        feature = theirs.feature(theirs.alignCrop(six_faces, row[None]))[0]
        assert vector @ feature / np.linalg.norm(feature) > 0.999


@pytest.mark.shared
def test_arcface_equals_insightface(buffalo_sc: Engine, shared: Path, six_faces: NDArray[np.uint8]) -> None:
    import onnxruntime
    from insightface.model_zoo.arcface_onnx import ArcFaceONNX

    model = str(shared / "models" / "buffalo_sc" / "w600k_mbf.onnx")
    reference = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    theirs = ArcFaceONNX(model_file=model, session=reference)
    faces = buffalo_sc.align(six_faces, buffalo_sc.detect(six_faces).landmarks)
    features = theirs.get_feat(list(faces))
    cosines = np.sum(buffalo_sc.embed(faces).vectors * features, axis=1) / np.linalg.norm(features, axis=1)
    np.testing.assert_allclose(cosines, 1, atol=1e-5)
