"""Broadcast video whose frames are coded as two fields."""

from itertools import pairwise
from pathlib import Path

import pytest

from tests.video.field_pictures import luma_of, write_fields
from tests.video.films import decoded

FRAMES = 20


@pytest.mark.parametrize("codec", ["h264", "mpeg2"])
@pytest.mark.parametrize("name", ["film.ts", "film.mkv"])
@pytest.mark.parametrize("per_packet", [1, 2], ids=["packet-per-field", "packet-per-frame"])
def test_two_fields_are_one_frame(tmp_path: Path, name: str, per_packet: int, codec: str) -> None:
    frames, source = decoded(write_fields(tmp_path / name, FRAMES, per_packet, codec=codec))
    assert [frame.index for frame in frames] == list(range(FRAMES))
    assert frames[0].ts == 0
    assert [after.ts - before.ts for before, after in pairwise(frames)] == pytest.approx([0.04] * (FRAMES - 1))
    for frame in frames:
        assert frame.image is not None
        assert frame.image.shape == (64, 64, 3)
        assert frame.image.mean() == pytest.approx((luma_of(frame.index) - 16) * 255 / 219, abs=1.5)
    assert source.probe.fps == 25.0
    assert source.probe.duration_s == pytest.approx(0.8, abs=0.021)  # the last packet may be a field
    report = source.report
    assert (report.corrupt_packets, report.clock_jumps, report.truncated) == (0, 0, False)
