"""What is a video: containers that are read, names that are only names, and everything else refused in one sentence."""

import os
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.video import container as module
from screenalytics_resources.video import probe as probe_module
from screenalytics_resources.video.container import video_errors
from screenalytics_resources.video.probe import probe
from tests.video.films import decoded, greys, quadrants, remux, write_film

Maker = Callable[[Path], Path]


def film(path: Path) -> Path:
    return write_film(path, [quadrants()] * 5, codec="libx264", preset="ultrafast")


def words(path: Path) -> Path:
    path.write_text("a person is on screen\n" * 400)
    return path


def concat_list(path: Path) -> Path:
    film(path.parent / "good.mp4")
    path.write_text("ffconcat version 1.0\nfile 'good.mp4'\n")
    return path


def playlist(path: Path) -> Path:
    good = film(path.parent / "good.mp4")
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:4,\n{good}\n#EXT-X-ENDLIST\n")
    return path


def network_playlist(path: Path) -> Path:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:4,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n")
    return path


def session_description(path: Path) -> Path:
    path.write_text("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n")
    return path


def image(codec: str, pixels: str) -> Maker:
    return lambda path: write_film(path, [quadrants()], codec, pixels, container="image2", update="1")


def animation(path: Path) -> Path:
    return write_film(path, greys(5), codec="gif", pixels="rgb8")


def still_avif(path: Path) -> Path:
    return write_film(path, [quadrants()], codec="libsvtav1", container="avif")


