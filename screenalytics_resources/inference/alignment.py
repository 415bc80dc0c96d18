"""Face alignment: rotates and scales a face to put its five landmarks where a recogniser expects them."""

import numpy as np
from numpy.typing import NDArray

SIDE = 112
"""Side of an aligned face, in pixels."""

TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]],
    np.float32,
)
"""Landmarks of an aligned face, in pixels, in the order of `Detections.landmarks`.

Source: Deng, Guo, Xue, Zafeiriou: ArcFace, CVPR 2019; `arcface_dst` in insightface.utils.face_align. OpenCV's
FaceRecognizerSF, which SFace was published for, uses the same five points.
"""


def align_faces(image: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Cut aligned faces out of `image`. Pixels outside the image are black.

    Args:
        image: shape (height, width, 3), BGR.
        landmarks: shape (N, 5, 2), `[x, y]` in pixels, in the order of `Detections.landmarks`.

    Returns:
        Shape (N, 112, 112, 3), BGR.

    Raises:
        ValueError: if the landmarks have another shape, or if no similarity transform exists for a face because
            its landmarks are not finite or all coincide.
    """
    import cv2

    if landmarks.ndim != 3 or landmarks.shape[1:] != (5, 2):
        raise ValueError(f"Expected landmarks of shape (N, 5, 2), but got {landmarks.shape}")
    faces = np.empty((len(landmarks), SIDE, SIDE, 3), np.uint8)
    for face, points in zip(faces, landmarks, strict=True):
        cv2.warpAffine(image, similarity_to_template(points), (SIDE, SIDE), dst=face)
    return faces


def similarity_to_template(landmarks: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the least-squares similarity transform from `landmarks`, shape (5, 2), to `TEMPLATE`.

    Returns:
        Shape (2, 3): rotation and uniform scale, then translation, in the form that `cv2.warpAffine` expects.

    Raises:
        ValueError: if no such transform exists.
    """
    from skimage.transform import SimilarityTransform

    transform = SimilarityTransform.from_estimate(landmarks, TEMPLATE) if np.isfinite(landmarks).all() else None
    if not transform:
        raise ValueError(f"No similarity transform maps the landmarks {landmarks.tolist()} onto the template")
    matrix: NDArray[np.float64] = np.asarray(transform.params[:2], np.float64)
    return matrix
