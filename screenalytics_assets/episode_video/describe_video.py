"""Description of an episode's video: its checksum and size, and the facts its container states."""

from collections.abc import Callable
from pathlib import Path

from screenalytics_assets.contract.schemas import EpisodeVideo
from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.video.probe import VideoProbe, probe


def describe_video(ep_id: str, path: Path, key: str, report: Callable[[int], None]) -> EpisodeVideo:
    """Probe and hash the video at `path`, whose key in the data root is `key`.

    `report` is called with the number of bytes read.

    Raises:
        UserError: the file is not a usable video.
    """
    facts = probe(path)
    return EpisodeVideo(
        ep_id=ep_id,
        video_key=key,
        sha256=file_sha256(path, report),
        size_bytes=path.stat().st_size,
        container=facts.container,
        codec=facts.codec,
        width=facts.width,
        height=facts.height,
        rotation=facts.rotation,
        fps=facts.fps,
        duration_s=facts.duration_s,
        frames_stated=facts.frames_stated,
    )


def as_probe(video: EpisodeVideo) -> VideoProbe:
    """Return the container facts that `describe_video` recorded."""
    return VideoProbe(
        container=video.container,
        codec=video.codec,
        width=video.width,
        height=video.height,
        rotation=video.rotation,
        fps=video.fps,
        duration_s=video.duration_s,
        frames_stated=video.frames_stated,
    )
