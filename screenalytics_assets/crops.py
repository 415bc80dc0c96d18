"""Reading of stored crops."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.artifact_store import ArtifactStore


def read_crop(store: ArtifactStore, ep_id: str, key: str) -> NDArray[np.uint8] | None:
    """The crop `frames/{ep_id}/{key}` as (h, w, 3) uint8 BGR, or None where it is missing or no picture."""
    import cv2

    path = store.frames(ep_id, *key.split("/"))
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except FileNotFoundError:
        return None
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    return None if image is None else image.astype(np.uint8, copy=False)
