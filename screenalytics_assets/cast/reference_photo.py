"""A photo of a person of the cast becomes a reference face: what to compare with, and what to show."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cast.decode_photo import decode_photo
from screenalytics_assets.cast.display_crop import display_crop
from screenalytics_assets.cast.main_face import choose_face
from screenalytics_assets.tracks.quality import grey_std
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import Engine

EMBED_FACE_PX = 224.0
"""Larger faces are scaled down to this before they are aligned: an aligned face has 112 px, and leaving out most pixels
of a large one would roughen it."""


@dataclass(frozen=True)
class PhotoLimits:
    """What a reference photo has to be.

    Attributes:
        min_face_px: shorter side of the face's box, px. Scaled down to 50 px, photos of Labeled Faces in the Wild lose
            0.00 to 0.01 of their similarity to their own person, at 30 px 0.03 to 0.04, at 20 px 0.13 to 0.15.
        clearly_larger: how many times as large as the next face the main one is (square root of area): at 1.5 the
            largest was the person meant in all 211 such photos of Labeled Faces in the Wild, without it in 417 of 424.
    """

    min_face_px: float = 50.0
    clearly_larger: float = 1.5


@dataclass(frozen=True)
class ReferenceFace:
    """One face of a photo.

    Attributes:
        display: (512, 512, 3) BGR, the face with its surroundings.
        aligned: (112, 112, 3) BGR, the face as the recogniser sees it.
        vector: (D,) float32, of length 1.
        norm: length of the embedding before it was made 1.
        box: x1, y1, x2, y2 in px of the photo as it is shown, turned as its EXIF data says.
        det_score: the detector's score, 0 to 1.
        crop_std: standard deviation of the grey face, levels of 0 to 255.
        content_sha256: of the photo file's bytes.
    """

    display: NDArray[np.uint8]
    aligned: NDArray[np.uint8]
    vector: NDArray[np.float32]
    norm: float
    box: tuple[float, float, float, float]
    det_score: float
    crop_std: float
    content_sha256: str

    def display_png(self) -> bytes:
        """The picture to show as a PNG file."""
        return _png(self.display)

    def aligned_png(self) -> bytes:
        """The aligned face as a PNG file, from which the vector can be made anew under another recogniser."""
        return _png(self.aligned)


def reference_face(
    content: bytes, name: str, engine: Engine, limits: PhotoLimits, face: int | None = None
) -> ReferenceFace:
    """The main face of the photo file `content`, or face number `face` from left to right, from 1.

    `name` is what messages call the photo.

    Raises:
        UserError: it cannot be decoded, shows no face, several without a clear choice, or one too small to be kept or
            too unclear to be recognised.
    """
    image = decode_photo(content, name)
    found = engine.detect(image)
    row = choose_face(found.boxes, face, limits.clearly_larger, name)
    box = found.boxes[row]
    _check_size(box, limits.min_face_px, name)
    aligned = _aligned(image, box, found.landmarks[row], engine, name)
    embedding = engine.embed(aligned[None])
    norm = float(embedding.norms[0])
    _check_norm(norm, engine.pack.norms.unusable, name)
    x1, y1, x2, y2 = (float(value) for value in box)
    return ReferenceFace(
        display=display_crop(image, box),
        aligned=aligned,
        vector=embedding.vectors[0],
        norm=norm,
        box=(x1, y1, x2, y2),
        det_score=min(1.0, float(found.scores[row])),
        crop_std=grey_std(image[int(y1) : int(y2) + 1, int(x1) : int(x2) + 1]),
        content_sha256=hashlib.sha256(content).hexdigest(),
    )


def _check_size(box: NDArray[np.float32], least: float, name: str) -> None:
    width, height = (float(side) for side in box[2:] - box[:2])
    if min(width, height) < least:
        raise UserError(
            f"The face in {name} is {width:.0f} x {height:.0f} px, and its shorter side needs {least:g}: "
            "choose a larger photo or one taken from nearer."
        )


def _check_norm(norm: float, unusable: float, name: str) -> None:
    # The norm says what blur, turning away and covering leave of a face; sharpness alone does not.
    if norm < unusable:
        raise UserError(
            f"The face in {name} is too blurred, turned away or covered to be recognised (embedding norm {norm:.1f}, "
            f"and {unusable:g} is needed): choose a clearer photo."
        )


def _aligned(
    image: NDArray[np.uint8], box: NDArray[np.float32], landmarks: NDArray[np.float32], engine: Engine, name: str
) -> NDArray[np.uint8]:
    """The aligned face (112, 112, 3)."""
    import cv2

    scale = min(1.0, EMBED_FACE_PX / float(max(box[2] - box[0], box[3] - box[1])))
    if scale < 1:
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        box, landmarks = box * np.float32(scale), landmarks * np.float32(scale)
    try:
        return np.asarray(engine.align(image, engine.refine(image, box, landmarks)[None])[0], np.uint8)
    except ValueError as error:  # landmarks that fall into one point have no similarity transform
        raise UserError(f"The face in {name} has no usable landmarks: choose another photo.") from error


def _png(image: NDArray[np.uint8]) -> bytes:
    import cv2

    return bytes(cv2.imencode(".png", image)[1])
