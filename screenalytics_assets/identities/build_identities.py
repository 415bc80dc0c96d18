"""Build the document `identities.json` from clusters of tracks."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.cohesion import NO_COHESION, Cohesion, cluster_statistics
from screenalytics_assets.clustering.linkage import members_by_label
from screenalytics_assets.contract.identity_records import (
    EmbeddingStats,
    Identities,
    IdentitiesMetadata,
    Identity,
    IdentityStats,
    Labels,
    LinkContradiction,
    Member,
    TrackAnchor,
)
from screenalytics_assets.contract.schemas import PIPELINE_VERSION, Track, TrackEmbedding, TrackEmbeddings, Tracks
from screenalytics_assets.evidence.face_space import centred
from screenalytics_assets.identities.cluster_episode import sightings_of, without_tracks
from screenalytics_assets.identities.cluster_tracks import UNUSABLE, Clusters
from screenalytics_assets.identities.compared_tracks import ComparedTracks
from screenalytics_assets.identities.faceless_tracks import with_faceless
from screenalytics_assets.identities.lasting_ids import lasting_ids
from screenalytics_assets.identities.locked import locked_tracks
from screenalytics_assets.identities.memberships import VOUCHED, Membership, memberships
from screenalytics_assets.identities.previous_ids import PreviousIds
from screenalytics_assets.identities.said import Sayings, apart_identities
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.identities.track_anchors import anchors
from screenalytics_assets.moderation.state import NO_MODERATION, Moderation
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.inference.packs import Pack


@dataclass(frozen=True)
class Episode:
    """Inputs of the identities of an episode. `vectors` is (U, D) float32 with unit rows."""

    ep_id: str
    source_fps: float
    tracks: Sequence[Track]
    embeddings: Sequence[TrackEmbedding]
    vectors: NDArray[np.float32]
    embeddings_sha256: str
    clothing: NDArray[np.uint8] | None = None
    """Clothing descriptors (C, 600) of the tracks' crops."""

    @classmethod
    def of(
        cls,
        tracks: Tracks,
        embeddings: TrackEmbeddings,
        clothing: NDArray[np.uint8] | None = None,
        dismissed: Collection[str] = (),
    ) -> Self:
        """Collect the inputs from the artifacts of an episode. `dismissed` tracks have no embedding here."""
        kept = without_tracks(embeddings, dismissed)
        return cls(
            ep_id=tracks.ep_id,
            source_fps=tracks.metrics.source_fps,
            tracks=tracks.rows,
            embeddings=kept.rows,
            vectors=kept.vectors,
            embeddings_sha256=hashlib.sha256(np.ascontiguousarray(embeddings.vectors).tobytes()).hexdigest(),
            clothing=clothing,
        )

    @property
    def usable(self) -> list[TrackEmbedding]:
        """The rows that have an embedding, in the order of `vectors`."""
        return [row for row in self.embeddings if row.embedding_row is not None]


