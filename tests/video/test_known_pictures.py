"""Kinds of files that cameras, studios, broadcasters and editors make: known frames, times, sizes and colours."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.video.films import CORNERS, Image, decoded, quadrants, write_film

FRAMES = 12
TOLERANCE = 6
"""Largest error of a colour, in levels of 0..255, after a lossy codec and conversion to YUV and back."""
BEST = {"qmin": "1", "qmax": "1"}
X264 = {"preset": "veryfast", "qp": "4"}
FULL = {**X264, "x264-params": "fullrange=on"}
X265 = {"preset": "ultrafast", "x265-params": "qp=4:log-level=none"}
INTERLACED = {"flags": "+ildct+ilme", **BEST}


def level(index: int) -> int:
    """Grey level in the middle of frame `index`."""
    return 40 + 15 * index


def numbered(width: int, height: int) -> Iterator[Image]:
    """Yield the four quadrants with a grey box in the middle that states the frame's index."""
    for index in range(FRAMES):
        image = quadrants(width, height)
        image[height * 3 // 8 : height * 5 // 8, width * 3 // 8 : width * 5 // 8] = level(index)
        yield image


def patches(image: Image) -> Image:
    """Return the mean colours (5, 3) RGB of a BGR picture: top left, top right, bottom left, bottom right, middle."""
    height, width = image.shape[:2]
    centres = [(y, x) for y in (height // 6, height * 5 // 6) for x in (width // 6, width * 5 // 6)]
    centres.append((height // 2, width // 2))
    regions = [image[y - 1 : y + 2, x - 1 : x + 2, ::-1] for y, x in centres]
    return np.array([region.mean((0, 1)) for region in regions])


def expected(index: int, grey: bool) -> Image:
    colours = np.array([*CORNERS, (level(index),) * 3], float)
    return np.repeat(colours @ [[0.299], [0.587], [0.114]], 3, 1) if grey else colours  # luma of ITU-R BT.601


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "size", "rate", "options"),
    [
        # Interlaced.
        pytest.param("film.ts", "mpeg2video", "yuv420p", (96, 64), 25, INTERLACED, id="mpeg2-interlaced"),
        pytest.param(
            "film.ts", "libx264", "yuv420p", (96, 64), 25, {**X264, "flags": "+ildct+ilme"}, id="h264-interlaced"
        ),
        pytest.param("film.mxf", "mpeg2video", "yuv422p", (96, 64), 25, INTERLACED, id="mxf-interlaced"),
        # Rates.
        pytest.param("film.mp4", "libx264", "yuv420p", (96, 64), 240, X264, id="240-fps"),
        pytest.param("film.mov", "libx265", "yuv420p", (96, 64), 240, X265, id="hevc-240-fps"),
        # Ten and more bits.
        pytest.param("film.mp4", "libx264", "yuv420p10le", (96, 64), 25, X264, id="h264-high-10"),
        pytest.param("film.mkv", "libx264", "yuv422p10le", (96, 64), 25, X264, id="h264-high-422"),
        pytest.param("film.mp4", "libx265", "yuv420p10le", (96, 64), 25, X265, id="hevc-main-10"),
        pytest.param("film.mp4", "libx265", "yuv420p12le", (96, 64), 25, X265, id="hevc-12-bits"),
        pytest.param("film.mp4", "libsvtav1", "yuv420p10le", (96, 64), 25, {"crf": "5"}, id="av1-10-bits"),
        pytest.param("film.mkv", "ffv1", "yuv420p10le", (96, 64), 25, {}, id="ffv1-10-bits"),
        pytest.param("film.mov", "v210", "yuv422p10le", (96, 64), 25, {}, id="v210"),
        # Grey.
        pytest.param("film.mkv", "ffv1", "gray", (96, 64), 25, {}, id="grey"),
        pytest.param("film.mkv", "ffv1", "gray10le", (96, 64), 25, {}, id="grey-10-bits"),
        pytest.param("film.mkv", "ffv1", "gray16le", (96, 64), 25, {}, id="grey-16-bits"),
        pytest.param("film.mp4", "libx264", "gray", (96, 64), 25, FULL, id="h264-grey"),
        pytest.param("film.mp4", "libx264", "gray10le", (96, 64), 25, FULL, id="h264-grey-10-bits"),
        # Full range.
        pytest.param("film.mp4", "libx264", "yuvj420p", (96, 64), 25, FULL, id="h264-full-range"),
        pytest.param("film.avi", "mjpeg", "yuvj422p", (96, 64), 25, BEST, id="motion-jpeg"),
        pytest.param("film.mp4", "libx264rgb", "bgr24", (96, 64), 25, X264, id="h264-rgb"),
        # Alpha.
        pytest.param("film.webm", "libvpx-vp9", "yuva420p", (96, 64), 25, {"crf": "4"}, id="vp9-alpha"),
        pytest.param("film.mov", "prores_ks", "yuva444p10le", (96, 64), 25, {}, id="prores-4444"),
        pytest.param("film.mov", "png", "rgba", (96, 64), 25, {}, id="png-alpha"),
        pytest.param("film.mov", "qtrle", "argb", (96, 64), 25, {}, id="animation-alpha"),
        pytest.param("film.mkv", "ffv1", "yuva420p", (96, 64), 25, {}, id="ffv1-alpha"),
        pytest.param("film.mkv", "ffv1", "bgra", (96, 64), 25, {}, id="ffv1-bgra"),
        # Odd sizes.
        pytest.param("film.mkv", "ffv1", "yuv420p", (161, 91), 25, {}, id="odd-size"),
        pytest.param("film.webm", "libvpx-vp9", "yuv420p", (161, 91), 25, {"crf": "4"}, id="vp9-odd-size"),
        pytest.param("film.avi", "mpeg4", "yuv420p", (161, 91), 25, BEST, id="mpeg4-odd-size"),
        pytest.param("film.mp4", "libsvtav1", "yuv420p", (161, 91), 25, {"crf": "5"}, id="av1-odd-size"),
        pytest.param("film.mov", "png", "rgb24", (161, 91), 25, {}, id="rgb-odd-size"),
        pytest.param("film.mkv", "ffv1", "yuv420p", (33, 161), 25, {}, id="narrow-odd-size"),
        pytest.param("film.mkv", "ffv1", "yuv410p", (161, 91), 25, {}, id="quarter-chroma-odd-size"),
        # Studios and downloads.
        pytest.param("film.mov", "prores_ks", "yuv422p10le", (96, 64), 25, {}, id="prores-422"),
        pytest.param("film.mxf", "mpeg2video", "yuv422p", (96, 64), 25, BEST, id="mxf"),
        pytest.param("film.mxf", "jpeg2000", "yuv422p10le", (96, 64), 25, {}, id="mxf-jpeg-2000"),
        pytest.param("film.flv", "flv", "yuv420p", (96, 64), 25, BEST, id="flv"),
        pytest.param("film.flv", "libx264", "yuv420p", (96, 64), 25, {**X264, "bf": "2"}, id="flv-h264"),
        pytest.param("film.flv", "flashsv", "bgr24", (96, 64), 25, {}, id="flash-screen-video"),
        pytest.param("film.mp4", "libsvtav1", "yuv420p", (96, 64), 25, {"crf": "5"}, id="av1"),
        pytest.param("film.mkv", "libsvtav1", "yuv420p", (96, 64), 25, {"crf": "5"}, id="av1-matroska"),
    ],
)
def test_frames_times_and_colours(
    tmp_path: Path, name: str, codec: str, pixels: str, size: tuple[int, int], rate: int, options: dict[str, str]
) -> None:
    path = write_film(tmp_path / name, numbered(*size), codec=codec, pixels=pixels, rate=rate, **options)
    frames, source = decoded(path)
    facts, report = source.probe, source.report
    assert (facts.width, facts.height, facts.fps) == (*size, rate)
    assert [frame.ts for frame in frames] == pytest.approx([index / rate for index in range(FRAMES)], abs=0.0006)
    assert facts.duration_s == pytest.approx(FRAMES / rate, abs=0.001)
    assert (report.corrupt_packets, report.clock_jumps, report.truncated) == (0, 0, False)
    for frame in frames:
        assert frame.image is not None
        assert frame.image.shape == (size[1], size[0], 3)
        colours = expected(frame.index, pixels.startswith("gray"))
        np.testing.assert_allclose(patches(frame.image), colours, atol=TOLERANCE)
        np.testing.assert_allclose(patches(frame.thumbnail), colours, atol=TOLERANCE)
