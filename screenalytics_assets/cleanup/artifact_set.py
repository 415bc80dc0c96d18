"""Artifacts that a cleanup reads and replaces, with their counts and metrics."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from screenalytics_assets.contract.cleanup_records import CleanupMetrics
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import (
    FACES,
    IDENTITIES,
    TRACK_EMBEDDINGS,
    TRACKS,
    Faces,
    IdentitiesDocument,
    TrackEmbeddings,
    Tracks,
)
from screenalytics_resources.artifact import Spec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import DamagedArtifactError

CLEANED = ("tracks", "faces", "track_embeddings", "identities")
"""Assets that a cleanup may replace, in the order of the graph."""


@dataclass(frozen=True)
class ArtifactSet:
    """Artifacts of one episode. A missing or damaged artifact is None, and `missing` holds the reason by asset."""

    tracks: Tracks | None
    faces: Faces | None
    track_embeddings: TrackEmbeddings | None
    identities: IdentitiesDocument | None
    missing: Mapping[str, str]

    @property
    def digests(self) -> dict[str, str]:
        """Digest of each present artifact, by asset."""
        return {asset: table.digest for asset in CLEANED if (table := getattr(self, asset)) is not None}

    @property
    def counts(self) -> "ArtifactCounts":
        """Number of tracks, faces and identities; None where the artifact is missing."""
        return ArtifactCounts(
            tracks=len(self.tracks.rows) if self.tracks else None,
            faces=len(self.faces.vectors) if self.faces else None,
            clusters=len(self.identities.content.identities) if self.identities else None,
        )

    @property
    def metrics(self) -> CleanupMetrics:
        """Metrics that the guardrails judge."""
        tracks = self.tracks.metrics if self.tracks else None
        identities = self.identities.content.metadata if self.identities else None
        return CleanupMetrics(
            tracks_per_minute=tracks.tracks_per_minute if tracks else None,
            short_track_fraction=tracks.short_track_fraction if tracks else None,
            id_switch_rate=tracks.id_switch_rate if tracks else None,
            singleton_fraction=identities.singleton_fraction if identities else None,
            largest_cluster_fraction=identities.largest_cluster_fraction if identities else None,
        )


@dataclass(frozen=True)
class ArtifactCounts:
    """Numbers of tracks, of faces with an embedding, and of identities."""

    tracks: int | None
    faces: int | None
    clusters: int | None


def load_artifact_set(store: ArtifactStore, ep_id: str) -> ArtifactSet:
    """Load all artifacts. A missing or damaged one becomes None, with its error message in `missing`."""
    missing: dict[str, str] = {}

    def load(spec: Spec) -> Any:
        try:
            return load_artifact(store, spec, ep_id)
        except DamagedArtifactError as error:
            missing[spec.asset] = str(error)
            return None

    return ArtifactSet(
        tracks=load(TRACKS),
        faces=load(FACES),
        track_embeddings=load(TRACK_EMBEDDINGS),
        identities=load(IDENTITIES),
        missing=missing,
    )
