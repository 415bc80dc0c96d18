"""Turns a photo of a cast member into a reference face: a vector to compare with and a picture to show."""

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
"""Larger faces are scaled down to this size before alignment. An aligned face has 112 px, so sampling a large face
directly would skip most pixels and cause aliasing."""


@dataclass(frozen=True)
class PhotoLimits:
    """Requirements for a reference photo.

    Attributes:
        min_face_px: lowest shorter side of the face's box, px. Photos of Labeled Faces in the Wild that are scaled down
            to 50 px lose 0.00 to 0.01 of their similarity to their own person, at 30 px 0.03 to 0.04, and at 20 px 0.13
            to 0.15.
        clearly_larger: lowest ratio of the main face's size to that of the next face (square root of area). At 1.5 the
            largest face was the right person in all 211 such photos of Labeled Faces in the Wild; without this bound it
            was in 417 of 424.
    """

    min_face_px: float = 50.0
    clearly_larger: float = 1.5


@dataclass(frozen=True)
class ReferenceFace:
    """Face found in a reference photo.

    Attributes:
        display: (512, 512, 3) BGR, the face with a margin.
        aligned: (112, 112, 3) BGR, the input of the recogniser.
        vector: (D,) float32 unit vector.
        norm: norm of the embedding before normalisation.
        box: x1, y1, x2, y2 in px of the photo after its EXIF rotation.
        det_score: the detector's score, 0 to 1.
        crop_std: standard deviation of the grey face, in levels of 0..255.
        content_sha256: hash of the photo file's bytes.
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
        """Return the display picture as a PNG file."""
        return _png(self.display)

    def aligned_png(self) -> bytes:
        """Return the aligned face as a PNG file. Another recogniser can compute its own vector from it."""
        return _png(self.aligned)


def reference_face(
    content: bytes, name: str, engine: Engine, limits: PhotoLimits, face: int | None = None
) -> ReferenceFace:
    """Return the main face of the photo file `content`, or face number `face`, counted from 1 from left to right.

    `name` is the name of the photo in messages.

    Raises:
        UserError: the photo cannot be decoded, shows no face, shows several without a clear choice, or the face is too
            small or too unclear to be recognised.
    """
    image = decode_photo(content, name)
    detections = engine.detect(image)
    row = choose_face(detections.boxes, face, limits.clearly_larger, name)
    box = detections.boxes[row]
    _check_size(box, limits.min_face_px, name)
    aligned = _aligned(image, box, detections.landmarks[row], engine, name)
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
        det_score=min(1.0, float(detections.scores[row])),
        crop_std=grey_std(image[int(y1) : int(y2) + 1, int(x1) : int(x2) + 1]),
        content_sha256=hashlib.sha256(content).hexdigest(),
    )


def _check_size(box: NDArray[np.float32], least: float, name: str) -> None:
    width, height = (float(side) for side in box[2:] - box[:2])
    if min(width, height) < least:
        raise UserError(
            f"The face in {name} is {width:.0f} x {height:.0f} px, but its shorter side must be at least {least:g} px: "
            "choose a larger photo or one taken from closer up."
        )


def _check_norm(norm: float, unusable: float, name: str) -> None:
    # The norm reflects blur, head rotation and occlusion. Sharpness alone does not.
    if norm < unusable:
        raise UserError(
            f"The face in {name} is too blurred, turned away or covered to be recognised (embedding norm {norm:.1f}, "
            f"but at least {unusable:g} is required): choose a clearer photo."
        )


def _aligned(
    image: NDArray[np.uint8], box: NDArray[np.float32], landmarks: NDArray[np.float32], engine: Engine, name: str
) -> NDArray[np.uint8]:
    """Return the aligned face (112, 112, 3)."""
    import cv2

    scale = min(1.0, EMBED_FACE_PX / float(max(box[2] - box[0], box[3] - box[1])))
    if scale < 1:
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
        box, landmarks = box * np.float32(scale), landmarks * np.float32(scale)
    try:
        return np.asarray(engine.align(image, engine.refine(image, box, landmarks)[None])[0], np.uint8)
    except ValueError as error:  # landmarks that coincide in one point have no similarity transform
        raise UserError(f"The face in {name} has no usable landmarks: choose another photo.") from error


def _png(image: NDArray[np.uint8]) -> bytes:
    import cv2

    return bytes(cv2.imencode(".png", image)[1])
