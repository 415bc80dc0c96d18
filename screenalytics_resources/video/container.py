"""Opening of video files: which containers are read, and one sentence for each reason why a file is not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from av.container import InputContainer

FORMATS = (
    "mov",  # MP4, M4V, QuickTime, 3GP
    "matroska",  # MKV, WebM
    "mpegts",  # broadcast recordings, AVCHD, Blu-ray
    "mpeg",  # DVD
    "avi",
    "flv",
    "asf",  # WMV
    "mxf",  # cameras and studios
    "gxf",  # studios
    "ogg",
    "dv",  # digital tape
    "rm",  # RealMedia
    "wtv",  # recordings of Windows Media Center
    "nut",  # FFmpeg's own
)
"""FFmpeg's names of the containers that are read.

These are the files of cameras, studios, broadcasters and download tools. Left out are playlists, which open other files
and network addresses, text and device formats, single images, and bare streams, which have no timestamps.
"""
MOST_MEGAPIXELS = 50.0
"""Largest frame that is decoded, in megapixels: 8K has 33. Photos have the same limit."""
_IMAGE_BRANDS = frozenset({"avif", "heic", "heim", "heis", "heix", "mif1"})
"""Major brands of HEIF still images, whose container is that of MP4 (ISO/IEC 23008-12, annex B)."""
_READABLE = "MP4, MOV, MKV, WebM, MPEG-TS, MPEG, AVI, FLV, WMV, MXF, GXF, Ogg, DV, RealMedia, WTV or NUT"


def open_container(path: Path) -> "InputContainer":
    """Open `path` for demuxing. Only this file is opened, even if its name or content refers to another.

    Raises:
        UserError: if that fails, with the reason.
    """
    import av

    _refuse_no_file(path)
    with video_errors(path):
        # The prefix keeps names such as `2026-01-01T20:15.mp4` from being read as addresses.
        container = av.open(f"file:{path.absolute()}", mode="r", options=_options(), metadata_errors="replace")
        if container.metadata.get("major_brand", "").strip() in _IMAGE_BRANDS:
            container.close()
            raise UserError(f"{path} is a single image, not a video. Give a video file.")
        return container


@contextmanager
def video_errors(path: Path) -> Iterator[None]:
    """Raise a `UserError` with one sentence for anything that goes wrong while the video at `path` is read.

    A damaged header can make PyAV raise nearly any exception, such as `ValueError` or `OverflowError`.
    """
    try:
        yield
    except UserError:
        raise
    except PermissionError:
        raise UserError(f"{path} may not be read. Change its permissions.") from None
    except Exception as error:
        raise UserError(
            f"{path} cannot be read as a video ({_reason(error)}): it is not a video, or its index is truncated. "
            f"Export or copy it again; it must be {_READABLE}."
        ) from None


def _refuse_no_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        raise UserError(f"There is no video at {path}. Check the path.") from None
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read ({_reason(error)}). Check the path and its permissions.") from None
    if not path.is_file():
        raise UserError(f"{path} is not a file. Give the path of a video file.")
    if status.st_size == 0:
        raise UserError(f"{path} is empty (0 bytes). Copy the video again.")


def _options() -> dict[str, str]:
    return {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(FORMATS),
        "max_pixels": str(int(MOST_MEGAPIXELS * 1e6)),
    }


def _reason(error: Exception) -> str:
    import av

    if isinstance(error, av.error.ArgumentError):  # FFmpeg's answer to a format that is not in the list
        return "unknown container"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).lower()
