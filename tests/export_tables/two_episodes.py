"""Two tiny episodes of one show."""

import shutil
from dataclasses import replace
from pathlib import Path

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, EPISODE_VIDEO, FACES, IDENTITIES, TRACKS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import save_document, save_table
from tests.tiny_episode import EP_ID, write_tiny_episode

SECOND = "tiny-s01e02"


def write_two_episodes(root: Path) -> ArtifactStore:
    """Write the tiny episode, and a copy of its exported artifacts as `SECOND`."""
    store = write_tiny_episode(root)
    shutil.copytree(str(store.frames(EP_ID)), str(store.frames(SECOND)))
    save_document(store, EPISODE_VIDEO, replace(load_artifact(store, EPISODE_VIDEO, EP_ID), ep_id=SECOND))
    save_table(store, TRACKS, replace(load_artifact(store, TRACKS, EP_ID), ep_id=SECOND))
    save_table(store, FACES, replace(load_artifact(store, FACES, EP_ID), ep_id=SECOND))
    save_document(store, IDENTITIES, replace(load_artifact(store, IDENTITIES, EP_ID), ep_id=SECOND))
    save_document(store, CAST_ASSIGNMENTS, replace(load_artifact(store, CAST_ASSIGNMENTS, EP_ID), ep_id=SECOND))
    return store
