"""Stored identities of an episode, with everything that a diagnosis of them needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import Face, TrackEmbeddings, Tracks
from screenalytics_assets.identities.cluster_episode import cluster_episode
from screenalytics_assets.identities.cluster_tracks import Clusters
from screenalytics_assets.identities.made_with import clustering_settings, clustering_thresholds
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.settings.stages import ClusteringSettings, GuardrailSettings


@dataclass(frozen=True)
class StoredClustering:
    """Stored identities and their inputs. Expensive values are computed on first use and shared by failed checks."""

    identities: Identities
    track_embeddings: TrackEmbeddings
    tracks: Tracks
    accepted: Mapping[str, list[Face]]
    """Faces with an embedding, by track."""
    exceptions: Exceptions
    guardrails: GuardrailSettings

    @cached_property
    def settings(self) -> ClusteringSettings:
        """Settings that the identities were built with."""
        return clustering_settings(self.identities)

    @cached_property
    def bounds(self) -> Thresholds:
        """Thresholds that the identities were built with."""
        return clustering_thresholds(self.identities)

    @cached_property
    def locked(self) -> Mapping[str, str]:
        """Locked identity of each track that belongs to a locked identity."""
        return {track: i.identity_id for i in self.identities.identities if i.locked for track in i.track_ids}

    @cached_property
    def repeated(self) -> Clusters:
        """The same clustering, computed again. Its constraints also apply to clusterings with other thresholds."""
        return cluster_episode(
            self.tracks.rows, self.track_embeddings, self.settings, self.bounds, self.exceptions, self.locked
        )
