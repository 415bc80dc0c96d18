"""Checks of `review_proxy`."""

from dataclasses import dataclass

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, REVIEW_PROXY, EpisodeVideo, ReviewProxy
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import Outcome
from screenalytics_assets.review_proxy.build_proxy import PROXY_FILE
from screenalytics_resources.artifact_store import ArtifactStore

MOST_DIFFERENCE_S = 0.5
"""Difference of the two durations that is not noticed, in seconds."""
REMEDY = "materialize review_proxy again"


@dataclass(frozen=True)
class LoadedProxy:
    """What the check reads. `stored_bytes` is the size of the copy; None without a file."""

    video: EpisodeVideo
    proxy: ReviewProxy
    stored_bytes: int | None


def proxy_is_as_long_as_the_video(loaded: LoadedProxy) -> Outcome:
    """Check that the copy is the recorded file, and lasts as long as the video."""
    proxy, video = loaded.proxy, loaded.video
    if not proxy.needed:
        return Outcome(True, "browsers play the video itself")
    if loaded.stored_bytes != proxy.size_bytes:
        found = "is missing" if loaded.stored_bytes is None else f"has {loaded.stored_bytes} bytes"
        return Outcome(False, f"{proxy.proxy_key} {found}, but {proxy.size_bytes} were recorded: {REMEDY}", "WARN")
    lasts = f"the copy lasts {proxy.duration_s:.2f} s"
    if video.duration_s and abs((proxy.duration_s or 0.0) - video.duration_s) > MOST_DIFFERENCE_S:
        return Outcome(False, f"{lasts}, but the video {video.duration_s:.2f} s: {REMEDY}", "WARN")
    return Outcome(True, lasts)


def _load(store: ArtifactStore, ep_id: str) -> LoadedProxy:
    path = store.frames(ep_id, *PROXY_FILE.split("/"))
    sizes = (entry.size for entry in store.place.entries(path.parent) if entry.name == path.name)
    video, proxy = load_artifact(store, EPISODE_VIDEO, ep_id), load_artifact(store, REVIEW_PROXY, ep_id)
    return LoadedProxy(video.content, proxy.content, next(sizes, None))


REVIEW_PROXY_CHECKS = asset_checks(
    "review_proxy",
    _load,
    [
        Check(
            "proxy_is_as_long_as_the_video",
            proxy_is_as_long_as_the_video.__doc__ or "",
            proxy_is_as_long_as_the_video,
        )
    ],
)
