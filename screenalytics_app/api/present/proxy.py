"""The copy of a video for browsers."""

from screenalytics_app.api.present.stored import stored
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, REVIEW_PROXY, ReviewProxy
from screenalytics_resources.artifact_store import ArtifactStore


def current_proxy(store: ArtifactStore, ep_id: str) -> ReviewProxy | None:
    """Return the copy that was made of the video as it is now; None if there is none, or none is needed."""
    video, proxy = stored(store, EPISODE_VIDEO, ep_id), stored(store, REVIEW_PROXY, ep_id)
    if video is None or proxy is None or not proxy.content.needed:
        return None
    made_of = proxy.provenance.inputs.get(EPISODE_VIDEO.asset)
    return proxy.content if made_of == video.digest else None
