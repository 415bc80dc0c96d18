"""Edit lists of MP4 and MOV: the frames and times that a player shows."""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.video.films import Image, decoded, write_film

TIMESCALE = 12800
"""Units of media times per second, as FFmpeg chooses them for 25 frames per second."""
Edit = tuple[float, float | None]
"""Length in seconds, and the start in the stored picture in seconds, or None for an empty edit."""


def with_edits(path: Path, edits: Sequence[Edit]) -> Path:
    """Replace the edit list of the only track. The index of `path` is after its frames, so no offset changes.

    ISO/IEC 14496-12, clause 8.6.6.
    """
    content = path.read_bytes()
    assert content.index(b"mdat") < content.index(b"moov")
    assert struct.pack(">I", TIMESCALE) in content[content.index(b"mdhd") :][:28]
    rows = b"".join(
        struct.pack(">IiI", round(1000 * length), -1 if start is None else round(TIMESCALE * start), 0x10000)
        for length, start in edits
    )
    table = _box(b"elst", struct.pack(">II", 0, len(edits)) + rows)
    begin = content.index(b"edts") - 4
    end = begin + struct.unpack(">I", content[begin : begin + 4])[0]
    edited = bytearray(content[:begin] + _box(b"edts", table) + content[end:])
    for name in (b"moov", b"trak"):
        size = edited.index(name) - 4
        struct.pack_into(">I", edited, size, struct.unpack_from(">I", edited, size)[0] + len(edited) - len(content))
    path.write_bytes(bytes(edited))
    return path


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def grey(index: int) -> int:
    return 20 + 4 * index


def images() -> list[Image]:
    return [np.full((64, 96, 3), grey(index), np.uint8) for index in range(50)]


@pytest.mark.parametrize("name", ["film.mp4", "film.mov"])
@pytest.mark.parametrize("b_frames", ["0", "2"], ids=["decoding-order", "b-frames"])
@pytest.mark.parametrize(
    ("edits", "shown", "cuts"),
    [
        pytest.param([(2.0, 0.0)], range(50), 0, id="everything"),
        pytest.param([(1.2, 0.8)], range(20, 50), 0, id="start-trimmed"),
        pytest.param([(0.8, 0.0)], range(20), 0, id="end-trimmed"),
        pytest.param([(0.4, 0.8)], range(20, 30), 0, id="both-trimmed"),
        pytest.param([(0.6, None), (2.0, 0.0)], range(50), 0, id="empty-edit-in-front"),
        pytest.param([(0.6, None), (1.2, 0.8)], range(20, 50), 0, id="empty-edit-and-start-trimmed"),
        pytest.param([(0.4, 0.0), (0.4, 1.2)], [*range(10), *range(30, 40)], 1, id="cut-in-the-middle"),
    ],
)
def test_a_player_shows_the_edited_frames(
    tmp_path: Path, name: str, b_frames: str, edits: list[Edit], shown: Sequence[int], cuts: int
) -> None:
    path = write_film(tmp_path / name, images(), codec="libx264", preset="veryfast", qp="4", bf=b_frames)
    delay = 0.0 if b_frames == "0" else 0.08  # the first frame is presented this late in the stored times
    edits = [(length, start if start is None else start + delay) for length, start in edits]
    frames, source = decoded(with_edits(path, edits))
    assert [round((frame.image.mean() - 20) / 4) for frame in frames if frame.image is not None] == list(shown)
    # FFmpeg presents the frames after a cut late by up to the delay.
    late = cuts * delay + 1e-6
    assert [frame.ts for frame in frames] == pytest.approx([0.04 * k for k in range(len(shown))], abs=late)
    assert source.probe.duration_s == pytest.approx(0.04 * len(shown), abs=0.041)
    assert (source.report.clock_jumps, source.report.truncated) == (0, False)
