"""The artifacts that a cleanup reads and replaces, and what is counted of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from screenalytics_assets.contract.cleanup_records import CleanupMetrics
from screenalytics_assets.contract.loading import load_faces, load_identities, load_track_embeddings, load_tracks
from screenalytics_assets.contract.schemas import Faces, IdentitiesDocument, TrackEmbeddings, Tracks
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import DamagedArtifactError

CLEANED = ("tracks", "faces", "track_embeddings", "identities")
"""Assets that a cleanup may replace, in the order of the graph."""


@dataclass(frozen=True)
class ArtifactSet:
    """One episode's artifacts; None for one that is missing or damaged, with the reason in `missing`."""

    tracks: Tracks | None
    faces: Faces | None
    track_embeddings: TrackEmbeddings | None
    identities: IdentitiesDocument | None
    missing: Mapping[str, str]

    @property
    def digests(self) -> dict[str, str]:
        """Digest of each artifact that is there, by asset."""
        return {asset: table.digest for asset in CLEANED if (table := getattr(self, asset)) is not None}

    @property
    def counts(self) -> dict[str, int | None]:
        """Tracks, faces with an embedding, and identities; None where they are missing."""
        return {
            "tracks": len(self.tracks.rows) if self.tracks else None,
            "faces": len(self.faces.vectors) if self.faces else None,
            "clusters": len(self.identities.content.identities) if self.identities else None,
        }

    @property
    def metrics(self) -> CleanupMetrics:
        """What the guardrails are about."""
        tracks = self.tracks.metrics if self.tracks else None
        identities = self.identities.content.metadata if self.identities else None
        return CleanupMetrics(
            tracks_per_minute=tracks.tracks_per_minute if tracks else None,
            short_track_fraction=tracks.short_track_fraction if tracks else None,
            id_switch_rate=tracks.id_switch_rate if tracks else None,
            singleton_fraction=identities.singleton_fraction if identities else None,
            largest_cluster_fraction=identities.largest_cluster_fraction if identities else None,
        )


def load_artifact_set(store: ArtifactStore, ep_id: str) -> ArtifactSet:
    """Everything that is there; what is missing or damaged is left out with its sentence."""
    loaders: dict[str, Any] = {
        "tracks": load_tracks,
        "faces": load_faces,
        "track_embeddings": load_track_embeddings,
        "identities": load_identities,
    }
    found: dict[str, Any] = dict.fromkeys(loaders)
    missing: dict[str, str] = {}
    for asset, load in loaders.items():
        try:
            found[asset] = load(store, ep_id)
        except DamagedArtifactError as error:
            missing[asset] = str(error)
    return ArtifactSet(**found, missing=missing)
