"""State of each episode: complete, stale, incomplete, or without a video."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO
from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS, EPISODE_SPECS
from screenalytics_assets.lineage.effective_versions import effective_versions
from screenalytics_assets.lineage.staleness import Current, stale_assets
from screenalytics_resources.artifact_store import EPISODE_FILE, ArtifactStore
from screenalytics_resources.errors import UserError

Kind = Literal["whole", "stale", "missing", "no video"]


@dataclass(frozen=True)
class EpisodeState:
    """State of one episode. `to_make` lists the assets that a run would build, in the order of the graph."""

    ep_id: str
    kind: Kind
    to_make: tuple[str, ...]
    made: int
    """Number of existing artifacts, including those that are out of date."""
    video_changed_ns: int
    fingerprint: str
    """Hash of the video, the assets to build and their versions. Equal work has an equal fingerprint."""


def library_states(store: ArtifactStore, episodes: Sequence[str]) -> list[EpisodeState]:
    """Return the state of each episode under the current settings."""
    current, versions = Current(), effective_versions()
    marks = [versions[asset] for asset in EPISODE_ARTIFACTS]
    return [episode_state(store, ep_id, current, marks) for ep_id in episodes]


def episodes_to_build(store: ArtifactStore) -> list[str]:
    """Return the ids of the episodes that a backfill may build: all that were not removed."""
    removed = store.removed()
    return [ep_id for ep_id in store.episodes() if ep_id not in removed]


def episode_state(store: ArtifactStore, ep_id: str, current: Current, versions: Sequence[str]) -> EpisodeState:
    """Return the state of one episode.

    A video of the recorded size is assumed to be the recorded one, because hashing it is slow.
    """
    files = {entry.name for entry in store.place.entries(store.path("manifests", ep_id))}
    existing = [asset for asset in EPISODE_ARTIFACTS if EPISODE_SPECS[asset].file in files]
    video = next((e for e in store.place.entries(store.path("videos", ep_id)) if e.name == EPISODE_FILE), None)
    if video is None:
        return EpisodeState(ep_id, "no video", (), len(existing), 0, "")
    digest = recorded_digest(store, ep_id, video.size)
    to_make = tuple(stale_assets(store, ep_id, current, digest) if digest else EPISODE_ARTIFACTS)
    kind: Kind = "whole" if not to_make else "stale" if len(existing) == len(EPISODE_ARTIFACTS) else "missing"
    marks = [digest or f"{video.size} {video.changed_ns}", *to_make, *versions]
    fingerprint = hashlib.sha256(json.dumps(marks).encode()).hexdigest()[:16]
    return EpisodeState(ep_id, kind, to_make, len(existing), video.changed_ns, fingerprint)


def recorded_digest(store: ArtifactStore, ep_id: str, size_bytes: int) -> str | None:
    """Return the digest of the video that the episode was built from, or None if the video has another size.

    Hashing all videos of a library takes hours.
    """
    try:
        recorded = load_artifact(store, EPISODE_VIDEO, ep_id)
    except UserError:
        return None
    return recorded.provenance.inputs.get("video") if recorded.content.size_bytes == size_bytes else None
