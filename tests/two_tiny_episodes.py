"""A second tiny episode of the same show, with the same faces and identities as the first one."""

import shutil
from dataclasses import replace
from pathlib import Path

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, IDENTITIES, TRACK_EMBEDDINGS, TRACKS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import save_document, save_table
from tests.tiny_episode import EP_ID

SECOND = "tiny-s01e02"
OTHER_VIDEO = "b" * 64


def copy_tiny_episode(store: ArtifactStore, ep_id: str = SECOND) -> None:
    """Store the artifacts that a season and its decisions read under another episode id, of another video."""
    shutil.copytree(Path(store.root) / "frames" / EP_ID, Path(store.root) / "frames" / ep_id)
    video, identities = load_artifact(store, EPISODE_VIDEO, EP_ID), load_artifact(store, IDENTITIES, EP_ID)
    other = video.content.model_copy(update={"ep_id": ep_id, "sha256": OTHER_VIDEO})
    save_document(store, EPISODE_VIDEO, replace(video, ep_id=ep_id, content=other))
    tracks, embeddings = load_artifact(store, TRACKS, EP_ID), load_artifact(store, TRACK_EMBEDDINGS, EP_ID)
    save_table(store, TRACKS, replace(tracks, ep_id=ep_id))
    save_table(store, TRACK_EMBEDDINGS, replace(embeddings, ep_id=ep_id))
    content = identities.content.model_copy(update={"ep_id": ep_id})
    save_document(store, IDENTITIES, replace(identities, ep_id=ep_id, content=content))
