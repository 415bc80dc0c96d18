"""High dynamic range (PQ and HLG) to the 8-bit BT.709 picture that the models were trained on.

A 3-D table holds the complete conversion and FFmpeg's filter `lut3d` applies it, which takes a few milliseconds per
megapixel. FFmpeg's own `zscale` is not part of PyAV's build.
"""

import re
import tempfile
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import av
    from av.filter import Graph

Transfer = Literal["pq", "hlg"]
TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}
"""Code points of ITU-T H.273 for SMPTE ST 2084 and ARIB STD-B67."""
REFERENCE_WHITE_NITS = 203.0
"""Diffuse white of HDR pictures, ITU-R BT.2408-7, section 2. It becomes white in BT.709."""
PEAK_NITS = 1000.0
"""Brightest highlight that keeps its detail: the nominal peak of HLG, and the usual one of PQ masters."""
KNEE = 0.8
"""Up to this share of white the picture is not compressed, so that faces keep their contrast."""
TABLE_SIZE = 33
_GAMMA_709 = 2.4
"""Exponent of the reference display of BT.709, ITU-R BT.1886."""
_BT2020_TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
"""ITU-R BT.2087-0, the inverse of its conversion of primaries."""
_LUMINANCE_2020 = np.array([0.2627, 0.6780, 0.0593])
Floats = NDArray[np.float64]


class ToneMapper:
    """Maps frames of one stream. The filters are built again if the size or format of the frames changes."""

    def __init__(self, transfer: Transfer) -> None:
        self._transfer = transfer
        self._graph: Graph | None = None
        self._key: tuple[object, ...] = ()

    def bgr(self, picture: "av.VideoFrame", size: tuple[int, int]) -> NDArray[np.uint8]:
        """Return `picture` scaled to `size` (width, height), as (H, W, 3) uint8 BGR in BT.709."""
        import av

        key = (picture.width, picture.height, picture.format.name, picture.color_range, size)
        if self._graph is None or key != self._key:
            self._graph, self._key = _graph(picture, size, self._transfer), key
        self._graph.push(picture)
        mapped = self._graph.pull()
        if not isinstance(mapped, av.VideoFrame):
            raise TypeError(f"Expected a video frame from the filters, but got {type(mapped).__name__}")
        return mapped.to_ndarray(format="bgr24").astype(np.uint8, copy=False)


def to_bt709(code: Floats, transfer: Transfer) -> Floats:
    """Convert non-linear BT.2020 RGB in [0, 1], (..., 3), to non-linear BT.709 RGB in [0, 1]."""
    nits = _pq_nits(code) if transfer == "pq" else _hlg_nits(code)
    linear = np.maximum(nits / REFERENCE_WHITE_NITS @ _BT2020_TO_BT709.T, 0.0)
    brightest = linear.max(-1, keepdims=True)
    mapped = linear * _compressed(brightest) / np.maximum(brightest, 1e-9)
    return np.asarray(np.clip(mapped, 0.0, 1.0) ** (1 / _GAMMA_709), np.float64)


def _pq_nits(code: Floats) -> Floats:
    """EOTF of PQ, ITU-R BT.2100-2, table 4."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = code ** (1 / m2)
    return np.asarray(10000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1), np.float64)


def _hlg_nits(code: Floats) -> Floats:
    """Inverse OETF and OOTF of HLG for a display of 1000 nits, ITU-R BT.2100-2, table 5."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    luminance = (scene @ _LUMINANCE_2020)[..., None]
    return np.asarray(PEAK_NITS * scene * np.maximum(luminance, 0) ** 0.2, np.float64)


def _compressed(linear: Floats) -> Floats:
    """Roll off from `KNEE` so that the peak becomes 1: the curve `mobius` of FFmpeg's filter `tonemap`."""
    peak = PEAK_NITS / REFERENCE_WHITE_NITS
    a = -KNEE * KNEE * (peak - 1) / (KNEE * KNEE - 2 * KNEE + peak)
    b = (KNEE * KNEE - 2 * KNEE * peak + peak) / (peak - 1)
    rolled = (b * b + 2 * b * KNEE + KNEE * KNEE) / (b - a) * (linear + a) / (linear + b)
    return np.where(linear <= KNEE, linear, np.minimum(rolled, 1.0))


@lru_cache
def _table(transfer: Transfer) -> str:
    """Return the conversion as a `.cube` file, red changing fastest."""
    axis = np.linspace(0, 1, TABLE_SIZE)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    values = to_bt709(np.stack([red, green, blue], -1), transfer).reshape(-1, 3)
    lines = [f"{r:.6f} {g:.6f} {b:.6f}" for r, g, b in values.tolist()]
    return "\n".join([f"LUT_3D_SIZE {TABLE_SIZE}", *lines, ""])


def _graph(picture: "av.VideoFrame", size: tuple[int, int], transfer: Transfer) -> "Graph":
    import av.filter

    with tempfile.NamedTemporaryFile("w", suffix=".cube", encoding="ascii") as table:
        table.write(_table(transfer))
        table.flush()
        graph = av.filter.Graph()
        source = graph.add_buffer(
            width=picture.width, height=picture.height, format=picture.format, time_base=Fraction(1, 1000)
        )
        full = "full" if picture.color_range == 2 else "limited"
        scale = f"{size[0]}:{size[1]}:flags=bicubic:in_color_matrix=bt2020:in_range={full}:out_range=full"
        filters = [
            graph.add("scale", scale),
            graph.add("format", "gbrp12le"),
            graph.add("lut3d", f"file={_escaped(table.name)}:interp=tetrahedral"),
            graph.add("format", "bgr24"),
            graph.add("buffersink"),
        ]
        for before, after in zip([source, *filters], filters, strict=False):
            before.link_to(after)
        graph.configure()  # reads the table
    return graph


def _escaped(text: str) -> str:
    """Escape what separates and quotes the options of a filter."""
    return re.sub(r"([\\':])", r"\\\1", text)
