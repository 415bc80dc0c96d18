"""Thumbnails: area averages of frames of any size, progressive or interlaced."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from screenalytics_resources.video.frames import FrameSource
from screenalytics_resources.video.probe import probe
from screenalytics_resources.video.thumbnails import Thumbnailer, thumbnail_size
from tests.video.films import write_film


def grey_noise(width: int, height: int) -> av.VideoFrame:
    """Return a picture in 4:2:0 whose luma is noise and whose chroma is neutral."""
    luma = np.random.default_rng(width).integers(16, 236, (height, width), np.uint8)
    chroma = np.full((height // 2, width), 128, np.uint8)
    return av.VideoFrame.from_ndarray(np.concatenate([luma, chroma]), "yuv420p")


@pytest.mark.parametrize(
    ("width", "height"),
    [
        pytest.param(640, 480, id="factor-of-4"),
        pytest.param(576, 576, id="broken-factor"),
        pytest.param(426, 240, id="lines-with-padding"),
        pytest.param(1920, 800, id="factors-differ"),
        pytest.param(240, 426, id="upright"),
        pytest.param(160, 90, id="size-of-the-thumbnail"),
    ],
)
def test_each_pixel_is_the_mean_of_its_area(width: int, height: int) -> None:
    picture = grey_noise(width, height)
    size = thumbnail_size(width, height)
    luma = cv2.resize(picture.to_ndarray()[:height].astype(np.float32), size, interpolation=cv2.INTER_AREA)
    expected = (luma - 16) * 255 / 219
    thumbnail = Thumbnailer(size).bgr(picture)
    assert thumbnail.shape == (size[1], size[0], 3)
    for channel in range(3):
        np.testing.assert_allclose(thumbnail[..., channel], expected, atol=2)


def test_one_thumbnailer_serves_frames_of_several_sizes() -> None:
    thumbnailer = Thumbnailer((160, 90))
    for width, height in ((640, 360), (320, 180), (640, 360)):
        picture = grey_noise(width, height)
        np.testing.assert_array_equal(thumbnailer.bgr(picture), Thumbnailer((160, 90)).bgr(picture))


def test_both_fields_of_interlaced_video_are_in_every_line(tmp_path: Path) -> None:
    fields = np.zeros((360, 640, 3), np.uint8)
    fields[::2] = 255
    film = write_film(tmp_path / "fields.mkv", [fields] * 3, "libx264", flags="+ilme+ildct", qp="4")
    with av.open(str(film)) as container:
        assert next(container.decode(video=0)).interlaced_frame
    for frame in FrameSource(film, probe(film), 1):
        np.testing.assert_allclose(frame.thumbnail, 130, atol=4)
