"""Pictures of the identities of an episode."""

from screenalytics_resources.artifact_store import ArtifactStore


def contact_sheet(store: ArtifactStore, ep_id: str) -> str:
    """Return the path of the picture that shows every identity."""
    return str(store.frames(ep_id, "contact_sheet.jpg"))
