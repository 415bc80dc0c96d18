"""Mapping between the pixels of a frame and of a stored crop."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class CropView:
    """Mapping between pixels of the frame and of the stored crop, which may have been scaled down."""

    origin: NDArray[np.float32]
    scale: NDArray[np.float32]

    def to_crop(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert points (N, 2) from pixels of the frame to pixels of the crop."""
        return np.asarray((points - self.origin) * self.scale, dtype=np.float32)

    def to_frame(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Convert points (N, 2) from pixels of the crop to pixels of the frame."""
        return np.asarray(points / self.scale + self.origin, dtype=np.float32)


def crop_view(crop_box: tuple[float, float, float, float], image_shape: tuple[int, ...]) -> CropView:
    """Return the mapping for a crop of `crop_box`, xyxy px of the frame, stored with the shape `image_shape`."""
    x1, y1, x2, y2 = crop_box
    scale = np.array([image_shape[1] / (x2 - x1), image_shape[0] / (y2 - y1)], np.float32)
    return CropView(np.array([x1, y1], np.float32), scale)
