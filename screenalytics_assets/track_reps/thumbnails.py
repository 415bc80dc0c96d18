"""Thumbnails: one square picture per identity."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.contract.schemas import TrackRep
from screenalytics_assets.identities.contact_sheet import square
from screenalytics_assets.track_reps.build_reps import identity_rep


def write_thumbnails(
    folder: Path,
    identities: Sequence[Identity],
    reps: Sequence[TrackRep],
    read_crop: Callable[[str], NDArray[np.uint8] | None],
    side: int,
) -> list[str]:
    """Write `{folder}/{identity_id}/rep.jpg`, `side` px square, and return the identities without a readable crop."""
    import cv2

    missing: list[str] = []
    for identity in identities:
        rep = identity_rep(identity, reps)
        image = None if rep is None else read_crop(rep.crop_key)
        if image is None:
            missing.append(identity.identity_id)
            continue
        encoded_ok, encoded = cv2.imencode(".jpg", square(image, side), [int(cv2.IMWRITE_JPEG_QUALITY), 90])
        if not encoded_ok:
            raise RuntimeError(f"OpenCV could not encode the thumbnail of {identity.identity_id}")
        (folder / identity.identity_id).mkdir()
        (folder / identity.identity_id / "rep.jpg").write_bytes(encoded.tobytes())
    return missing
