"""A video at half its width and height, encoded again."""

from pathlib import Path

from screenalytics_resources.video.container import open_container
from screenalytics_resources.video.streams import video_stream


def write_at_half_size(source: Path, target: Path) -> None:
    """Write the picture of `source` as H.264 at half its width and height, with the same times, without sound."""
    import av

    with open_container(source) as container, av.open(str(target), "w") as output:
        original = video_stream(container, source)
        stream = output.add_stream("libx264", rate=original.average_rate)
        stream.width, stream.height = (side // 4 * 2 for side in (original.width, original.height))
        stream.pix_fmt, stream.time_base = "yuv420p", original.time_base
        stream.options = {"crf": "20"}
        for frame in container.decode(original):
            smaller = frame.reformat(stream.width, stream.height, "yuv420p")
            smaller.pts, smaller.time_base = frame.pts, frame.time_base
            output.mux(stream.encode(smaller))
        output.mux(stream.encode(None))
