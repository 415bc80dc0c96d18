"""A longer clip from a short one: the same packets repeated, without re-encoding."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.errors import UserError
from screenalytics_resources.video.container import open_container
from screenalytics_resources.video.streams import video_stream

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream


@dataclass(frozen=True)
class LoopedClip:
    """A clip made by looping."""

    path: Path
    frames: int
    duration_s: float


@dataclass(frozen=True)
class _Plan:
    """Packets to write: all of them `rounds` times, then the first `rest_packets`. Ticks are of the time base."""

    rounds: int
    round_packets: int
    round_ticks: int
    rest_packets: int
    rest_ticks: int

    @property
    def packets(self) -> int:
        return self.rounds * self.round_packets + self.rest_packets

    @property
    def ticks(self) -> int:
        return self.rounds * self.round_ticks + self.rest_ticks


def loop_clip(source: Path, target: Path, seconds: float) -> LoopedClip:
    """Write the video packets of `source` to `target` repeatedly, up to the last keyframe within `seconds`.

    Raises:
        UserError: `source` is not a usable video, or has no keyframe to stop at within `seconds`.
        RuntimeError: the written clip does not have the planned frames and duration.
    """
    import av

    with open_container(source) as container, av.open(str(target), "w") as output:
        template = video_stream(container, source)
        stream = output.add_stream_from_template(template)
        plan = _plan(source, int(seconds / _time_base(template)))
        if plan.packets == 0:
            raise UserError(f"{source} has no keyframe to stop at within {seconds:g} s: request more seconds.")
        for number in range(plan.rounds + 1):
            packets = plan.round_packets if number < plan.rounds else plan.rest_packets
            for packet in islice(_packets(source), packets):
                _shift(packet, number * plan.round_ticks)
                packet.stream = stream
                output.mux(packet)
        looped = LoopedClip(target, plan.packets, float(plan.ticks * _time_base(template)))
    _verify(looped)
    return looped


def _plan(source: Path, limit: int) -> _Plan:
    """Plan a clip of at most `limit` ticks."""
    packets = [(packet.pts or 0, packet.duration or 0, packet.is_keyframe) for packet in _packets(source)]
    start = min(pts for pts, _, _ in packets)
    length = max(pts + duration for pts, duration, _ in packets) - start
    rounds, rest = divmod(limit, length)
    stop, (stop_pts, _, _) = max(
        (index, packet) for index, packet in enumerate(packets) if packet[2] and packet[0] - start <= rest
    )
    return _Plan(rounds, len(packets), length, stop, stop_pts - start)


def _packets(source: Path) -> "Iterator[Packet[VideoStream]]":
    with open_container(source) as container:
        for packet in container.demux(video_stream(container, source)):
            if packet.size == 0:  # the last packet only flushes a decoder
                return
            if packet.pts is None or packet.dts is None:
                raise UserError(f"{source} has packets without timestamps: convert it to MP4 first.")
            yield packet


def _shift(packet: "Packet[VideoStream]", ticks: int) -> None:
    packet.pts = (packet.pts or 0) + ticks
    packet.dts = (packet.dts or 0) + ticks


def _verify(looped: LoopedClip) -> None:
    with open_container(looped.path) as container:
        stream = video_stream(container, looped.path)
        duration = float((stream.duration or 0) * _time_base(stream))
    frames = sum(1 for _ in _packets(looped.path))
    if frames != looped.frames or abs(duration - looped.duration_s) > 0.5 * looped.duration_s / looped.frames:
        raise RuntimeError(
            f"Expected {looped.frames} frames in {looped.duration_s:.3f} s, but wrote {frames} in {duration:.3f} s"
        )


def _time_base(stream: "VideoStream") -> Fraction:
    if stream.time_base is None:
        raise ValueError("Expected a stream with a time base, but got one without")
    return stream.time_base
