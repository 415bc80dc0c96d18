"""Fixtures of the video tests: small real videos, written with FFmpeg."""

from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

WIDTH, HEIGHT = 96, 64
MakeVideo = Callable[..., Path]


def picture(index: int, corner: bool = False) -> NDArray[np.uint8]:
    """Return frame `index`, (64, 96, 3) RGB: a grey that encodes the index, optionally with a white top left corner."""
    image = np.full((HEIGHT, WIDTH, 3), 20 + 4 * (index % 40), np.uint8)
    if corner:
        image[: HEIGHT // 4, : WIDTH // 4] = 255
    return image


@pytest.fixture
def make_video(tmp_path: Path) -> MakeVideo:
    """Write a video. `pts` is in milliseconds per frame, and the suffix of `name` selects the container."""

    def make(
        name: str = "clip.mp4",
        pts: Sequence[int] | None = None,
        frames: int = 50,
        corner: bool = False,
        codec: str = "mpeg4",
        pixels: str | None = None,
        size: tuple[int, int] = (WIDTH, HEIGHT),
        options: dict[str, str] | None = None,
    ) -> Path:
        from fractions import Fraction

        times = list(pts) if pts is not None else [40 * index for index in range(frames)]
        path = tmp_path / name
        with av.open(str(path), "w", options=options or {}) as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height = size
            stream.pix_fmt = pixels or ("yuv420p" if codec != "ffv1" else "yuv444p")
            stream.time_base = Fraction(1, 1000)
            stream.codec_context.time_base = Fraction(1, 1000)
            stream.codec_context.gop_size = 10
            for index, time in enumerate(times):
                image = np.ascontiguousarray(picture(index, corner)[: size[1], : size[0]])
                frame = av.VideoFrame.from_ndarray(image, "rgb24")
                frame.pts, frame.time_base = time, Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return make
