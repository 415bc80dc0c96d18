"""The pair sheet: faces of tracks next to each other, to see whether they show the same person."""

import base64
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Face
from screenalytics_assets.identities.contact_sheet import SheetRow, draw_sheet, encode_within

TILE_PX = 96
COLUMNS = 4
MAX_BYTES = 40_000
"""Size limit of the data URI, which is a third longer than the image in it."""


def pair_row(
    first: str, second: str, similarity: float, tracks: Sequence[str], accepted: Mapping[str, Sequence[Face]]
) -> SheetRow:
    """Return the row "first | second  similarity" with the best face of each of `tracks`, which can be more than two.

    Tracks without an accepted face are omitted.
    """
    faces_of_tracks = [accepted[track] for track in tracks if accepted.get(track)]
    crops = [max(faces, key=lambda face: face.quality.score).crop_key for faces in faces_of_tracks]
    return SheetRow(f"{first} | {second}  {similarity:.2f}", crops)


def pair_sheet(rows: Sequence[SheetRow], read_crop: Callable[[str], NDArray[np.uint8] | None]) -> str:
    """Draw one or more rows as a small JPEG. Returns Markdown with a data URI of at most 40,000 bytes.

    The image is four tiles wide. Unreadable crops stay dark.
    """
    sheet = draw_sheet(rows, read_crop, TILE_PX)[:, : COLUMNS * TILE_PX]
    content = base64.b64encode(encode_within(sheet, MAX_BYTES * 3 // 4 - 100)).decode()
    return f"![pairs of tracks](data:image/jpeg;base64,{content})"