def build_identities(
    episode: Episode,
    clusters: Clusters,
    settings: ClusteringSettings,
    pack: Pack,
    now: datetime,
    previous: Identities | None = None,
    moderation: Moderation = NO_MODERATION,
    moderated: PreviousIds | None = None,
) -> Identities:
    """Build the document `identities.json` for these clusters.

    New and changed identities get the timestamp `now`; unchanged identities of `previous` keep theirs. `moderation` is
    what people said of the tracks, and `moderated` the previous result with their decisions laid over it.
    """
    bounds = clusters.bounds
    rows = episode.usable
    track_ids = _tracks_of_clusters(episode, clusters, moderation)
    ids = lasting_ids(previous, track_ids, episode.tracks, locked_tracks(moderation), moderated)
    track_anchors = anchors(episode.tracks)
    judged = judged_memberships(episode, clusters, settings)
    sayings = Sayings(moderation, episode.tracks, 1 / episode.source_fps)
    builder = _Builder(episode, clusters, settings, bounds, judged, track_anchors, now, previous, sayings)
    identities = builder.identities(track_ids, ids.names)
    known = {track: identity.identity_id for identity in identities for track in identity.track_ids}
    unusable = tuple(row.track_id for row in episode.embeddings if row.track_id not in known)
    return Identities(
        ep_id=episode.ep_id,
        schema_version=1,
        pipeline_ver=PIPELINE_VERSION,
        config=settings.model_dump() | bounds.recorded(),
        stats=IdentityStats(
            faces=sum(row.num_faces for row in rows),
            tracks=len(episode.tracks),
            clusters=sum(len(part) >= settings.min_cluster_size for part in track_ids),
            mixed_tracks=sum(row.spread > 1 - bounds.cluster_thresh for row in rows),
            outlier_tracks=len(clusters.outliers),
            low_cohesion_identities=sum(identity.low_cohesion for identity in identities),
        ),
        metadata=_metadata(episode, clusters, settings, bounds, pack, identities, now),
        identities=tuple(identities),
        unusable_tracks=unusable,
        contradictions=tuple(
            LinkContradiction(
                must_link=(rows[c.must_link[0]].track_id, rows[c.must_link[1]].track_id),
                cannot_link=(rows[c.cannot_link[0]].track_id, rows[c.cannot_link[1]].track_id),
            )
            for c in clusters.contradictions
        ),
        lineage=ids.lineage,
        next_identity_number=ids.next_number,
        track_anchors=track_anchors,
        dismissed_tracks=tuple(sorted(moderation.dismissed)) or None,
        apart=apart_identities(moderation, known) or None,
    )


def _tracks_of_clusters(episode: Episode, clusters: Clusters, moderation: Moderation) -> list[list[str]]:
    """Return the tracks of each identity in the order of the episode, with those without an embedding."""
    rows = episode.usable
    parts = members_by_label(clusters.labels) if len(rows) else []
    found = [[rows[row].track_id for row in part] for part in parts if clusters.labels[part[0]] != UNUSABLE]
    faceless = [row.track_id for row in episode.embeddings if row.embedding_row is None]
    order = {row.track_id: position for position, row in enumerate(episode.embeddings)}
    return [sorted(tracks, key=order.__getitem__) for tracks in with_faceless(found, faceless, moderation)]


def judged_memberships(episode: Episode, clusters: Clusters, settings: ClusteringSettings) -> list[Membership]:
    """Judge the membership of each row of `vectors` in its identity."""
    bounds = clusters.bounds
    by_id = {track.track_id: track for track in episode.tracks}
    tracks = ComparedTracks(
        centred(episode.vectors, bounds.evidence.mean(episode.vectors.shape[1])),
        np.array([row.best_norm for row in episode.usable], np.float64),
        bounds,
        clusters.constraints.cannot_link,
        sightings_of([by_id[row.track_id] for row in episode.usable], episode.clothing),
    )
    vouched = clusters.constraints.vouched_rows(len(clusters.labels))
    return memberships(tracks, clusters.labels, settings.certain_probability, vouched)


