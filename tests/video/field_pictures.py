"""H.264 and MPEG-2 whose frames are coded as two fields each, as broadcasters do. FFmpeg has no encoder for it.

The macroblocks of H.264 are stored uncompressed (I_PCM), and those of MPEG-2 have a mean only, so the bitstreams are
short to write. Names and clauses are those of ITU-T H.264 unless stated otherwise.
"""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

WIDTH_MBS, HEIGHT_MBS = 4, 4
_FIELD_TICKS = 1800
"""Duration of a field at 25 frames per second, in units of 1/90000 s."""


class _Bits:
    """Bits of one NAL unit."""

    def __init__(self) -> None:
        self._bits: list[int] = []

    def u(self, count: int, value: int) -> "_Bits":
        self._bits += [value >> shift & 1 for shift in reversed(range(count))]
        return self

    def ue(self, *values: int) -> "_Bits":
        """Append Exp-Golomb codes, clause 9.1."""
        for value in values:
            length = (value + 1).bit_length()
            self.u(length - 1, 0).u(length, value + 1)
        return self

    def aligned(self) -> bytes:
        return np.packbits(self._bits).tobytes()


def _nal(header: int, payload: bytes) -> bytes:
    """Return a NAL unit with its start code and with emulation prevention, clause 7.4.1."""
    out, zeros = bytearray(), 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return b"\0\0\0\1" + bytes([header]) + bytes(out)


def _sequence_parameters(states_rate: bool) -> bytes:
    bits = _Bits().u(8, 77).u(8, 0).u(8, 30).ue(0, 0, 0, 4, 1).u(1, 0).ue(WIDTH_MBS - 1, HEIGHT_MBS // 2 - 1)
    bits.u(1, 0).u(1, 0).u(1, 1).u(1, 0).u(1, 1).u(4, 0).u(1, int(states_rate))  # frame_mbs_only_flag is 0
    if states_rate:
        bits.u(32, 1).u(32, 50).u(1, 1)
    return _nal(0x67, bits.u(3, 0).u(1, 1).u(1, 1).ue(0, 0, 10, 10, 0, 1).u(1, 1).aligned())


def _picture_parameters() -> bytes:
    return _nal(0x68, _Bits().ue(0, 0).u(2, 0).ue(0, 0, 0).u(3, 0).ue(0, 0, 0).u(3, 4).u(1, 1).aligned())


def _field(index: int, bottom: int, luma: int) -> bytes:
    """Return one field of frame `index`: a slice of type I with field_pic_flag."""
    is_idr = index == 0 and not bottom
    bits = _Bits().ue(0, 7, 0).u(4, index % 16).u(1, 1).u(1, bottom)
    if is_idr:
        bits.ue(0)
    bits.u(8, (2 * index + bottom) % 256).u(2 if is_idr else 1, 0).ue(0, 1)
    macroblock = bytes([luma]) * 256 + bytes([128]) * 128
    data = b""
    for _ in range(WIDTH_MBS * HEIGHT_MBS // 2):
        data += bits.ue(25).aligned() + macroblock
        bits = _Bits()
    return _nal(0x65 if is_idr else 0x61, data + bits.u(1, 1).aligned())


def luma_of(index: int) -> int:
    """Luma of frame `index`, in the limited range."""
    return 40 + 8 * (index % 24)


def _h264_field(index: int, bottom: int, states_rate: bool) -> bytes:
    """Return one access unit."""
    parameters = b"" if bottom else _sequence_parameters(states_rate) + _picture_parameters()
    return _nal(9, b"\x10") + parameters + _field(index, bottom, luma_of(index))


def _start(code: int, bits: _Bits) -> bytes:
    return b"\0\0\1" + bytes([code]) + bits.aligned()


def _mpeg2_field(index: int, bottom: int, states_rate: bool) -> bytes:
    """Return one field picture of ITU-T H.262 with flat intra blocks. MPEG-2 always states its rate."""
    data = b""
    if not bottom:
        size = _Bits().u(12, 16 * WIDTH_MBS).u(12, 16 * HEIGHT_MBS)
        data += _start(0xB3, size.u(4, 1).u(4, 3).u(18, 20000).u(1, 1).u(10, 100).u(3, 0))
        data += _start(0xB5, _Bits().u(4, 1).u(8, 0x48).u(1, 0).u(2, 1).u(16, 0).u(1, 1).u(16, 0))
        data += _start(0xB8, _Bits().u(12, 0).u(1, 1).u(12, 0).u(2, 2))
    data += _start(0x00, _Bits().u(10, 0).u(3, 1).u(16, 0xFFFF).u(1, 0))
    data += _start(0xB5, _Bits().u(4, 8).u(16, 0xFFFF).u(2, 0).u(2, 1 + bottom).u(10, 0))
    for row in range(HEIGHT_MBS // 2):
        bits = _Bits().u(5, 1).u(1, 0)
        for column in range(WIDTH_MBS):
            bits.u(2, 3)  # the next macroblock, intra
            _first_block(bits, luma_of(index) - 128) if column == 0 else bits.u(5, 0b10010)
            bits.u(15, 0b100101001010010).u(
                8, 0b00100010
            )  # three more of luma and two of chroma, equal to those before
        data += _start(row + 1, bits)
    return data


def _first_block(bits: _Bits, difference: int) -> None:
    """Append a block whose mean differs from the prediction, tables B-12 and B-14."""
    size = abs(difference).bit_length()
    length, prefix = {0: (3, 4), 1: (2, 0), 2: (2, 1), 3: (3, 5), 4: (3, 6), 5: (4, 14), 6: (5, 30), 7: (6, 62)}[size]
    bits.u(length, prefix).u(size, difference if difference > 0 else difference + (1 << size) - 1).u(2, 2)


_CODECS = {"h264": ("h264", _h264_field), "mpeg2": ("mpegvideo", _mpeg2_field)}
"""FFmpeg's name of the bare stream, and the function that encodes a field."""


def write_fields(path: Path, frames: int, per_packet: int, states_rate: bool = True, codec: str = "h264") -> Path:
    """Write `frames` frames of 64x64 px at 25 frames per second. A packet holds one field or both of a frame."""
    bare_format, encode = _CODECS[codec]
    fields = [encode(index, bottom, states_rate) for index in range(frames) for bottom in (0, 1)]
    raw = path.with_suffix(".bare")
    raw.write_bytes(b"".join(fields))
    with av.open(str(raw), format=bare_format) as source, av.open(str(path), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for first in range(0, len(fields), per_packet):
            packet = av.Packet(b"".join(fields[first : first + per_packet]))
            packet.pts = packet.dts = 90000 + first * _FIELD_TICKS
            packet.duration, packet.time_base = per_packet * _FIELD_TICKS, Fraction(1, 90000)
            packet.is_keyframe, packet.stream = first == 0, stream
            output.mux(packet)
    return path
