"""Small films with the oddities of real files, written with PyAV."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.video.frames import Frame, FrameSource
from screenalytics_resources.video.probe import VideoProbe, probe

Image = NDArray[np.uint8]
WHITE, RED, GREEN, BLUE = (255, 255, 255), (220, 30, 30), (30, 200, 30), (40, 40, 230)
CORNERS = (WHITE, RED, GREEN, BLUE)
"""RGB of the quadrants of `quadrants`: top left, top right, bottom left, bottom right."""


def quadrants(width: int = 96, height: int = 64) -> Image:
    """Return a picture (height, width, 3) RGB with another colour in each quadrant, so that no orientation is alike."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2], image[: height // 2, width // 2 :] = CORNERS[:2]
    image[height // 2 :, : width // 2], image[height // 2 :, width // 2 :] = CORNERS[2:]
    return image


def write_film(
    path: Path,
    images: Iterable[Image],
    codec: str = "mpeg4",
    pixels: str = "yuv420p",
    milliseconds: Sequence[int] | None = None,
    sar: Fraction | None = None,
    matrix: Sequence[int] | None = None,
    container: str | None = None,
    rate: int = 25,
    **options: str,
) -> Path:
    """Encode RGB `images`. `milliseconds` are their times; without them they follow each other at `rate`.

    `options` are those of the container and of the codec.
    """
    with av.open(str(path), "w", format=container, options=options) as output:
        stream: Any = None
        for index, image in enumerate(images):
            if stream is None:
                stream = add_video(output, image, codec, pixels, rate, options)
                stream.codec_context.time_base = Fraction(1, 1000) if milliseconds else Fraction(1, rate)
                if sar:
                    stream.codec_context.sample_aspect_ratio = sar
                if matrix:
                    stream.set_display_matrix(matrix)
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame.pts = milliseconds[index] if milliseconds else index
            frame.time_base = stream.codec_context.time_base
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def add_video(output: Any, image: Image, codec: str, pixels: str, rate: int, options: dict[str, str]) -> Any:
    stream = output.add_stream(codec, rate=rate, options=options)
    stream.height, stream.width = image.shape[:2]
    stream.pix_fmt = pixels
    return stream


def greys(count: int, width: int = 96, height: int = 64) -> Iterable[Image]:
    for index in range(count):
        yield np.full((height, width, 3), 20 + 4 * (index % 40), np.uint8)


def remux(source: Path, target: Path, shift_s: float = 0.0, container: str | None = None) -> Path:
    """Copy the packets of a film into another container, later by `shift_s` seconds."""
    with av.open(str(source)) as film, av.open(str(target), "w", format=container) as output:
        stream = film.streams.video[0]
        copy = output.add_stream_from_template(stream)
        assert stream.time_base is not None
        ticks = int(shift_s / stream.time_base)
        for packet in film.demux(stream):
            if packet.dts is not None:
                packet.pts, packet.dts = (packet.pts or 0) + ticks, packet.dts + ticks
                packet.stream = copy
                output.mux(packet)
    return target


def decoded(path: Path, stride: int = 1, stream: int | None = None) -> tuple[list[Frame], FrameSource]:
    source = FrameSource(path, probe(path, stream), stride)
    return list(source), source


def first_image(path: Path) -> tuple[Image, VideoProbe]:
    facts = probe(path)
    frame = next(iter(FrameSource(path, facts, 1)))
    assert frame.image is not None
    return frame.image, facts


def corners_of(image: Image) -> list[int]:
    """Return which of `CORNERS` is in the corners of a BGR image: top left, top right, bottom left, bottom right."""
    height, width = image.shape[:2]
    points = [(y, x) for y in (height // 8, -height // 8) for x in (width // 8, -width // 8)]
    colours = np.array(CORNERS)
    return [int(np.abs(colours - image[y, x, ::-1].astype(int)).sum(1).argmin()) for y, x in points]
