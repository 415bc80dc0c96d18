"""Stored identities of an episode, with everything that a diagnosis of them needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import Face, TrackEmbeddings, Tracks
from screenalytics_assets.identities.cluster_episode import cluster_episode
from screenalytics_assets.identities.cluster_tracks import Clusters
from screenalytics_assets.identities.cooccurrence import sharing_pairs
from screenalytics_assets.identities.diagnosis.cause_tables import IdentityRows, identity_rows
from screenalytics_assets.identities.diagnosis.evidence_of_error import (
    Calibrated,
    Evidence,
    face_similarity,
    of_over_merging,
    of_shattering,
)
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
    calibrated: Calibrated
    """Thresholds of the model pack, which the settings may differ from."""

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

    @cached_property
    def rows(self) -> IdentityRows:
        """The identities as rows of `tracks.npy`."""
        return identity_rows(self.identities, self.track_embeddings.rows)

    @cached_property
    def certain(self) -> NDArray[np.bool_]:
        """Rows (U,) whose membership in their identity is certain enough to judge the identity."""
        return np.ones(len(self.rows.tracks), np.bool_)

    @cached_property
    def sharing(self) -> NDArray[np.int64]:
        """Pairs of rows (P, 2) that share a frame, regardless of the setting `cannot_link`."""
        by_id = {track.track_id: track for track in self.tracks.rows}
        return sharing_pairs([by_id[track] for track in self.rows.tracks], self.exceptions)

    @cached_property
    def over_merging(self) -> Evidence:
        """Evidence that the largest identity contains several people."""
        return of_over_merging(
            self.track_embeddings.vectors,
            self.rows.labels,
            self.certain,
            self.sharing,
            self.bounds.cluster_thresh,
            self.calibrated,
        )

    @cached_property
    def shattering(self) -> Evidence:
        """Evidence that people were split into singletons."""
        clear = [
            row
            for row in self.track_embeddings.rows
            if row.embedding_row is not None and row.num_faces > 1 and row.best_norm >= self.bounds.clear_norm
        ]
        spreads, faces = np.array([row.spread for row in clear]), np.array([row.num_faces for row in clear], np.int64)
        return of_shattering(
            self.track_embeddings.vectors,
            self.rows.labels,
            self.certain,
            self.sharing,
            face_similarity(spreads, faces),
            self.calibrated,
        )
