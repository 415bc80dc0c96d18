"""All tracks in two dimensions, coloured by identity: where to look if one identity swallows the others."""

import colorsys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.track_embeddings.track_map import track_map

FEWEST_TRACKS, MOST_TRACKS = 50, 1_000
"""Below, the contact sheet shows everything, and the picture would take longer than the clustering. Above, it takes
more than three seconds."""
SIDE, MARGIN, RADIUS = 640, 24, 5
COLOURED = 12
"""Identities with a colour of their own, those with the most tracks. The others are grey."""
_BACKGROUND, _GREY, _TEXT = (250, 250, 250), (150, 150, 150), (40, 40, 40)


def map_picture(
    vectors: NDArray[np.float32], tracks: Sequence[str], identities: Sequence[Identity]
) -> NDArray[np.uint8]:
    """Draw the map, (640, 640, 3) uint8 BGR: a dot per track, and the number of each coloured identity in its middle.

    `vectors` (n, D) are the unit embeddings of `tracks`. Tracks in no identity are circles.
    """
    import cv2

    position = track_map(vectors)
    points = np.round(MARGIN + (position + 1) / 2 * (SIDE - 1 - 2 * MARGIN)).astype(int)
    home = {track: identity.identity_id for identity in identities for track in identity.track_ids}
    largest = sorted(identities, key=lambda identity: (-len(identity.track_ids), identity.identity_id))[:COLOURED]
    colours = {identity.identity_id: _colour(number) for number, identity in enumerate(largest)}
    picture = np.full((SIDE, SIDE, 3), _BACKGROUND, np.uint8)
    for track, (x, y) in zip(tracks, points.tolist(), strict=True):
        identity_id = home.get(track)
        filled = cv2.FILLED if identity_id else 1
        cv2.circle(picture, (x, y), RADIUS, colours.get(identity_id or "", _GREY), filled, cv2.LINE_AA)
    for identity_id in colours:
        own = points[[row for row, track in enumerate(tracks) if home.get(track) == identity_id]]
        if len(own):
            x, y = np.median(own, axis=0).astype(int).tolist()
            text = str(int(identity_id.rpartition("-")[2]))
            cv2.putText(picture, text, (x + 6, y - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.5, _BACKGROUND, 4, cv2.LINE_AA)
            cv2.putText(picture, text, (x + 6, y - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.5, _TEXT, 1, cv2.LINE_AA)
    return picture


def _colour(number: int) -> tuple[int, int, int]:
    """Return a colour (BGR) that differs from those of other numbers below `COLOURED`."""
    red, green, blue = colorsys.hls_to_rgb(number / COLOURED, 0.38 if number % 2 else 0.55, 0.75)
    return round(255 * blue), round(255 * green), round(255 * red)
