"""Checks of `episode_video`."""

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, EpisodeVideo
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import Outcome
from screenalytics_resources.artifact_store import ArtifactStore


def video_is_the_recorded_file(loaded: tuple[ArtifactStore, EpisodeVideo]) -> Outcome:
    """Check that the file in the data root still has the recorded size."""
    store, video = loaded
    path = store.video(video.ep_id)
    size = path.stat().st_size if path.exists() else None
    if size == video.size_bytes:
        return Outcome(True, f"{video.video_key} has its recorded {video.size_bytes} bytes")
    problem = "is missing" if size is None else f"has {size} bytes, but {video.size_bytes} were recorded"
    return Outcome(False, f"{video.video_key} {problem}: put the video back, or materialize episode_video again")


def _load(store: ArtifactStore, ep_id: str) -> tuple[ArtifactStore, EpisodeVideo]:
    return store, load_artifact(store, EPISODE_VIDEO, ep_id).content


EPISODE_VIDEO_CHECKS = asset_checks(
    "episode_video",
    _load,
    [
        Check(
            "video_is_the_recorded_file",
            "The video file still has the size that was recorded.",
            video_is_the_recorded_file,
            blocking=True,
        )
    ],
)
