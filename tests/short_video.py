"""The beginning of a video, cut without re-encoding."""

from pathlib import Path


def first_seconds(video: Path, seconds: float, target: Path) -> Path:
    """Write the packets of the first `seconds` of `video` to `target`. Returns `target`."""
    import av

    with av.open(str(video)) as source, av.open(str(target), "w") as container:
        stream = source.streams.video[0]
        copy = container.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is not None and packet.pts * stream.time_base < seconds:
                packet.stream = copy
                container.mux(packet)
    return target
