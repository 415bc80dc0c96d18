"""Asset `episode_video`."""

from typing import Any

from dagster import AssetExecutionContext, DataVersion, MaterializeResult, asset

from screenalytics_assets.contract.schemas import EpisodeVideoDocument
from screenalytics_assets.dagster_support.asset_support import OWNERS
from screenalytics_assets.dagster_support.metadata_layout import ordered
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.episode_video.chosen_stream import chosen_stream, video_digest
from screenalytics_assets.episode_video.describe_video import describe_video
from screenalytics_assets.lineage.provenance import input_digests, provenance
from screenalytics_resources.dagster_resources import ProgressResource, StoreResource
from screenalytics_resources.step_errors import step_errors


@asset(
    partitions_def=EPISODES,
    group_name="video_and_tracks",
    kinds={"video", "json"},
    owners=OWNERS,
    io_manager_key="json_io",
)
def episode_video(context: AssetExecutionContext, store: StoreResource, progress: ProgressResource):  # type: ignore[no-untyped-def]
    """The episode's video file, `videos/{ep_id}/episode.mp4` in the data root.

    Records the file's SHA-256 and what its container states: resolution, rotation, frame rate and duration. If the
    file is not a usable video, the run stops here and gives the reason in one sentence.
    """
    ep_id = context.partition_key
    with step_errors(context.retry_number), store.store().local_video(ep_id) as local:
        size = local.stat().st_size if local.is_file() else 0
        report = progress.progress().start(ep_id, "episode_video", size, "bytes")
        stream = chosen_stream(store.store(), ep_id)
        video = describe_video(ep_id, local, store.store().relative(store.store().video(ep_id)), report, stream)
    inputs = input_digests(video=video_digest(video.sha256, stream))
    document = EpisodeVideoDocument(ep_id, video, provenance("episode_video", (), inputs))
    metadata: dict[str, Any] = {
        "resolution": f"{video.width}x{video.height}",
        "frames per second": round(video.fps, 3),
        "duration_s": round(video.duration_s, 2),
        "codec": video.codec,
        "container": video.container,
        "rotation": video.rotation,
        "stream": video.stream,
        "sample aspect ratio": video.sample_aspect_ratio,
        "notes": " ".join(video.notes or ()) or "none",
        "size_mb": round(video.size_bytes / 1e6, 2),
        "sha256": video.sha256,
    }
    return MaterializeResult(
        value=document,
        metadata=ordered(metadata, "resolution", "frames per second", "duration_s"),
        data_version=DataVersion(document.digest),
    )
