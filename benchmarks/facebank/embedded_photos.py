"""Cached embeddings of the photos of Labeled Faces in the Wild, computed as the product does."""

import hashlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cast import decode_photo, main_face, reference_photo
from screenalytics_assets.cast.reference_photo import PhotoLimits, reference_face
from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference import alignment, landmark_refinement, recognition
from screenalytics_resources.inference.cache import default_cache_dir
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.packs import locate_models

MAKERS: Sequence[ModuleType] = (
    decode_photo,
    main_face,
    reference_photo,
    alignment,
    landmark_refinement,
    recognition,
)
"""Modules that determine the embeddings. A change of any of them invalidates the cache."""


@dataclass(frozen=True)
class LabelledPhotos:
    """N photos: unit vectors `vectors` (N, D), `norms` (N,), numbers of the `people` (N,), file `names` (N,), and
    the number of refused photos."""

    vectors: NDArray[np.float32]
    norms: NDArray[np.float64]
    people: NDArray[np.int64]
    names: Sequence[str]
    refused: int

    def of(self, people: NDArray[np.int64]) -> "LabelledPhotos":
        """Return the photos of some of the people, who keep their numbers."""
        rows = np.flatnonzero(np.isin(self.people, people))
        names = [self.names[row] for row in rows.tolist()]
        return LabelledPhotos(self.vectors[rows], self.norms[rows], self.people[rows], names, self.refused)


def embedded_photos(photos: Mapping[str, Sequence[Path]], engine: Engine, fresh: bool) -> LabelledPhotos:
    """Return the embedding of the main face of every photo, from the cache unless `fresh`."""
    file = _cache_file(photos, engine)
    if fresh or not file.exists():
        made = _embed(photos, engine)
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".partial.npz")
        np.savez(part, **vars(made))
        part.replace(file)
    with np.load(file, allow_pickle=False) as stored:
        names = [str(name) for name in stored["names"]]
        return LabelledPhotos(stored["vectors"], stored["norms"], stored["people"], names, int(stored["refused"]))


def _cache_file(photos: Mapping[str, Sequence[Path]], engine: Engine) -> Path:
    sources = [inspect.getsource(module) for module in MAKERS]
    files = locate_models(engine.pack)
    models = [engine.pack.detector.model_dump_json(), str(engine.pack.norms.unusable)]
    models += [file_sha256(files.detector), file_sha256(files.recogniser)]
    paths = [str(path) for person in photos.values() for path in person]
    key = hashlib.sha256("".join([*sources, *models, *paths]).encode()).hexdigest()[:16]
    return default_cache_dir() / "benchmarks" / f"facebank-lfw-{engine.pack.name}-{key}.npz"


def _embed(photos: Mapping[str, Sequence[Path]], engine: Engine) -> LabelledPhotos:
    faces, people, names, refused = [], [], [], 0
    for person, paths in enumerate(photos.values()):
        for path in paths:
            try:
                faces.append(_centred_face(path, engine))
            except UserError:
                refused += 1
                continue
            people.append(person)
            names.append(path.name)
    vectors = np.stack([vector for vector, _ in faces])
    norms = np.array([norm for _, norm in faces], np.float64)
    return LabelledPhotos(vectors, norms, np.array(people, np.int64), names, refused)


def _centred_face(path: Path, engine: Engine) -> tuple[NDArray[np.float32], float]:
    """Return vector and norm of the face nearest the centre, which shows the labelled person in these photos."""
    content = path.read_bytes()
    image = decode_photo.decode_photo(content, path.name)
    boxes = engine.detect(image).boxes
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    distances = np.linalg.norm(centres - np.array(image.shape[1::-1]) / 2, axis=1)
    # `reference_face` numbers faces from left to right.
    in_order = distances[np.argsort(centres[:, 0], kind="stable")]
    face = int(in_order.argmin()) + 1 if len(boxes) else None
    reference = reference_face(content, path.name, engine, PhotoLimits(), face)
    return reference.vector, reference.norm
