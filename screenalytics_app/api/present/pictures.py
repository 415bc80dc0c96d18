"""Which stored crops show a track or an identity, and sprites made of them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from screenalytics_app.actions.moderation.thumbnails import picture_keys
from screenalytics_app.api.present.episode_view import Shown
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.contact_sheet import square
from screenalytics_assets.moderation.state import ModeratedIdentity

SPRITE_SIDE = 96
"""Width and height of each picture of a sprite, px."""
SPRITE_FRAMES = 24
"""Most pictures of a sprite."""
_QUALITY = 80
"""Of the JPEG files of sprites."""


def thumbnail_key(episode: Shown, identity: ModeratedIdentity) -> str | None:
    """Return the key of the crop that is the thumbnail of an identity; None without a stored picture."""
    reps = [episode.reps[track] for track in identity.track_ids if track in episode.reps]
    stored = [rep for rep in reps if rep.crop_key not in episode.purged]
    keys = picture_keys(episode.view, identity, stored)
    return next((key for key in keys if key not in episode.purged), None)


def picture_of(episode: Shown, track: Track) -> str | None:
    """Return the key of the crop that shows a track: its representative, or its best detection without one."""
    rep = episode.reps.get(track.track_id)
    if rep is not None and rep.crop_key not in episode.purged:
        return rep.crop_key
    crops = [crop for crop in track.crops if crop.crop_key not in episode.purged]
    return max(crops, key=lambda crop: crop.det_score).crop_key if crops else None


def sprite_keys(episode: Shown, track: Track) -> tuple[str, ...]:
    """Return the keys of the crops of a track's sprite: evenly chosen, in order of time, at most `SPRITE_FRAMES`."""
    crops = [crop for crop in track.crops if crop.crop_key not in episode.purged]
    ordered = sorted(crops, key=lambda crop: crop.frame)
    count = min(len(ordered), SPRITE_FRAMES)
    chosen = np.linspace(0, len(ordered) - 1, count).round().astype(int).tolist() if count else []
    return tuple(ordered[index].crop_key for index in chosen)


def draw_sprite(keys: Sequence[str], read_crop: Callable[[str], NDArray[np.uint8] | None]) -> bytes | None:
    """Return a JPEG file of these crops side by side; None if one is missing, because its place would be empty."""
    import cv2

    tiles = []
    for key in keys:
        image = read_crop(key)
        if image is None:
            return None
        tiles.append(square(image, SPRITE_SIDE))
    if not tiles:
        return None
    encoded_ok, encoded = cv2.imencode(".jpg", np.hstack(tiles), [int(cv2.IMWRITE_JPEG_QUALITY), _QUALITY])
    if not encoded_ok:
        raise RuntimeError(f"OpenCV could not encode a sprite of {len(tiles)} pictures.")
    return encoded.tobytes()
