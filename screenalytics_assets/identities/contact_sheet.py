"""The contact sheet: one row of faces per identity, for a quick visual check."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.contract.schemas import Face

TILE_PX = 96
FACES_PER_ROW = 8
CAPTION_PX = 22
MAX_ROWS = 40
_BACKGROUND = 24
_TEXT = (230, 230, 230)


@dataclass(frozen=True)
class SheetRow:
    """One row of a sheet: a caption and the keys of the crops below it."""

    caption: str
    crop_keys: Sequence[str]


def sheet_rows(identities: Sequence[Identity], accepted: dict[str, list[Face]]) -> list[SheetRow]:
    """Return one row per identity for the `MAX_ROWS` identities that are longest on screen.

    A row shows the best face of each track first, then the second best, and so on.
    """
    order = sorted(identities, key=lambda identity: (-identity.seconds_on_screen, identity.identity_id))
    return [SheetRow(_caption(identity), _best_crops(identity, accepted)) for identity in order[:MAX_ROWS]]


def draw_sheet(
    rows: Sequence[SheetRow], read_crop: Callable[[str], NDArray[np.uint8] | None], tile: int = TILE_PX
) -> NDArray[np.uint8]:
    """Draw the sheet, (H, W, 3) uint8 BGR, `FACES_PER_ROW` tiles of `tile` px wide. Unreadable crops stay dark."""
    height = max(1, len(rows)) * (tile + CAPTION_PX)
    sheet = np.full((height, FACES_PER_ROW * tile, 3), _BACKGROUND, np.uint8)
    if not rows:
        _write(sheet, "no faces in this episode", 0)
    for number, row in enumerate(rows):
        top = number * (tile + CAPTION_PX)
        _write(sheet, row.caption, top)
        for column, key in enumerate(row.crop_keys):
            image = read_crop(key)
            if image is not None:
                left = column * tile
                sheet[top + CAPTION_PX : top + CAPTION_PX + tile, left : left + tile] = square(image, tile)
    return sheet


def encode_within(sheet: NDArray[np.uint8], max_bytes: int) -> bytes:
    """Encode `sheet` as a JPEG of at most `max_bytes`. Lowers the quality first, then the size.

    Raises:
        ValueError: an image with a longer side of 32 px is still too large.
    """
    import cv2

    for side in (max(sheet.shape[:2]), 2048, 1024, 512, 384, 256, 128, 32):
        scale = min(1.0, side / max(sheet.shape[:2]))
        size = (max(1, int(sheet.shape[1] * scale)), max(1, int(sheet.shape[0] * scale)))
        picture = cv2.resize(sheet, size, interpolation=cv2.INTER_AREA) if scale < 1 else sheet
        for quality in (85, 70, 50, 35):
            content: bytes = cv2.imencode(".jpg", picture, [int(cv2.IMWRITE_JPEG_QUALITY), quality])[1].tobytes()
            if len(content) <= max_bytes:
                return content
    raise ValueError(f"Expected a sheet that fits into {max_bytes} bytes, but it does not fit even at 32 px.")


def square(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Crop `image` (h, w, 3) to the square in its middle and scale it to `side` px."""
    import cv2

    height, width = image.shape[:2]
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    middle = image[top : top + short, left : left + short]
    return np.asarray(cv2.resize(middle, (side, side), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _caption(identity: Identity) -> str:
    tracks = len(identity.track_ids)
    flag = "  LOW COHESION" if identity.low_cohesion else ""
    return f"{identity.identity_id}  {tracks} track{'s' * (tracks != 1)}  {identity.seconds_on_screen:.1f} s{flag}"


def _best_crops(identity: Identity, accepted: dict[str, list[Face]]) -> list[str]:
    tracks = [accepted.get(track, []) for track in identity.certain_track_ids]
    ranked = [sorted(faces, key=lambda face: -face.quality.score) for faces in tracks]
    rounds = max(len(faces) for faces in ranked)
    turns = [faces[turn] for turn in range(rounds) for faces in ranked if turn < len(faces)]
    return [face.crop_key for face in turns[:FACES_PER_ROW]]


def _write(sheet: NDArray[np.uint8], text: str, top: int) -> None:
    import cv2

    cv2.putText(sheet, text, (6, top + 15), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _TEXT, 1, cv2.LINE_AA)
