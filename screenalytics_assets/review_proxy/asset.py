"""Asset `review_proxy`, one partition per episode."""

from typing import Any

from dagster import AssetExecutionContext, DataVersion, MaterializeResult, asset

from screenalytics_assets.contract.schemas import EpisodeVideoDocument, ReviewProxyDocument
from screenalytics_assets.dagster_support.asset_support import OWNERS
from screenalytics_assets.dagster_support.metadata_layout import ordered
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.lineage.provenance import input_digests, provenance
from screenalytics_assets.review_proxy.build_proxy import build_proxy
from screenalytics_resources.dagster_resources import ProgressResource, StoreResource
from screenalytics_resources.step_errors import step_errors


@asset(
    partitions_def=EPISODES,
    group_name="review",
    kinds={"video", "json"},
    owners=OWNERS,
    io_manager_key="json_io",
)
def review_proxy(  # type: ignore[no-untyped-def]
    context: AssetExecutionContext,
    episode_video: EpisodeVideoDocument,
    store: StoreResource,
    progress: ProgressResource,
):
    """A copy of the video for the review pages: H.264 and AAC in MP4, at most 720 px high, a key frame every second.

    It is made only if browsers do not play the original. Pictures keep their times, so that boxes and questions fit.
    Nothing depends on it, and no run of an episode makes it: the job `proxy` does.
    """
    ep_id = context.partition_key
    video = episode_video.content
    with step_errors(context.retry_number):
        report = progress.progress().start(ep_id, "review_proxy", video.frames_stated, "frames")
        content = build_proxy(store.store(), video, report)
    document = ReviewProxyDocument(ep_id, content, provenance("review_proxy", (), input_digests(episode_video)))
    metadata: dict[str, Any] = {
        "needed": content.needed,
        "resolution": f"{content.width}x{content.height}" if content.needed else "none",
        "size_mb": round((content.size_bytes or 0) / 1e6, 2),
    }
    return MaterializeResult(
        value=document, metadata=ordered(metadata, "needed"), data_version=DataVersion(document.digest)
    )