def bare_stream(path: Path) -> Path:
    return write_film(path, greys(5), codec="libx264", container="h264")


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        pytest.param("notes.txt", words, "cannot be read as a video (unknown container)", id="text"),
        pytest.param("notes.mp4", words, "cannot be read as a video", id="text-named-as-a-video"),
        pytest.param("list.ffconcat", concat_list, "cannot be read as a video", id="concat-list"),
        pytest.param("list.mp4", concat_list, "cannot be read as a video", id="concat-list-named-as-a-video"),
        pytest.param("list.m3u8", playlist, "cannot be read as a video", id="playlist"),
        pytest.param("list.mp4", playlist, "cannot be read as a video", id="playlist-named-as-a-video"),
        pytest.param("net.m3u8", network_playlist, "cannot be read as a video", id="network-playlist"),
        pytest.param("live.sdp", session_description, "cannot be read as a video", id="session-description"),
        pytest.param("photo.jpg", image("mjpeg", "yuvj420p"), "cannot be read as a video", id="jpeg"),
        pytest.param("photo.mp4", image("mjpeg", "yuvj420p"), "cannot be read as a video", id="jpeg-named-as-a-video"),
        pytest.param("photo.png", image("png", "rgb24"), "cannot be read as a video", id="png"),
        pytest.param("moving.gif", animation, "cannot be read as a video", id="gif"),
        pytest.param("photo.avif", still_avif, "is a single image, not a video", id="avif"),
        pytest.param("film.h264", bare_stream, "cannot be read as a video", id="bare-stream"),
    ],
)
def test_what_is_no_video_is_refused(tmp_path: Path, name: str, make: Maker, message: str) -> None:
    path = make(tmp_path / name)
    with pytest.raises(UserError) as error:
        probe(path)
    assert message in str(error.value)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name",
    ["2026-01-01T20:15.mp4", "http:film.mp4", "concat:a.mp4|b.mp4", "-.mp4", "a b%20%d.mp4", "[x].mp4", "f\u00fcr.mp4"],
)
def test_names_are_only_names(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    film(tmp_path / "film.mp4").rename(tmp_path / name)
    assert probe(tmp_path / name).frames_stated == 5
    monkeypatch.chdir(tmp_path)
    assert probe(Path(name)).frames_stated == 5


def test_a_name_that_is_not_utf_8_is_only_a_name(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"latin\xe9.mp4")
    film(tmp_path / "film.mp4").rename(path)
    assert len(decoded(path)[0]) == 5


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(os.mkfifo, id="fifo"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), id="device"),
        pytest.param(lambda path: path.mkdir(), id="folder"),
    ],
)
def test_only_regular_files_are_opened(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "film.mp4")
    with pytest.raises(UserError, match="is not a file"):
        probe(tmp_path / "film.mp4")


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.symlink_to(path)
    with pytest.raises(UserError, match="cannot be read"):
        probe(path)


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(13, "Permission denied"),
        OSError(5, "Input/output error"),
        ValueError("no such thing"),
        OverflowError("too large"),
        MemoryError(),
        AttributeError("'NoneType' object has no attribute 'width'"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        av.error.DecoderNotFoundError(1128613112, "Decoder not found"),
        av.error.ExternalError(542398533, "Generic error in an external library"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_every_error_becomes_one_sentence(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(UserError) as caught, video_errors(tmp_path / "film.mp4"):
        raise error
    assert str(caught.value).startswith(str(tmp_path / "film.mp4"))


def test_a_bug_elsewhere_is_not_hidden(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), video_errors(tmp_path / "film.mp4"):
        raise KeyboardInterrupt


def test_the_limit_on_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "film.mp4")
    monkeypatch.setattr(probe_module, "MOST_MEGAPIXELS", 0.005)
    with pytest.raises(UserError, match=r"has frames of 96x64 px, 0 megapixels; the limit is 0\.005\. Scale it down"):
        probe(path)


def test_a_larger_frame_midway_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [
        write_film(tmp_path / f"{width}.ts", greys(10, width, 64), codec="mpeg2video", container="mpegts")
        for width in (96, 2048)
    ]
    path = tmp_path / "film.ts"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    monkeypatch.setattr("screenalytics_resources.video.frames.MOST_MEGAPIXELS", 0.05)
    frames, source = decoded(path)
    assert 9 <= len(frames) <= 10  # the decoder may lose its last frame where the size changes
    assert {frame.image.shape for frame in frames if frame.image is not None} == {(64, 96, 3)}
    assert source.report.corrupt_packets > 0


@pytest.mark.parametrize(
    ("name", "codec", "size", "rate", "options"),
    [
        pytest.param("film.ts", "mpeg2video", (96, 64), 25, {"flags": "+ildct+ilme"}, id="interlaced-ts"),
        pytest.param("film.mp4", "libx264", (96, 64), 240, {}, id="240-fps"),
        pytest.param(
            "film.mp4", "libx264", (96, 64), 25, {"movflags": "frag_keyframe+empty_moov", "g": "5"}, id="fragmented"
        ),
        pytest.param("film.mkv", "ffv1", (97, 65), 25, {}, id="odd-size"),
        pytest.param("film.mov", "prores_ks", (96, 64), 25, {}, id="prores"),
        pytest.param("film.webm", "libvpx-vp9", (96, 64), 25, {}, id="vp9"),
        pytest.param("film.mp4", "libsvtav1", (96, 64), 25, {}, id="av1"),
        pytest.param("film.mxf", "mpeg2video", (96, 64), 25, {}, id="mxf"),
        pytest.param("film.flv", "flv", (96, 64), 25, {}, id="flv"),
        pytest.param("film.wmv", "wmv2", (96, 64), 25, {}, id="wmv"),
        pytest.param("film.mpg", "mpeg2video", (96, 64), 25, {}, id="mpeg"),
        pytest.param("film.nut", "mpeg4", (96, 64), 25, {}, id="nut"),
        pytest.param("film.dv", "dvvideo", (720, 576), 25, {}, id="dv"),
        pytest.param("film.rm", "rv20", (176, 144), 25, {}, id="realmedia"),
    ],
)
def test_films_that_are_read(
    tmp_path: Path, name: str, codec: str, size: tuple[int, int], rate: int, options: dict[str, str]
) -> None:
    pixels = {"ffv1": "yuv444p", "prores_ks": "yuv422p10le"}.get(codec, "yuv420p")
    path = write_film(tmp_path / name, greys(20, *size), codec=codec, pixels=pixels, rate=rate, **options)
    renamed = path.rename(tmp_path / "episode.mp4")
    frames, source = decoded(renamed)
    assert len(frames) == 20
    assert (frames[0].image.shape[0] if frames[0].image is not None else 0) == source.probe.height
    assert frames[-1].ts == pytest.approx(19 / rate, abs=1.5 / rate)
    assert source.probe.duration_s == pytest.approx(20 / rate, abs=2 / rate)
    assert (source.report.clock_jumps, source.report.truncated) == (0, False)


@pytest.mark.parametrize("name", ["film.ts", "film.mpg"])
@pytest.mark.parametrize("bf", ["0", "2"], ids=["decoding-order", "b-frames"])
@pytest.mark.parametrize(
    "before_s",
    [
        pytest.param(3.4, id="in-the-middle"),
        pytest.param(0.1, id="among-the-first-frames"),
        pytest.param(3.9, id="among-the-last-frames"),
    ],
)
def test_timestamps_that_wrap_around(tmp_path: Path, name: str, bf: str, before_s: float) -> None:
    """The 33 bits of MPEG-TS and MPEG wrap after 26.5 hours. FFmpeg unwraps them."""
    codec = "mpeg2video" if name == "film.mpg" else "libx264"
    source = write_film(tmp_path / "film.mp4", greys(100), codec=codec, bf=bf)
    frames, wrapped = decoded(remux(source, tmp_path / name, 2**33 / 90000 - before_s))
    assert [frame.ts for frame in frames] == pytest.approx([0.04 * index for index in range(100)], abs=0.001)
    assert wrapped.probe.duration_s == pytest.approx(4.0, abs=0.001)
    assert (wrapped.report.clock_jumps, wrapped.report.truncated) == (0, False)


def test_the_formats_are_known_to_ffmpeg() -> None:
    known = {name for entry in av.formats_available for name in entry.split(",")}
    assert set(module.FORMATS) <= known
