"""Stored crops: read one, and list missing ones."""

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.purged_file import purged_crops
from screenalytics_resources.artifact_store import ArtifactStore

CROP_KEY = re.compile(r"crops/track-\d{5,}/[^/]+\.jpg")
"""Key of a crop. Other paths in a damaged table are neither shown nor removed."""


def read_crop(store: ArtifactStore, ep_id: str, key: str) -> NDArray[np.uint8] | None:
    """Return the crop `frames/{ep_id}/{key}` as (h, w, 3) uint8 BGR, or None if it is missing or not an image."""
    import cv2

    path = store.frames(ep_id, *key.split("/"))
    try:
        content = np.frombuffer(path.read_bytes(), np.uint8)
    except FileNotFoundError:
        return None
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
    return None if image is None else image.astype(np.uint8, copy=False)


def missing_crops(store: ArtifactStore, ep_id: str, keys: Iterable[str]) -> list[str]:
    """Return the keys whose crop is missing or empty, apart from purged ones.

    Lists each folder once instead of looking up each crop.
    """
    folders: dict[str, set[str]] = {}
    for key in set(keys) - purged_crops(store, ep_id):
        folder, _, name = key.rpartition("/")
        folders.setdefault(folder, set()).add(name)
    missing = []
    for folder, names in sorted(folders.items()):
        entries = store.place.entries(store.frames(ep_id, *folder.split("/")))
        stored = {entry.name for entry in entries if entry.size > 0}
        missing += [f"{folder}/{name}" for name in sorted(names - stored)]
    return missing
