"""Which videos browsers play as they are."""

import pytest

from screenalytics_assets.contract.schemas import EpisodeVideo
from screenalytics_assets.episode_video.playable import media_type, plays_in_browsers

USUAL = EpisodeVideo(
    ep_id="demo-s01e01",
    video_key="videos/demo-s01e01/episode.mp4",
    sha256="0" * 64,
    size_bytes=1,
    container="mov,mp4,m4a,3gp,3g2,mj2",
    codec="h264",
    width=640,
    height=360,
    rotation=0,
    fps=25.0,
    duration_s=1.0,
    frames_stated=25,
    pixel_format="yuv420p",
    sound_codec="aac",
)
WEBM = {"container": "matroska,webm", "codec": "vp9", "sound_codec": "opus"}


@pytest.mark.parametrize(
    ("changes", "plays"),
    [
        pytest.param({}, True, id="H.264 and AAC in MP4"),
        pytest.param({"sound_codec": "none"}, True, id="without sound"),
        pytest.param({"sound_codec": "mp3float"}, True, id="MP3, as FFmpeg names its decoder"),
        pytest.param({"pixel_format": None, "sound_codec": None}, True, id="of an earlier release"),
        pytest.param({"codec": "libdav1d"}, True, id="AV1, as FFmpeg names its decoder"),
        pytest.param(WEBM, True, id="VP9 and Opus in WebM"),
        pytest.param(WEBM | {"codec": "vp8", "sound_codec": "vorbis"}, True, id="VP8 and Vorbis in WebM"),
        pytest.param({"codec": "mpeg4"}, False, id="MPEG-4 part 2"),
        pytest.param({"codec": "hevc"}, False, id="HEVC"),
        pytest.param({"sound_codec": "ac3"}, False, id="Dolby sound"),
        pytest.param({"pixel_format": "yuv420p10le"}, False, id="ten bits"),
        pytest.param({"pixel_format": "yuv422p"}, False, id="4:2:2"),
        pytest.param({"transfer": "pq"}, False, id="high dynamic range"),
        pytest.param({"container": "mpegts"}, False, id="MPEG-TS"),
        pytest.param({"container": "matroska,webm"}, False, id="H.264 in MKV"),
        pytest.param({"container": "avi"}, False, id="AVI"),
    ],
)
def test_browsers_play_usual_codecs_in_usual_containers(changes: dict[str, str], plays: bool) -> None:
    assert plays_in_browsers(USUAL.model_copy(update=changes)) is plays


def test_a_browser_would_show_another_stream_than_the_chosen_one() -> None:
    assert not plays_in_browsers(USUAL, is_stream_chosen=True)


@pytest.mark.parametrize(
    ("container", "kind"),
    [
        pytest.param("mov,mp4,m4a,3gp,3g2,mj2", "video/mp4", id="MP4"),
        pytest.param("matroska,webm", "video/webm", id="WebM"),
        pytest.param("mpegts", "application/octet-stream", id="another"),
    ],
)
def test_the_media_type_follows_the_container(container: str, kind: str) -> None:
    assert media_type(USUAL.model_copy(update={"container": container})) == kind
