"""Which artifacts of which episodes exist."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_assets.settings.episode_settings import kept_settings
from screenalytics_resources.artifact import Spec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.member_errors import member_problem
from screenalytics_resources.sealed_files import read_seal


@dataclass(frozen=True)
class ArtifactStatus:
    """One artifact of an episode. `rows` and `pack` are None where it has none, or where it cannot be read."""

    asset: str
    state: Literal["present", "missing", "damaged"]
    rows: int | None = None
    pack: str | None = None


@dataclass(frozen=True)
class EpisodeStatus:
    """The artifacts of an episode, in the order of the graph, and the model pack that made its tracks."""

    ep_id: str
    artifacts: tuple[ArtifactStatus, ...]
    pack: str | None
    kept_settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings kept with the episode, by name."""
    problem: str = ""
    """Why these settings cannot be read, with the remedy."""


def episode_statuses(store: ArtifactStore, ep_id: str | None = None) -> tuple[EpisodeStatus, ...]:
    """Return the status of one episode, or of every episode; raises `UserError` for an invalid id."""
    episodes = store.episodes() if ep_id is None else [parse_ep_id(ep_id).text]
    return tuple(_episode(store, name) for name in episodes)


def _episode(store: ArtifactStore, ep_id: str) -> EpisodeStatus:
    artifacts = tuple(_artifact(store, spec, ep_id) for spec in EPISODE_SPECS.values())
    pack = next((artifact.pack for artifact in artifacts if artifact.asset == "tracks"), None)
    try:
        return EpisodeStatus(ep_id, artifacts, pack, kept_settings(store, ep_id))
    except UserError as error:
        return EpisodeStatus(ep_id, artifacts, pack, problem=str(error))


def _artifact(store: ArtifactStore, spec: Spec, ep_id: str) -> ArtifactStatus:
    try:
        seal = read_seal(store, spec, ep_id)
    except Exception as error:
        member_problem(error)  # raises a transient error, which is no damage
        return ArtifactStatus(spec.asset, "damaged")
    if seal is None:
        return ArtifactStatus(spec.asset, "missing")
    return ArtifactStatus(spec.asset, "present", seal.rows, seal.model_pack)
