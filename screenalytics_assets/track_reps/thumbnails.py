"""Thumbnails: one square picture per identity."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.contract.schemas import Crop, Face, TrackRep
from screenalytics_assets.identities.contact_sheet import square
from screenalytics_assets.track_reps.build_reps import best_rep

THUMBNAIL = "rep.jpg"


def write_thumbnails(
    folder: Path,
    identities: Sequence[Identity],
    reps: Sequence[TrackRep],
    read_crop: Callable[[str], NDArray[np.uint8] | None],
    side: int,
) -> list[str]:
    """Write `{folder}/{identity_id}/rep.jpg`, `side` px square, and return the identities without a readable crop."""
    missing: list[str] = []
    for identity in identities:
        rep = best_rep(identity.certain_track_ids, reps)
        image = None if rep is None else read_crop(rep.crop_key)
        if image is None:
            missing.append(identity.identity_id)
            continue
        (folder / identity.identity_id).mkdir()
        (folder / identity.identity_id / THUMBNAIL).write_bytes(thumbnail(image, side))
    return missing


def thumbnail(image: NDArray[np.uint8], side: int) -> bytes:
    """Return a JPEG file, `side` px square, of the middle of `image` (h, w, 3) uint8 BGR."""
    import cv2

    encoded_ok, encoded = cv2.imencode(".jpg", square(image, side), [int(cv2.IMWRITE_JPEG_QUALITY), 90])
    if not encoded_ok:
        raise RuntimeError(f"OpenCV could not encode a thumbnail of {side} px.")
    return encoded.tobytes()


def nearest_crop(pictures: Sequence[Crop] | Sequence[Face], ts: float) -> str | None:
    """Return the key of the picture nearest to `ts` seconds, the earlier one on a tie. None without any."""
    nearest = min(pictures, key=lambda picture: (abs(picture.ts - ts), picture.ts), default=None)
    return None if nearest is None else nearest.crop_key
