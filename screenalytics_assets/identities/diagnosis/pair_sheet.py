"""The pair sheet: faces of tracks side by side, so that a look tells whether they show one person."""

import base64
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Face
from screenalytics_assets.identities.contact_sheet import SheetRow, draw_sheet, encode_within

TILE_PX = 96
COLUMNS = 4
MAX_BYTES = 40_000
"""Of the data URI, which is a third longer than the picture in it."""


def pair_row(
    one: str, other: str, similarity: float, tracks: Sequence[str], accepted: Mapping[str, Sequence[Face]]
) -> SheetRow:
    """The row "one | other  similarity" with the best face of each of `tracks`, which may be more than the two.

    A track without an accepted face is left out.
    """
    shown = [accepted[track] for track in tracks if accepted.get(track)]
    crops = [max(faces, key=lambda face: face.quality.score).crop_key for faces in shown]
    return SheetRow(f"{one} | {other}  {similarity:.2f}", crops)


def pair_sheet(rows: Sequence[SheetRow], read_crop: Callable[[str], NDArray[np.uint8] | None]) -> str:
    """One row or more drawn as a small JPEG: Markdown with a data URI, at most 40,000 bytes.

    It is four tiles wide; unreadable crops stay dark.
    """
    sheet = draw_sheet(rows, read_crop, TILE_PX)[:, : COLUMNS * TILE_PX]
    content = base64.b64encode(encode_within(sheet, MAX_BYTES * 3 // 4 - 100)).decode()
    return f"![pairs of tracks](data:image/jpeg;base64,{content})"
