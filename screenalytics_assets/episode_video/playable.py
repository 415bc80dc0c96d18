"""Whether browsers play a video as it is."""

from screenalytics_assets.contract.schemas import EpisodeVideo

_WEBM = "matroska"
_MP4 = "mp4"
_CODECS = {_MP4: frozenset({"h264", "vp9", "av1"}), _WEBM: frozenset({"vp8", "vp9", "av1"})}
_SOUND = {_MP4: frozenset({"aac", "mp3", "opus", "none"}), _WEBM: frozenset({"opus", "vorbis", "none"})}
_PIXELS = frozenset({"yuv420p", "yuvj420p"})
"""8 bits per value, with a quarter of the colour values: the only layout that every browser decodes."""
_DECODERS = {
    "mp3float": "mp3",
    "libdav1d": "av1",
    "libvpx": "vp8",
    "libvpx-vp9": "vp9",
    "libopus": "opus",
    "libvorbis": "vorbis",
}
"""FFmpeg's names of decoders that differ from the codec's."""


def plays_in_browsers(video: EpisodeVideo, is_stream_chosen: bool = False) -> bool:
    """Return whether Chromium, Firefox and Safari play the picture and the sound of this file.

    Files of earlier releases do not state the layout of the pixels and the sound, which then count as usual. A browser
    plays the main video stream; if a person chose another one (`is_stream_chosen`), it would show the wrong picture.
    """
    kind = next((kind for kind in (_MP4, _WEBM) if kind in video.container), None)
    if kind is None or is_stream_chosen or video.transfer is not None:
        return False
    codec = _DECODERS.get(video.codec, video.codec)
    sound = _DECODERS.get(video.sound_codec or "none", video.sound_codec or "none")
    return codec in _CODECS[kind] and sound in _SOUND[kind] and (video.pixel_format or "yuv420p") in _PIXELS


def media_type(video: EpisodeVideo) -> str:
    """Return the media type of the file."""
    if _MP4 in video.container:
        return "video/mp4"
    return "video/webm" if _WEBM in video.container else "application/octet-stream"
