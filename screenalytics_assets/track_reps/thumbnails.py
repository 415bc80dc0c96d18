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
    faces: Sequence[Face],
    read_crop: Callable[[str], NDArray[np.uint8] | None],
    side: int,
) -> list[str]:
    """Write `{folder}/{identity_id}/rep.jpg`, `side` px square, and return the identities without a readable crop.

    A face that a person chose comes before the representatives `reps`.
    """
    missing: list[str] = []
    for identity in identities:
        rep = best_rep(identity.certain_track_ids, reps)
        keys = (chosen_crop(identity, faces), None if rep is None else rep.crop_key)
        image = next((found for key in keys if key and (found := read_crop(key)) is not None), None)
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


def chosen_crop(identity: Identity, faces: Sequence[Face]) -> str | None:
    """Return the key of the crop nearest to the frame that a person chose; None without a choice or a crop."""
    chosen = identity.chosen_face
    if chosen is None:
        return None
    shown = [face for face in faces if face.track_id == chosen.track_id and face.rejection_reason != "unreadable_crop"]
    return nearest_crop(shown, chosen.ts)


def nearest_crop(pictures: Sequence[Crop] | Sequence[Face], ts: float) -> str | None:
    """Return the key of the picture nearest to `ts` seconds, the earlier one on a tie. None without any."""
    nearest = min(pictures, key=lambda picture: (abs(picture.ts - ts), picture.ts), default=None)
    return None if nearest is None else nearest.crop_key
