"""Recordings joined in one transport stream, whose later parts have streams that the first one lacks."""

from pathlib import Path

import pytest

from tests.video.films import decoded, greys, write_film
from tests.video.test_length import write_with_company


@pytest.mark.parametrize("times", [1, 4])
def test_streams_that_appear_later_do_no_harm(tmp_path: Path, times: int) -> None:
    first = write_film(tmp_path / "first.ts", greys(50), codec="mpeg4")
    second = write_with_company(tmp_path / "second.ts", (0, 2), None)
    path = tmp_path / "film.ts"
    path.write_bytes(first.read_bytes() + times * second.read_bytes())
    frames, source = decoded(path)
    assert len(frames) >= 50
    assert source.probe.duration_s == pytest.approx(frames[-1].ts + 0.04, abs=0.2)