def _metadata(
    episode: Episode,
    clusters: Clusters,
    settings: ClusteringSettings,
    bounds: Thresholds,
    pack: Pack,
    identities: Sequence[Identity],
    now: datetime,
) -> IdentitiesMetadata:
    sizes = [len(identity.track_ids) for identity in identities]
    tracks, singletons = sum(sizes), sum(size == 1 for size in sizes)
    return IdentitiesMetadata(
        num_tracks=tracks,
        num_unusable_tracks=len(episode.embeddings) - tracks,
        num_identities=len(sizes),
        num_clusters=sum(size >= settings.min_cluster_size for size in sizes),
        num_singletons=singletons,
        singleton_fraction=round(singletons / tracks, 4) if tracks else 0.0,
        largest_cluster_size=max(sizes, default=0),
        largest_cluster_fraction=round(max(sizes) / tracks, 4) if tracks else 0.0,
        avg_cluster_size=round(tracks / len(sizes), 4) if sizes else 0.0,
        num_adopted=len(clusters.adopted),
        num_uncertain_tracks=sum(member.uncertain for identity in identities for member in identity.members or ()),
        uncertain_seconds=round(sum(identity.uncertain_seconds or 0.0 for identity in identities), 3),
        cannot_link_pairs=len(clusters.constraints.cannot_link),
        must_link_pairs=len(clusters.constraints.must_link),
        prevented_merges=clusters.prevented_merges,
        cluster_thresh=bounds.cluster_thresh,
        min_cluster_size=settings.min_cluster_size,
        min_identity_sim=bounds.min_identity_sim,
        assign_sim=bounds.assign_sim,
        assign_sim_clear=bounds.assign_sim_clear,
        assign_margin=bounds.assign_margin,
        unusable_norm=bounds.unusable_norm,
        algorithm=settings.algorithm,
        linkage=settings.linkage,
        model_pack=pack.name,
        model_licence=pack.licence,
        calibrated=pack.calibration.calibrated,
        embeddings_sha256=episode.embeddings_sha256,
        created_at=now,
    )


@dataclass(frozen=True)
class _Builder:
    episode: Episode
    clusters: Clusters
    settings: ClusteringSettings
    bounds: Thresholds
    judged: Sequence[Membership]
    anchors: Sequence[TrackAnchor]
    now: datetime
    previous: Identities | None
    sayings: Sayings

    @cached_property
    def _row_of(self) -> dict[str, int]:
        """Track -> row of `vectors`."""
        return {row.track_id: number for number, row in enumerate(self.episode.usable)}

    @cached_property
    def _embedding_of(self) -> dict[str, TrackEmbedding]:
        return {row.track_id: row for row in self.episode.embeddings}

    def identities(self, clusters_of_tracks: Sequence[Sequence[str]], names: Sequence[str]) -> list[Identity]:
        """Return the identities, ordered by id. `clusters_of_tracks` holds the tracks of each identity in `names`."""
        previous = {identity.identity_id: identity for identity in self.previous.identities} if self.previous else {}
        anchor_of = {anchor.track_id: anchor for anchor in self.anchors}
        previous_anchor_of = {a.track_id: a for a in self.previous.track_anchors} if self.previous else {}
        identities: list[Identity] = []
        clusters = 0
        for name, tracks in sorted(zip(names, clusters_of_tracks, strict=True), key=lambda pair: pair[0]):
            clusters += len(tracks) >= self.settings.min_cluster_size
            identity = self._identity(name, tracks, clusters)
            if name in previous:
                old = previous[name]
                old_anchors = {previous_anchor_of[track] for track in old.track_ids}
                same_tracks = old_anchors == {anchor_of[track] for track in identity.track_ids}
                identity = carry_over(identity, old, same_tracks)
            identities.append(identity)
        return identities

    def _identity(self, name: str, tracks: Sequence[str], cluster: int) -> Identity:
        membership = {track: self._membership(track) for track in tracks}
        rows = [self._row_of[track] for track in tracks if track in self._row_of]
        certain = [row for row in rows if not self.judged[row].uncertain] or rows
        statistics = cluster_statistics(self.episode.vectors[certain]) if certain else NO_COHESION
        seconds = self._seconds(tracks)
        outlier = self.clusters.outliers.get(rows[0]) if len(rows) == len(tracks) == 1 else None
        thumbnail = f"thumbs/{name}/rep.jpg"
        said = self.sayings.of(tracks)
        faces = sum(self._embedding_of[track].num_faces for track in tracks)
        return Identity(
            identity_id=name,
            cluster_id=self._cluster_id(len(tracks), cluster),
            track_ids=tuple(tracks),
            size=faces,
            seconds_on_screen=seconds,
            label=said.label,
            labels=Labels(person_id=said.person_id, assigned_by="person") if said.person_id else Labels(),
            locked=said.locked,
            cohesion=round(statistics.cohesion, 4),
            min_identity_sim=round(statistics.min_similarity, 4),
            low_cohesion=bool(certain) and self._is_low(certain, statistics),
            outlier_reason=None if outlier is None else f"low_identity_similarity_{outlier:.3f}",
            canonical_face_path=thumbnail,
            rep_thumb_rel_path=f"frames/{self.episode.ep_id}/{thumbnail}",
            rep_thumb_s3_key=None,
            embedding_stats=EmbeddingStats(
                centroid_norm=round(statistics.centroid_norm, 4),
                variance=round(statistics.variance, 6),
                num_tracks=len(tracks),
                num_faces_total=faces,
            ),
            created_at=self.now,
            updated_at=self.now,
            members=tuple(Member(track_id=track, **vars(judged)) for track, judged in membership.items()),
            uncertain_seconds=round(
                max(0.0, seconds - self._seconds([t for t, judged in membership.items() if not judged.uncertain])), 3
            ),
            not_people=tuple(sorted(said.not_people)) or None,
            chosen_face=said.chosen_face,
            reviewed=True if said.reviewed else None,
        )

    def _membership(self, track: str) -> Membership:
        """Return the membership of a track. Without an embedding it is in an identity because a person said so."""
        row = self._row_of.get(track)
        return VOUCHED if row is None else self.judged[row]

    def _is_low(self, members: Sequence[int], statistics: Cohesion) -> bool:
        """Whether the cohesion is low, or a track is less similar to the centroid than its best norm requires."""
        norms = np.array([self.episode.usable[index].best_norm for index in members])
        needed = np.minimum(self.bounds.needed(norms), self.bounds.min_identity_sim)
        vectors = self.episode.vectors[list(members)]
        rows = centred(vectors, self.bounds.evidence.mean(vectors.shape[1]))
        similarities = rows @ cluster_statistics(rows).centroid
        return statistics.cohesion < self.settings.low_cohesion or bool((similarities < needed).any())

    def _cluster_id(self, size: int, cluster: int) -> int | None:
        """Number of a cluster; None or, in `outlier_mode` noise, -1 for an identity that is too small to be one."""
        if size >= self.settings.min_cluster_size:
            return cluster
        return -1 if self.settings.outlier_mode == "noise" else None

    def _seconds(self, track_ids: Collection[str]) -> float:
        tracks = [track for track in self.episode.tracks if track.track_id in track_ids]
        return round(seconds_on_screen(tracks, 1 / self.episode.source_fps), 3)


