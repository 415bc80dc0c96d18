"""Face verification on Labeled Faces in the Wild, which proves that detection, alignment and preprocessing match.

The test decides for 3,000 pairs of photos, half of them of the same person, whether both show the same person.
The threshold is chosen on pairs of one half of the people and evaluated on pairs of the other half, and vice versa.
"""

from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.inference.engine import Engine

SEED = 20261121
PHOTOS_PER_PERSON = 5
PAIRS_PER_HALF = 750  # of each kind

Pairs = NDArray[np.intp]


def central_face(engine: Engine, path: Path) -> NDArray[np.uint8]:
    """Align the face nearest to the centre: shape (1, 112, 112, 3), or (0, 112, 112, 3) if none is found."""
    import cv2

    image = cv2.imread(str(path))
    assert image is not None, path
    faces = engine.detect(image)
    centres = (faces.boxes[:, :2] + faces.boxes[:, 2:]) / 2
    nearest = np.argsort(np.linalg.norm(centres - np.array(image.shape[1::-1]) / 2, axis=1))[:1]
    return engine.align(image, faces.landmarks[nearest])


def embed_photos(engine: Engine, paths: list[Path]) -> NDArray[np.float32]:
    """Embed one face per photo, shape (photos, dim). A photo without a face gives a row of NaN."""
    faces = [central_face(engine, path) for path in paths]
    vectors = np.full((len(paths), engine.pack.recogniser.dim), np.nan, np.float32)
    vectors[[len(face) == 1 for face in faces]] = engine.embed(np.concatenate(faces)).vectors
    return vectors


def draw_pairs(people: NDArray[np.intp], rng: np.random.Generator) -> tuple[Pairs, Pairs]:
    """Draw pairs of photo rows from `people`: pairs of the same person, and pairs of different people."""
    rows = people[:, None] * PHOTOS_PER_PERSON + np.arange(PHOTOS_PER_PERSON)
    same = np.array([pair for photos in rows for pair in combinations(photos, 2)])
    different = np.array([(rng.choice(a), rng.choice(b)) for a, b in combinations(rows, 2)])
    return rng.permutation(same)[:PAIRS_PER_HALF], rng.permutation(different)[:PAIRS_PER_HALF]


def similarity(vectors: NDArray[np.float32], pairs: Pairs) -> NDArray[np.float32]:
    return np.sum(vectors[pairs[:, 0]] * vectors[pairs[:, 1]], axis=1)


def accuracy(same: NDArray[np.float32], different: NDArray[np.float32], threshold: float) -> float:
    """Return the fraction of pairs judged correctly. A pair with a missing face (NaN) always counts as wrong."""
    return float((np.sum(same >= threshold) + np.sum(different < threshold)) / (len(same) + len(different)))


def best_threshold(same: NDArray[np.float32], different: NDArray[np.float32]) -> float:
    candidates = np.linspace(0, 1, 201)
    return float(candidates[np.argmax([accuracy(same, different, t) for t in candidates])])


def test_a_photo_without_a_face_counts_as_wrong() -> None:
    assert accuracy(np.array([0.9, np.nan]), np.array([0.1, np.nan]), threshold=0.5) == 0.5


@pytest.mark.shared
@pytest.mark.parametrize("name", ["opencv_zoo", "buffalo_sc"])
def test_lfw_accuracy(engine_named: Callable[[str], Engine], shared: Path, name: str) -> None:
    engine, rng = engine_named(name), np.random.default_rng(SEED)
    folders = sorted((shared / "data" / "lfw").iterdir())
    assert len(folders) == 158
    photos = [rng.choice(sorted(folder.glob("*.jpg")), PHOTOS_PER_PERSON, replace=False) for folder in folders]
    vectors = embed_photos(engine, [path for person in photos for path in person])
    halves = np.array_split(rng.permutation(len(folders)), 2)
    scores = [[similarity(vectors, pairs) for pairs in draw_pairs(half, rng)] for half in halves]
    assert [len(kind) for half in scores for kind in half] == [PAIRS_PER_HALF] * 4
    results = [accuracy(*evaluated, best_threshold(*tuned)) for tuned, evaluated in (scores, scores[::-1])]
    assert np.mean(results) >= 0.99, f"{results}, photos without a face: {np.isnan(vectors[:, 0]).sum()}"
    print(f"{name}: {results}, no face in {np.isnan(vectors[:, 0]).sum()} photos")
