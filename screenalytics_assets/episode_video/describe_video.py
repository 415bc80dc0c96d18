"""Description of an episode's video: its checksum and size, and the facts its container states."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from screenalytics_assets.contract.schemas import EpisodeVideo
from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.video.probe import NO_SOUND, VideoProbe, probe


def describe_video(
    ep_id: str, path: Path, key: str, report: Callable[[int], None], stream: int | None = None
) -> EpisodeVideo:
    """Probe and hash the video at `path`, whose key in the data root is `key`.

    `report` is called with the number of bytes read. `stream` is the index of the chosen video stream; without it the
    main one is used.

    Raises:
        UserError: the file is not a usable video.
    """
    facts = probe(path, stream)
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
        stream=facts.stream,
        stored_width=facts.stored_width,
        stored_height=facts.stored_height,
        sample_aspect_ratio=f"{facts.sample_aspect_ratio.numerator}:{facts.sample_aspect_ratio.denominator}",
        mirrored=facts.mirrored,
        start_offset_s=facts.start_offset_s,
        transfer=facts.transfer,
        notes=facts.notes,
        pixel_format=facts.pixel_format,
        sound_codec=facts.sound_codec,
    )


def as_probe(video: EpisodeVideo) -> VideoProbe:
    """Return the facts that `describe_video` recorded. Facts that files of older releases lack get their defaults."""
    return VideoProbe(
        container=video.container,
        codec=video.codec,
        width=video.width,
        height=video.height,
        rotation=video.rotation,
        fps=video.fps,
        duration_s=video.duration_s,
        frames_stated=video.frames_stated,
        stream=video.stream,
        stored_width=video.stored_width,
        stored_height=video.stored_height,
        sample_aspect_ratio=Fraction((video.sample_aspect_ratio or "1:1").replace(":", "/")),
        mirrored=bool(video.mirrored),
        start_offset_s=video.start_offset_s or 0.0,
        transfer=video.transfer,
        pixel_format=video.pixel_format,
        sound_codec=video.sound_codec or NO_SOUND,
        notes=video.notes or (),
    )