_SAID = ("label", "labels", "locked", "not_people", "chosen_face", "reviewed")


def carry_over(identity: Identity, previous: Identity, same_tracks: bool) -> Identity:
    """Copy `created_at` from `previous`, and `updated_at` if it has the `same_tracks` and people said the same.

    A name that the machine gave stays, unless a person said otherwise. So does the spelling of a person's name.
    """
    before, person = previous.labels, identity.labels.person_id
    by_machine = before.assigned_by == "machine" and person is None
    kept_by_machine = by_machine and before.person_id not in (identity.not_people or ())
    if before.person_id is not None and (kept_by_machine or person == before.person_id):
        labels = before.model_copy(update={"assigned_by": identity.labels.assigned_by or before.assigned_by})
        shown = previous.label if previous.label == before.name else None
        identity = identity.model_copy(update={"labels": labels, "label": identity.label or shown})
    same = same_tracks and all(getattr(identity, name) == getattr(previous, name) for name in _SAID)
    kept = ("created_at", *(("updated_at",) if same else ()))
    return identity.model_copy(update={name: getattr(previous, name) for name in kept})


def seconds_on_screen(tracks: Sequence[Track], frame_s: float) -> float:
    """Return the length of the union of the tracks' spans, in seconds. A frame lasts `frame_s` seconds."""
    total, covered_until = 0.0, -np.inf
    for track in sorted(tracks, key=lambda track: track.first_ts):
        end = track.last_ts + frame_s
        total += max(0.0, end - max(track.first_ts, covered_until))
        covered_until = max(covered_until, end)
    return total
