"""State of each episode: complete, stale, incomplete or without a video."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO
from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS, EPISODE_SPECS
from screenalytics_assets.lineage.effective_versions import effective_versions
from screenalytics_assets.lineage.staleness import Current, first_gap, stale_assets
from screenalytics_assets.settings.episode_settings import SETTINGS_FILE, kept_settings, settings_text
from screenalytics_resources.artifact_store import EPISODE_FILE, ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.member_errors import member_problem

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
    """Hash of the video, the assets to build, their versions and the settings kept with the episode. Equal work has an
    equal fingerprint."""


@dataclass(frozen=True)
class LibraryStates:
    """State of each episode, and the reason for each episode whose state cannot be read, by id or partition key."""

    states: tuple[EpisodeState, ...]
    unreadable: Mapping[str, str]


def library_states(store: ArtifactStore, episodes: Sequence[str]) -> LibraryStates:
    """Return the state of each episode under the current settings. One unreadable episode does not affect the others.

    Raises:
        UserError: the settings are invalid.
    """
    current, versions = Current(), _versions()
    current.settings_hash("tracks", {})  # an unknown model pack concerns all episodes, so it is not reported for each
    states: list[EpisodeState] = []
    unreadable: dict[str, str] = {}
    for ep_id in episodes:
        try:
            states.append(episode_state(store, ep_id, current, versions))
        except Exception as error:
            unreadable[ep_id] = member_problem(error)
    return LibraryStates(tuple(states), unreadable)


def state_of(store: ArtifactStore, ep_id: str) -> EpisodeState:
    """Return the state of one episode under the current settings.

    Raises:
        UserError: the settings are invalid.
    """
    return episode_state(store, ep_id, Current(), _versions())


def episodes_to_build(store: ArtifactStore) -> list[str]:
    """Return the ids of the episodes that a backfill may build: all that were not removed."""
    removed = store.removed()
    return [ep_id for ep_id in store.episodes() if ep_id not in removed]


def episode_state(store: ArtifactStore, ep_id: str, current: Current, versions: Sequence[str]) -> EpisodeState:
    """Return the state of one episode.

    A video of the recorded size is assumed to be the recorded one, because hashing it is slow.
    `current` holds the settings of episodes that keep none of their own.

    Raises:
        UserError: the settings kept with the episode are invalid.
    """
    files = {entry.name for entry in store.place.entries(store.path("manifests", ep_id))}
    existing = [asset for asset in EPISODE_ARTIFACTS if EPISODE_SPECS[asset].file in files]
    video = next((e for e in store.place.entries(store.path("videos", ep_id)) if e.name == EPISODE_FILE), None)
    if video is None:
        return EpisodeState(ep_id, "no video", (), len(existing), 0, "")
    digest = recorded_digest(store, ep_id, video.size)
    kept = kept_settings(store, ep_id) if SETTINGS_FILE in files else {}
    own = Current(kept=kept) if kept else current
    to_make = tuple(stale_assets(store, ep_id, own, digest) if digest else EPISODE_ARTIFACTS)
    kind: Kind = "whole" if not to_make else "stale" if len(existing) == len(EPISODE_ARTIFACTS) else "missing"
    marks = [
        digest or f"{video.size} {video.changed_ns}",
        *to_make,
        *versions,
        *([settings_text(kept)] if kept else []),
    ]
    fingerprint = hashlib.sha256(json.dumps(marks).encode()).hexdigest()[:16]
    return EpisodeState(ep_id, kind, to_make, len(existing), video.changed_ns, fingerprint)


def _versions() -> list[str]:
    versions = effective_versions()
    return [versions[asset] for asset in EPISODE_ARTIFACTS]


def held_back(store: ArtifactStore, state: EpisodeState) -> list[str]:
    """Return the assets of an episode that a run left missing or built from earlier inputs, in the order of the graph.

    They are what a failed check holds back. An episode without a video or tracks is not held back by a check, and other
    settings alone make no asset part of the result.
    """
    order = list(EPISODE_ARTIFACTS)
    try:
        gap = first_gap(store, state.ep_id, order)
    except UserError:
        return []
    if gap is None or not EPISODE_ARTIFACTS[gap].upstream:
        return []
    return [asset for asset in state.to_make if order.index(asset) >= order.index(gap)]


def recorded_digest(store: ArtifactStore, ep_id: str, size_bytes: int) -> str | None:
    """Return the digest of the video that the episode was built from, or None if the video has another size.

    Hashing all videos of a library takes hours.
    """
    try:
        recorded = load_artifact(store, EPISODE_VIDEO, ep_id)
    except UserError:
        return None
    return recorded.provenance.inputs.get("video") if recorded.content.size_bytes == size_bytes else None
