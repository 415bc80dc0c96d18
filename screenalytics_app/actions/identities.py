"""The stored identities of an episode."""

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES
from screenalytics_resources.artifact_store import ArtifactStore


def stored_identities(store: ArtifactStore, ep_id: str) -> Identities:
    """Return the identities of an episode; raises `UserError` if they are missing or damaged."""
    return load_artifact(store, IDENTITIES, ep_id).content


def contact_sheet(store: ArtifactStore, ep_id: str) -> str:
    """Return the path of the picture that shows every identity."""
    return str(store.frames(ep_id, "contact_sheet.jpg"))
