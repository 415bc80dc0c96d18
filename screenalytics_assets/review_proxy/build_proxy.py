"""Makes the copy of a video that browsers play, and its record."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from screenalytics_assets.contract.schemas import EpisodeVideo, ReviewProxy
from screenalytics_assets.episode_video.chosen_stream import chosen_stream
from screenalytics_assets.episode_video.describe_video import as_probe
from screenalytics_assets.episode_video.playable import plays_in_browsers
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.video.web_copy import write_web_copy

PROXY_FILE = "web/proxy.mp4"
"""Path below `frames/{ep_id}/`, so that it leaves with everything that was made from the video."""


def build_proxy(store: ArtifactStore, video: EpisodeVideo, report: Callable[[int], None]) -> ReviewProxy:
    """Write the copy if browsers do not play the video, and return its record. `report` gets the frames done.

    Raises:
        UserError: the video cannot be decoded, or the copy cannot be encoded or stored.
    """
    ep_id, target = video.ep_id, store.frames(video.ep_id, *PROXY_FILE.split("/"))
    if plays_in_browsers(video, chosen_stream(store, ep_id) is not None):
        store.place.remove(target)
        return ReviewProxy(
            ep_id=ep_id,
            needed=False,
            proxy_key=None,
            sha256=None,
            size_bytes=None,
            width=None,
            height=None,
            duration_s=None,
        )
    with TemporaryDirectory(prefix="screenalytics-") as folder, store.local_video(ep_id) as source:
        made = Path(folder) / "proxy.mp4"
        copy = write_web_copy(source, made, as_probe(video), report)
        sha256, size = file_sha256(made), made.stat().st_size
        store.place.import_file(made, target)
    return ReviewProxy(
        ep_id=ep_id,
        needed=True,
        proxy_key=store.relative(target),
        sha256=sha256,
        size_bytes=size,
        width=copy.width,
        height=copy.height,
        duration_s=copy.duration_s,
    )
