"""Artifacts that a cleanup reads and replaces, with their counts and metrics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

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
from screenalytics_resources.artifact import Document, Table
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import DamagedArtifactError

T = TypeVar("T")
Artifact = Table[Any] | Document[Any]

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
        return {asset: artifact.digest for asset, artifact in self.present.items()}

    @property
    def present(self) -> dict[str, Artifact]:
        """The artifacts that are not missing, by asset, in the order of the graph."""
        artifacts: Mapping[str, Artifact | None] = {
            "tracks": self.tracks,
            "faces": self.faces,
            "track_embeddings": self.track_embeddings,
            "identities": self.identities,
        }
        return {asset: artifact for asset, artifact in artifacts.items() if artifact is not None}

    @property
    def counts(self) -> "ArtifactCounts":
        """Number of tracks, faces and identities, without deleted ones; None where the artifact is missing."""
        return ArtifactCounts(
            tracks=sum(not track.deleted for track in self.tracks.rows) if self.tracks else None,
            faces=sum(f.embedding_row is not None and not f.deleted for f in self.faces.rows) if self.faces else None,
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

    def loaded(load: Callable[[], T], asset: str) -> T | None:
        try:
            return load()
        except DamagedArtifactError as error:
            missing[asset] = str(error)
            return None

    return ArtifactSet(
        tracks=loaded(lambda: load_artifact(store, TRACKS, ep_id), "tracks"),
        faces=loaded(lambda: load_artifact(store, FACES, ep_id), "faces"),
        track_embeddings=loaded(lambda: load_artifact(store, TRACK_EMBEDDINGS, ep_id), "track_embeddings"),
        identities=loaded(lambda: load_artifact(store, IDENTITIES, ep_id), "identities"),
        missing=missing,
    )
