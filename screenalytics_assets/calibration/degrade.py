"""Photos degraded to the quality of a face on television: scaled down, blurred, moved, compressed.

The degradation depends on the track alone: the width of its faces sets the size, its duration the motion. The
constants were set once, by comparing pictures with frames of real clips, before anything was clustered.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PHOTO_FACE_PX = 95.0
"""Width of the face box in a photo of 250 px of Labeled Faces in the Wild, px."""
SHORT_S = 1.0
"""Tracks shorter than this are mostly seen in motion or half turned away, s."""


@dataclass(frozen=True)
class Degradation:
    """Degradation of one photo. `scale` <= 1; `blur_px` and `motion_px` after scaling; JPEG quality 1 to 100."""

    scale: float
    blur_px: float
    motion_px: float
    motion_degrees: float
    jpeg_quality: int
    mirrored: bool
    turn_degrees: float
    brightness: float


def draw(
    face_px: float, duration_s: float, rng: np.random.Generator, photo_face_px: float = PHOTO_FACE_PX
) -> Degradation:
    """Draw the degradation of one photo of a track with faces `face_px` wide that lasts `duration_s`.

    `photo_face_px` is the width of the face in the photo. Photos are never enlarged.
    """
    width = face_px * rng.uniform(0.9, 1.1)
    short = duration_s < SHORT_S
    return Degradation(
        scale=min(1.0, width / photo_face_px),
        blur_px=abs(rng.normal(0.0, 1.0 if short else 0.6)),
        motion_px=min(width, photo_face_px) * rng.uniform(0.0, 0.12 if short else 0.04),
        motion_degrees=rng.uniform(0.0, 180.0),
        jpeg_quality=int(rng.integers(35, 60)) if short else int(rng.integers(50, 85)),
        mirrored=bool(rng.random() < 0.5),
        turn_degrees=rng.normal(0.0, 6.0),
        brightness=rng.uniform(0.7, 1.2),
    )


def degrade(photo: NDArray[np.uint8], how: Degradation) -> NDArray[np.uint8]:
    """Return `photo` (H, W, 3) BGR as television would show it, (h, w, 3)."""
    import cv2

    height, width = photo.shape[:2]
    image: NDArray[np.uint8] = np.ascontiguousarray(photo[:, ::-1]) if how.mirrored else photo
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), how.turn_degrees, 1.0)
    image = np.asarray(cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)
    size = (max(16, round(width * how.scale)), max(16, round(height * how.scale)))
    image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    if how.blur_px > 0.1:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), how.blur_px), np.uint8)
    if how.motion_px >= 1.0:
        image = np.asarray(cv2.filter2D(image, -1, _motion_kernel(how.motion_px, how.motion_degrees)), np.uint8)
    image = np.clip(image.astype(np.float32) * how.brightness, 0, 255).astype(np.uint8)
    return compressed(image, how.jpeg_quality)


def compressed(image: NDArray[np.uint8], jpeg_quality: int) -> NDArray[np.uint8]:
    """Return `image` (H, W, 3) after compression as JPEG of this quality, 1 to 100."""
    import cv2

    encoded = cv2.imencode(".jpg", image, [int(cv2.IMWRITE_JPEG_QUALITY), jpeg_quality])[1]
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)


def _motion_kernel(length: float, degrees: float) -> NDArray[np.float32]:
    """Return a line of `length` px through the centre of a square with an odd side, with sum 1."""
    import cv2

    side = int(np.ceil(length)) | 1
    kernel = np.zeros((side, side), np.float32)
    kernel[side // 2, :] = 1.0
    turn = cv2.getRotationMatrix2D((side / 2 - 0.5, side / 2 - 0.5), degrees, 1.0)
    turned = np.asarray(cv2.warpAffine(kernel, turn, (side, side)), np.float32)
    return np.asarray(turned / turned.sum(), np.float32)
