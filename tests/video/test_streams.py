"""Which stream of a container is read."""

from collections.abc import Sequence
from pathlib import Path

import av
import pytest
from av.stream import Disposition

from screenalytics_resources.errors import UserError
from screenalytics_resources.video.probe import probe
from tests.video.films import Image, add_video, first_image, quadrants, write_film

SMALL, LARGE, OTHER = (48, 32), (96, 64), (80, 60)


DEFAULT, COVER = Disposition.default, Disposition.attached_pic


def write_streams(
    path: Path, sizes: Sequence[tuple[int, int]], flags: Sequence[Disposition | int], seconds: Sequence[float] = ()
) -> Path:
    """Write one video stream per size, with these dispositions, of 0.4 s or of `seconds`."""
    with av.open(str(path), "w") as output:
        pictures: list[tuple[object, Image, int]] = []
        for index, (size, flag) in enumerate(zip(sizes, flags, strict=True)):
            image = quadrants(*size)
            codec, pixels = ("mjpeg", "yuvj420p") if flag == COVER else ("mpeg4", "yuv420p")
            stream = add_video(output, image, codec, pixels, 25, {})
            stream.disposition = flag
            count = round(25 * seconds[index]) if seconds else 10
            pictures.append((stream, image, 1 if flag == COVER else count))
        for stream, image, count in pictures:
            for number in range(count):
                frame = av.VideoFrame.from_ndarray(image, "rgb24")
                frame.pts = number
                output.mux(stream.encode(frame))  # type: ignore[attr-defined]
            output.mux(stream.encode(None))  # type: ignore[attr-defined]
    return path


@pytest.mark.parametrize(
    ("sizes", "flags", "seconds", "chosen"),
    [
        pytest.param([LARGE], [0], (), 0, id="only-one"),
        pytest.param([SMALL, LARGE], [0, DEFAULT], (), 1, id="preview-first"),
        pytest.param([SMALL, LARGE], [DEFAULT, 0], (), 0, id="default-flag-wins"),
        pytest.param([SMALL, LARGE, OTHER], [0, 0, 0], (), 1, id="largest"),
        pytest.param([LARGE, LARGE], [DEFAULT, DEFAULT], (), 0, id="first-of-equals"),
        pytest.param([LARGE, OTHER], [0, 0], (0.4, 1.6), 1, id="size-times-duration"),
    ],
)
def test_the_main_stream(
    tmp_path: Path,
    sizes: list[tuple[int, int]],
    flags: list[Disposition | int],
    seconds: tuple[float, ...],
    chosen: int,
) -> None:
    path = write_streams(tmp_path / "film.mkv", sizes, flags, seconds)
    image, facts = first_image(path)
    assert facts.stream == chosen
    assert image.shape[:2] == sizes[chosen][::-1] == (facts.height, facts.width)


def test_a_cover_picture_is_never_the_film(tmp_path: Path) -> None:
    path = write_streams(tmp_path / "film.mp4", [LARGE, SMALL], [COVER, 0])
    with av.open(str(path)) as film:
        (cover,) = [stream.index for stream in film.streams.video if stream.disposition & COVER]
    assert (probe(path).width, probe(path).height) == SMALL
    with pytest.raises(UserError, match=rf"has no video stream {cover} \(it contains: 0 video, 1 video\)"):
        probe(path, cover)


def test_a_chosen_stream_is_read(tmp_path: Path) -> None:
    path = write_streams(tmp_path / "film.mkv", [SMALL, LARGE], [0, DEFAULT])
    assert (probe(path, 0).width, probe(path, 0).stream) == (48, 0)


@pytest.mark.parametrize("index", [2, -1])
def test_a_stream_that_does_not_exist_is_refused(tmp_path: Path, index: int) -> None:
    path = write_streams(tmp_path / "film.mkv", [SMALL, LARGE], [0, DEFAULT])
    with pytest.raises(UserError, match=f"has no video stream {index} .*Choose a video stream"):
        probe(path, index)


def test_a_codec_without_a_decoder_is_refused(tmp_path: Path) -> None:
    path = write_film(tmp_path / "film.mp4", [quadrants()] * 5, codec="libx264")
    path.write_bytes(path.read_bytes().replace(b"avc1", b"xyz1"))
    with pytest.raises(UserError, match="codec has no decoder here"):
        probe(path)
