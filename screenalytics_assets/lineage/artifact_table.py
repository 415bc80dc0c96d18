"""The table of artifacts: one row per artifact, in the order of the graph.

A new artifact needs one row here. Tests compare the table with the asset graph, the import rules, the automation and
the documentation, and name what is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic.fields import FieldInfo

from screenalytics_assets.contract.schemas import (
    CAST_ASSIGNMENTS,
    CLEANUP_REPORT,
    EPISODE_VIDEO,
    FACES,
    IDENTITIES,
    IDENTITY_EVALUATION,
    MERGE_SUGGESTIONS,
    REVIEW_PROXY,
    SCREEN_TIME,
    SEASON_IDENTITIES,
    SEASON_SCREEN_TIME,
    TRACK_EMBEDDINGS,
    TRACK_REPS,
    TRACKS,
)
from screenalytics_assets.settings.stages import (
    CleanupSettings,
    ClusteringSettings,
    DetectionSettings,
    FacesSettings,
    InferenceSettings,
    SeasonSettings,
    StageSettings,
    SuggestionSettings,
    TrackEmbeddingsSettings,
    TrackingSettings,
    TrackRepsSettings,
)
from screenalytics_resources.artifact import Spec

Scope = Literal["episode", "on demand", "show", "web"]
GATE_SETTINGS = frozenset({"gate_hard", "gate_soft", "gate_streak", "gate_momentum"})
"""Settings of the appearance gate that a cleanup applies as well."""


@dataclass(frozen=True)
class ArtifactRow:
    """One artifact."""

    spec: Spec
    """Its files and the types of their content."""
    code_version: str
    """Raise it whenever the output changes for the same inputs and settings."""
    upstream: tuple[str, ...] = ()
    """Artifacts that it is built from."""
    external: tuple[str, ...] = ()
    """Other inputs whose digest is part of its provenance: files and decisions of the user, and the cast."""
    settings: tuple[type[StageSettings], ...] = ()
    """Stages whose settings it reads."""
    unread_settings: frozenset[str] = frozenset()
    """Settings of these stages that it does not read."""
    uses_pack: bool = False
    """Whether it reads models or thresholds of the model pack, so that a change of the pack file makes it stale."""
    scope: Scope = "episode"
    """Built for each episode, only on request for one episode, for a show, or on request for the review pages."""
    automated: bool = True
    """Whether Dagster builds it automatically after an upstream artifact has changed."""

    def setting_fields(self) -> dict[str, FieldInfo]:
        """Return every setting that it reads, by name."""
        fields = {name: info for stage in self.settings for name, info in stage.model_fields.items()}
        return {name: info for name, info in fields.items() if name not in self.unread_settings}


_ROWS = (
    ArtifactRow(
        EPISODE_VIDEO,
        code_version="1",
        external=("video",),
        automated=False,  # the sensor `new_episodes` starts a run for each new video
    ),
    ArtifactRow(
        TRACKS,
        code_version="2",
        upstream=("episode_video",),
        settings=(DetectionSettings, TrackingSettings, InferenceSettings),
        uses_pack=True,
    ),
    ArtifactRow(
        FACES,
        code_version="1",
        upstream=("tracks",),
        settings=(FacesSettings, InferenceSettings),
        uses_pack=True,
    ),
    ArtifactRow(
        TRACK_EMBEDDINGS,
        code_version="2",
        upstream=("tracks", "faces"),
        settings=(TrackEmbeddingsSettings,),
    ),
    ArtifactRow(
        IDENTITIES,
        code_version="3",
        upstream=("tracks", "faces", "track_embeddings"),
        external=("exceptions", "decisions"),
        settings=(ClusteringSettings,),
        uses_pack=True,
    ),
    ArtifactRow(
        CAST_ASSIGNMENTS,
        code_version="2",
        upstream=("tracks", "track_embeddings", "identities"),
        external=("exceptions", "cast"),
        settings=(InferenceSettings,),
        uses_pack=True,
    ),
    ArtifactRow(
        MERGE_SUGGESTIONS,
        code_version="1",
        upstream=("tracks", "track_embeddings", "identities", "cast_assignments"),
        external=("exceptions", "decisions"),
        settings=(SuggestionSettings,),
        uses_pack=True,
    ),
    ArtifactRow(
        TRACK_REPS,
        code_version="2",
        upstream=("faces", "track_embeddings", "identities"),
        settings=(TrackRepsSettings,),
    ),
    ArtifactRow(
        IDENTITY_EVALUATION,
        code_version="1",
        upstream=("tracks", "identities"),
        external=("truth",),
    ),
    ArtifactRow(
        SCREEN_TIME,
        code_version="1",
        upstream=("episode_video", "tracks", "identities", "cast_assignments"),
        external=("decisions",),
    ),
    ArtifactRow(
        SEASON_IDENTITIES,
        code_version="2",
        upstream=("tracks", "track_embeddings", "identities"),
        settings=(ClusteringSettings, SeasonSettings),
        scope="show",
        automated=False,
    ),
    ArtifactRow(
        SEASON_SCREEN_TIME,
        code_version="1",
        upstream=("screen_time", "season_identities"),
        scope="show",
        automated=False,
    ),
    ArtifactRow(
        CLEANUP_REPORT,
        code_version="1",
        upstream=("tracks", "faces", "track_embeddings", "identities"),
        settings=(
            InferenceSettings,
            TrackingSettings,
            FacesSettings,
            CleanupSettings,
            TrackEmbeddingsSettings,
            ClusteringSettings,
        ),
        unread_settings=frozenset(TrackingSettings.model_fields) - GATE_SETTINGS,
        scope="on demand",
        automated=False,
    ),
    ArtifactRow(
        REVIEW_PROXY,
        code_version="1",
        upstream=("episode_video",),
        scope="web",
        automated=False,
    ),
)

ARTIFACTS: Mapping[str, ArtifactRow] = {row.spec.asset: row for row in _ROWS}
"""Every artifact by the name of its asset."""
EPISODE_ARTIFACTS: Mapping[str, ArtifactRow] = {name: row for name, row in ARTIFACTS.items() if row.scope == "episode"}
"""Artifacts that a run of an episode builds."""


EPISODE_SPECS: Mapping[str, Spec] = {name: row.spec for name, row in EPISODE_ARTIFACTS.items()}
"""File specifications of these artifacts, by asset."""


def artifacts_of(scope: Scope) -> list[str]:
    """Return the names of the artifacts of this scope, in the order of the graph."""
    return [name for name, row in ARTIFACTS.items() if row.scope == scope]
