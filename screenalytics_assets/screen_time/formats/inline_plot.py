"""The plot for the metadata of a materialization: a small PNG of few colours."""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.screen_time.formats.lanes import PlottedTime
from screenalytics_assets.screen_time.formats.plot import draw

MAX_BYTES = 30_000
"""The metadata of an event hold it as text, which is a third longer."""
_COLOURS, _GREYS = 32, 16
"""Steps between the colours, and between the greys, that are left. Few colours make a PNG of a plot small."""
_SCALES = (1.0, 0.75, 0.6, 0.5)


def draw_inline(plotted: PlottedTime) -> bytes:
    """Return the plot as a PNG of at most `MAX_BYTES`: in colour as large as fits, or else in grey.

    Raises:
        ValueError: not even a small grey plot fits.
    """
    import cv2

    picture = np.asarray(cv2.imdecode(np.frombuffer(draw(plotted, "png"), np.uint8), cv2.IMREAD_COLOR), np.uint8)
    grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    for drawn, step in ((picture, _COLOURS), (grey, _GREYS)):
        for scale in _SCALES:
            content = _encode(drawn, scale, step)
            if len(content) <= MAX_BYTES:
                return content
    raise ValueError(f"Expected a plot that fits into {MAX_BYTES} bytes, but it does not fit even small and in grey.")


def _encode(picture: NDArray[np.uint8], scale: float, step: int) -> bytes:
    import cv2

    size = (int(picture.shape[1] * scale), int(picture.shape[0] * scale))
    scaled = picture if scale == 1 else cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    few = np.minimum(scaled // step * np.uint16(step) + step, 255).astype(np.uint8)
    content: bytes = cv2.imencode(".png", few, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()
    return content
