"""Stored identities of an episode, with everything that a diagnosis of them needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints
from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import Face, TrackEmbeddings, Tracks
from screenalytics_assets.evidence.face_space import centred
from screenalytics_assets.evidence.sightings import Sightings
from screenalytics_assets.identities.cluster_episode import (
    cluster_episode,
    episode_constraints,
    rows_with_embedding,
    sightings_of,
)
from screenalytics_assets.identities.cluster_tracks import Clusters
from screenalytics_assets.identities.cooccurrence import sharing_pairs
from screenalytics_assets.identities.diagnosis.cause_tables import IdentityRows, identity_rows
from screenalytics_assets.identities.diagnosis.evidence_of_error import (
    Calibrated,
    ErrorEvidence,
    face_similarity,
    of_over_merging,
    of_shattering,
)
from screenalytics_assets.identities.locked import locked_tracks
from screenalytics_assets.identities.made_with import clustering_settings, clustering_thresholds
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.moderation.state import NO_MODERATION, Moderation
from screenalytics_assets.settings.stages import ClusteringSettings, GuardrailSettings
from screenalytics_resources.inference.packs import Evidence


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
    evidence: Evidence
    """What the faces and clothes of the model pack say."""
    clothing: NDArray[np.uint8] | None = None
    """Clothing descriptors (C, 600) of the tracks' crops."""
    moderation: Moderation = NO_MODERATION
    """What people said of the tracks. The dismissed ones are not among the track embeddings."""

    @cached_property
    def settings(self) -> ClusteringSettings:
        """Settings that the identities were built with."""
        return clustering_settings(self.identities)

    @cached_property
    def bounds(self) -> Thresholds:
        """Thresholds that the identities were built with."""
        return clustering_thresholds(self.identities, self.evidence)

    @cached_property
    def locked(self) -> Mapping[str, str]:
        """Lock of each track that belongs to a locked identity."""
        return locked_tracks(self.moderation)

    @cached_property
    def repeated(self) -> Clusters:
        """The same clustering, computed again."""
        return cluster_episode(
            self.tracks.rows,
            self.track_embeddings,
            self.settings,
            self.bounds,
            self.exceptions,
            self.moderation,
            self.clothing,
        )

    @cached_property
    def constraints(self) -> Constraints:
        """Constraints of the same clustering. They also apply to clusterings with other thresholds."""
        return episode_constraints(
            self.tracks.rows, self.track_embeddings, self.settings, self.exceptions, self.moderation
        )

    @cached_property
    def sightings(self) -> Sightings:
        """When the tracks of `tracks.npy` are on screen, and what the people in them wear."""
        return sightings_of(rows_with_embedding(self.tracks.rows, self.track_embeddings), self.clothing)

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """Track embeddings (U, D) as the clustering compares them: unit rows without the mean face."""
        vectors = self.track_embeddings.vectors
        return centred(vectors, self.evidence.mean(vectors.shape[1]))

    @cached_property
    def rows(self) -> IdentityRows:
        """The identities as rows of `tracks.npy`."""
        return identity_rows(self.identities, self.track_embeddings.rows)

    @cached_property
    def certain(self) -> NDArray[np.bool_]:
        """Rows (U,) whose membership in their identity is certain enough to judge the identity."""
        certain = {track for identity in self.identities.identities for track in identity.certain_track_ids}
        return np.array([track in certain for track in self.rows.tracks], np.bool_)

    @cached_property
    def sharing(self) -> NDArray[np.int64]:
        """Pairs of rows (P, 2) that share a frame, regardless of the setting `cannot_link`."""
        by_id = {track.track_id: track for track in self.tracks.rows}
        return sharing_pairs([by_id[track] for track in self.rows.tracks], self.exceptions)

    @cached_property
    def over_merging(self) -> ErrorEvidence:
        """Evidence that the largest identity contains several people."""
        return of_over_merging(
            self.vectors,
            self.rows.labels,
            self.certain,
            self.sharing,
            self.bounds.cluster_thresh,
            self.calibrated,
        )

    @cached_property
    def shattering(self) -> ErrorEvidence:
        """Evidence that people were split into singletons."""
        clear = [
            row
            for row in self.track_embeddings.rows
            if row.embedding_row is not None and row.num_faces > 1 and row.best_norm >= self.bounds.clear_norm
        ]
        spreads, faces = np.array([row.spread for row in clear]), np.array([row.num_faces for row in clear], np.int64)
        return of_shattering(
            self.vectors,
            self.rows.labels,
            self.certain,
            self.sharing,
            face_similarity(spreads, faces),
            self.calibrated,
        )
