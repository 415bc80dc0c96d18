"""Identities and tracks in no identity, compared with all identities by face, clothes and shared frames."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.exceptions_file import Exceptions
from screenalytics_assets.contract.identity_records import Identities, Identity
from screenalytics_assets.contract.schemas import Track, TrackEmbeddings
from screenalytics_assets.contract.suggestion_records import NearFaces
from screenalytics_assets.evidence.face_space import centred
from screenalytics_assets.evidence.sightings import clothing_excess
from screenalytics_assets.identities.build_identities import seconds_on_screen
from screenalytics_assets.identities.cluster_episode import rows_with_embedding, sightings_of
from screenalytics_assets.identities.compared_tracks import ComparedTracks, Rows
from screenalytics_assets.identities.cooccurrence import sharing_pairs
from screenalytics_assets.identities.made_with import clustering_thresholds
from screenalytics_resources.inference.packs import Evidence

NEAREST = 3
"""Pairs of faces that a question shows."""


@dataclass(frozen=True)
class ComparedEpisode:
    """N tracks with an embedding, in K identities that have one or more of them. Rows are those of `tracks.npy`."""

    identities: Sequence[Identity]
    tracks: Sequence[Track]
    labels: Rows
    """Position of the identity of each row (N,), or -1 for none."""
    compared: ComparedTracks
    frame_s: float
    left_out: frozenset[int] = frozenset()
    """Rows with label -1 that no question is about: dismissed tracks, and suspicious parts of identities."""

    @cached_property
    def members(self) -> list[Rows]:
        """Rows of each identity."""
        return [np.flatnonzero(self.labels == label) for label in range(len(self.identities))]

    @cached_property
    def unassigned(self) -> Rows:
        """Rows in no identity."""
        return np.array([row for row in np.flatnonzero(self.labels < 0).tolist() if row not in self.left_out], np.int64)

    @cached_property
    def odds(self) -> NDArray[np.float64]:
        """Log-odds (K + M, K) that each identity, and each of the M unassigned rows, shows the person of an identity.

        The evidence of two identities is that of the one with the poorer face: little is expected of it. Minus infinity
        for an identity with itself, and where a shared frame rules the pair out.
        """
        guests = [*self.members, *(np.array([row]) for row in self.unassigned)]
        count = len(self.identities)
        odds = self.compared.odds(guests, self.labels, count)
        odds[:count] = np.maximum(odds[:count], odds[:count].T)
        return odds

    def without(self, rows: Rows) -> "ComparedEpisode":
        """Return the episode with these rows left out of their identities."""
        labels = self.labels.copy()
        labels[rows] = -1
        return replace(self, labels=labels, left_out=self.left_out | frozenset(rows.tolist()))

    def track_ids(self, rows: Rows) -> tuple[str, ...]:
        """Return the tracks of these rows."""
        return tuple(self.tracks[row].track_id for row in rows.tolist())

    def seconds(self, rows: Rows) -> float:
        """Return how long any of these tracks is on screen, s."""
        return round(seconds_on_screen([self.tracks[row] for row in rows.tolist()], self.frame_s), 3)

    def similarity(self, rows: Rows, others: Rows) -> float:
        """Return the cosine similarity of the directions of two groups of rows; 0 if the vectors of one cancel out."""
        one, other = (self.compared.vectors[group].astype(np.float64).sum(axis=0) for group in (rows, others))
        norms = float(np.linalg.norm(one) * np.linalg.norm(other))
        return round(float(one @ other) / norms, 4) if norms > 0 else 0.0

    def clothing(self, rows: Rows, others: Rows) -> float | None:
        """Return the highest clothing affinity between two groups of rows near in time, or None if there is none."""
        if self.compared.sightings is None:
            return None
        both = np.concatenate([rows, others])
        labels = np.repeat([-1, 0], [len(rows), len(others)])
        sightings = self.compared.sightings.of(both)
        best = float(clothing_excess(sightings, np.arange(len(rows)), labels, 1, 0.0).max(initial=0.0))
        return round(min(best, 1.0), 4) if best > 0 else None

    def shared_frames(self, rows: Rows, others: Rows) -> int:
        """Return the number of frames that tracks of both groups share, counted per pair of tracks."""
        first, last = self._spans
        both = np.minimum(last[rows, None], last[others]) - np.maximum(first[rows, None], first[others]) + 1
        return int(np.maximum(both, 0).sum())

    @cached_property
    def _spans(self) -> tuple[Rows, Rows]:
        """First and last frame of each row (N,)."""
        first = np.array([track.first_frame for track in self.tracks], np.int64)
        return first, np.array([track.last_frame for track in self.tracks], np.int64)

    def nearest(self, rows: Rows, others: Rows) -> tuple[NearFaces, ...]:
        """Return the most similar pairs of tracks between two groups of rows. No track occurs twice."""
        similarities = self.compared.vectors[rows] @ self.compared.vectors[others].T
        pairs = []
        for _ in range(min(NEAREST, len(rows), len(others))):
            one, other = np.unravel_index(int(similarities.argmax()), similarities.shape)
            pairs.append(self._near_faces(int(rows[one]), int(others[other]), float(similarities[one, other])))
            similarities[one], similarities[:, other] = -np.inf, -np.inf
        return tuple(pairs)

    def _near_faces(self, row: int, other: int, similarity: float) -> NearFaces:
        track, other_track = self.tracks[row], self.tracks[other]
        return NearFaces(
            track_id=track.track_id,
            frame=clearest_frame(track),
            other_track_id=other_track.track_id,
            other_frame=clearest_frame(other_track),
            similarity=round(float(np.clip(similarity, -1.0, 1.0)), 4),
        )


def compare_episode(
    tracks: Sequence[Track],
    embeddings: TrackEmbeddings,
    identities: Identities,
    evidence: Evidence,
    exceptions: Exceptions,
    source_fps: float,
    clothing: NDArray[np.uint8] | None,
) -> ComparedEpisode:
    """Compare the tracks of an episode, with the thresholds that its identities were built with.

    Identities without any embedding are left out. `clothing` (C, 600) holds the clothing descriptors of the tracks'
    crops; None if they have none.
    """
    rows = rows_with_embedding(tracks, embeddings)
    used = [row for row in embeddings.rows if row.embedding_row is not None]
    with_row = {row.track_id for row in used}
    compared_identities = [i for i in identities.identities if not with_row.isdisjoint(i.track_ids)]
    position = {track: index for index, i in enumerate(compared_identities) for track in i.track_ids}
    bounds = clustering_thresholds(identities, evidence)
    compared = ComparedTracks(
        centred(embeddings.vectors, evidence.mean(embeddings.vectors.shape[1])),
        np.array([row.best_norm for row in used], np.float64),
        bounds,
        sharing_pairs(rows, exceptions),
        sightings_of(rows, clothing),
    )
    labels = np.array([position.get(row.track_id, -1) for row in used], np.int64)
    dismissed = set(identities.dismissed_tracks or ())
    left_out = frozenset(index for index, row in enumerate(used) if row.track_id in dismissed)
    return ComparedEpisode(compared_identities, rows, labels, compared, 1 / source_fps, left_out)


def clearest_frame(track: Track) -> int:
    """Return the frame of the crop with the highest detection score, or the track's first frame without crops."""
    best = max(track.crops, key=lambda crop: crop.det_score, default=None)
    return track.first_frame if best is None else best.frame
