"""One coordinate system per video: later frames are scaled to the displayed size of the first."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.video.films import corners_of, decoded, quadrants, write_film


@pytest.mark.parametrize(
    ("sizes", "sar", "displayed"),
    [
        pytest.param([(96, 64), (192, 128)], None, (96, 64), id="larger"),
        pytest.param([(192, 128), (96, 64)], None, (192, 128), id="smaller"),
        pytest.param([(128, 64), (96, 128), (64, 64)], None, (128, 64), id="twice-and-other-shapes"),
        pytest.param([(96, 128), (192, 128)], Fraction(2), (192, 128), id="anamorphic"),
    ],
)
def test_later_frames_have_the_size_of_the_first(
    tmp_path: Path, sizes: list[tuple[int, int]], sar: Fraction | None, displayed: tuple[int, int]
) -> None:
    parts = [
        write_film(tmp_path / f"{index}.ts", [quadrants(*size)] * 10, codec="libx264", preset="ultrafast", sar=sar)
        for index, size in enumerate(sizes)
    ]
    path = tmp_path / "film.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames, source = decoded(path)
    assert len(frames) == 10 * len(sizes)
    assert (source.probe.width, source.probe.height) == displayed
    for frame in frames:
        assert frame.image is not None
        assert frame.image.shape[:2] == displayed[::-1]
        assert corners_of(frame.image) == [0, 1, 2, 3]
    assert len({frame.thumbnail.shape for frame in frames}) == 1
