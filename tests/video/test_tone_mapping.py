"""Tone mapping: the SDR picture comes back from its PQ and HLG versions, and highlights keep their detail."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.video.tone_mapping import REFERENCE_WHITE_NITS, Transfer, to_bt709
from tests.video.films import Image, add_video, decoded

Floats = NDArray[np.float64]
BT709_TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
"""ITU-R BT.2087-0."""
LUMINANCE = np.array([0.2627, 0.6780, 0.0593])


def pq(nits: Floats) -> Floats:
    """Inverse EOTF of PQ, ITU-R BT.2100-2, table 4."""
    y = (nits / 10000) ** (2610 / 16384)
    return np.asarray(((3424 / 4096 + 2413 / 128 * y) / (1 + 2392 / 128 * y)) ** (2523 / 32))


def hlg(nits: Floats) -> Floats:
    """Inverse OOTF for 1000 nits and OETF of HLG, ITU-R BT.2100-2, table 5."""
    display = nits / 1000
    scene = display * np.maximum(display @ LUMINANCE, 1e-9)[..., None] ** (-1 / 6)
    upper = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), upper)


CODES: dict[Transfer, Callable[[Floats], Floats]] = {"pq": pq, "hlg": hlg}
POINTS: dict[Transfer, int] = {"pq": 16, "hlg": 18}


def portrait(width: int = 96, height: int = 64) -> Image:
    """Return smooth shapes in skin-like and other colours, (height, width, 3) RGB, up to white."""
    y, x = np.mgrid[0:height, 0:width]
    bell = np.exp(-(((x - width / 2) / 20) ** 2 + ((y - height / 2) / 16) ** 2))
    stripes = 0.5 + 0.5 * np.sin(x / 6)
    red, green, blue = 0.15 + 0.75 * bell, 0.1 + 0.55 * bell + 0.2 * stripes, 0.12 + 0.4 * bell + 0.1 * y / height
    return np.asarray(np.round(255 * np.clip(np.stack([red, green, blue], -1), 0, 1)), np.uint8)


def in_hdr(image: Image, transfer: Transfer) -> Floats:
    """Convert 8-bit BT.709 for a display with exponent 2.4 to non-linear BT.2020."""
    nits = REFERENCE_WHITE_NITS * (image / 255) ** 2.4 @ BT709_TO_BT2020.T
    return CODES[transfer](nits)


def write_hdr(path: Path, code: Floats, transfer: Transfer, frames: int = 3) -> Path:
    """Write non-linear BT.2020 RGB as 10-bit limited-range YUV with the tags of `transfer`."""
    luma = code @ LUMINANCE
    planes = (876 * luma + 64, 896 * (code[..., 2] - luma) / 1.8814 + 512, 896 * (code[..., 0] - luma) / 1.4746 + 512)
    with av.open(str(path), "w") as output:
        stream = add_video(output, np.zeros((*luma.shape, 3), np.uint8), "ffv1", "yuv444p10le", 25, {})
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace, context.color_range = POINTS[transfer], 9, 9, 1
        for index in range(frames):
            frame = av.VideoFrame(luma.shape[1], luma.shape[0], "yuv444p10le")
            for plane, values in zip(frame.planes, planes, strict=True):
                lines = np.zeros((plane.height, plane.line_size // 2), "<u2")
                lines[:, : plane.width] = np.round(values)
                plane.update(lines.tobytes())
            frame.pts, frame.time_base = index, Fraction(1, 25)
            frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range = POINTS[transfer], 9, 9, 1
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_the_sdr_picture_comes_back(tmp_path: Path, transfer: Transfer) -> None:
    sdr = portrait()
    frames, source = decoded(write_hdr(tmp_path / "film.mkv", in_hdr(sdr, transfer), transfer))
    assert source.probe.transfer == transfer
    assert len(frames) == 3
    for frame in frames:
        assert frame.image is not None
        mapped, expected = frame.image[..., ::-1].astype(float), sdr.astype(float)
        assert np.corrcoef(mapped.ravel(), expected.ravel())[0, 1] > 0.99
        assert mapped.std() == pytest.approx(expected.std(), rel=0.03)
        assert mapped.mean() == pytest.approx(expected.mean(), rel=0.03)
        assert frame.thumbnail.std() == pytest.approx(frame.image.std(), rel=0.05)


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_highlights_keep_their_detail(transfer: Transfer) -> None:
    nits = np.array([0, 50, 100, 150, 203, 300, 500, 800, 990], float)
    grey = to_bt709(CODES[transfer](np.repeat(nits[:, None], 3, 1)), transfer)[:, 0]
    assert np.all(np.diff(grey) > 0)
    assert np.all(np.diff(grey)[:6] > 0.01), "different up to 500 nits in 8 bits"
    assert grey[0] == pytest.approx(0, abs=0.01)
    assert grey[2] == pytest.approx((100 / REFERENCE_WHITE_NITS) ** (1 / 2.4), abs=0.01)
    assert grey[4] > 0.94
    assert grey[-1] == pytest.approx(1, abs=0.01)


def test_brighter_than_the_peak_is_white() -> None:
    white = to_bt709(pq(np.full((1, 3), 10000.0)), "pq")
    assert white == pytest.approx(np.ones((1, 3)), abs=1e-3)


def test_other_ten_bit_video_is_not_mapped(tmp_path: Path) -> None:
    path = write_hdr(tmp_path / "film.mkv", portrait() / 255, "pq")
    path.write_bytes(path.read_bytes().replace(b"\x55\xba\x81\x10", b"\x55\xba\x81\x01"))  # TransferCharacteristics
    frames, source = decoded(path)
    assert source.probe.transfer is None
    assert frames[0].image is not None
    np.testing.assert_allclose(frames[0].image[..., ::-1].astype(int), portrait().astype(int), atol=4)
