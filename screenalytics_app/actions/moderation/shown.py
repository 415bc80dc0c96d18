"""The identities that readers see between two runs: those of the last run, with all decisions laid over them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from screenalytics_app.actions.moderation.view import View, present_view
from screenalytics_assets.clustering.cohesion import cluster_statistics
from screenalytics_assets.contract.identity_records import (
    ChosenFace,
    EmbeddingStats,
    Identities,
    Identity,
    Labels,
    Member,
)
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACK_EMBEDDINGS, TrackEmbedding, TrackEmbeddings
from screenalytics_assets.identities.build_identities import seconds_on_screen
from screenalytics_assets.identities.memberships import VOUCHED
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.facebank.people_file import people_names


def shown_identities(store: ArtifactStore, ep_id: str) -> Identities:
    """Return the identities of an episode as they are now; raises `UserError` if they are missing or damaged.

    Tracks, names, labels, locks and the numbers of each identity are those of now. Counts over the episode, thresholds
    and lineage are those of the last run.
    """
    view = present_view(store, ep_id)
    if not view.decisions:
        return view.episode.identities
    names = people_names(store, parse_ep_id(ep_id).show)
    return laid_over(view, load_artifact(store, TRACK_EMBEDDINGS, ep_id), names)


def laid_over(view: View, embeddings: TrackEmbeddings, names: Mapping[str, str]) -> Identities:
    """Return the identities with all decisions. `names` are the names of the cast, by person id."""
    return view.episode.identities.model_copy(
        update={
            "identities": identity_rows(view, view.moderated.identities, embeddings, names),
            "unusable_tracks": view.moderated.unassigned,
            "next_identity_number": view.moderated.next_identity_number,
        }
    )


def identity_rows(
    view: View, identities: Sequence[ModeratedIdentity], embeddings: TrackEmbeddings, names: Mapping[str, str]
) -> tuple[Identity, ...]:
    """Return the rows of some identities of the view with all decisions. `names` is as in `laid_over`."""
    stored = {identity.identity_id: identity for identity in view.episode.identities.identities}
    built = _Built(view, embeddings.rows, embeddings.vectors)
    shown = []
    for identity in identities:
        old = stored.get(identity.identity_id)
        kept = old is not None and set(old.track_ids) == set(identity.track_ids)
        row = old if old is not None and kept else built.identity(identity, old)
        shown.append(_said_of(identity, row, names))
    return tuple(shown)


def _said_of(identity: ModeratedIdentity, row: Identity, names: Mapping[str, str]) -> Identity:
    """Return the row with what people say of the identity. The machine's name stays unless they contradict it."""
    labels, label = Labels(), identity.label
    if identity.person_id is not None:
        name = names.get(identity.person_id)
        labels = Labels(person_id=identity.person_id, name=name, assigned_by="person")
    elif row.labels.assigned_by == "machine" and row.labels.person_id not in identity.not_people:
        labels, label = row.labels, identity.label or row.label
    chosen = identity.representative
    return row.model_copy(
        update={
            "label": label,
            "labels": labels,
            "locked": identity.locked,
            "not_people": tuple(sorted(identity.not_people)) or None,
            "chosen_face": None if chosen is None else ChosenFace(track_id=chosen[0], ts=chosen[1]),
            "reviewed": True if identity.reviewed else None,
        }
    )


@dataclass(frozen=True)
class _Built:
    """Builds the rows of identities whose tracks have changed. `vectors` is (U, D) float32 with unit rows."""

    view: View
    embeddings: Sequence[TrackEmbedding]
    vectors: NDArray[np.float32]

    def identity(self, identity: ModeratedIdentity, old: Identity | None) -> Identity:
        inside = set(identity.track_ids)
        rows = [self._row_of[track] for track in identity.track_ids if track in self._row_of]
        members = tuple(self._member(track) for track in identity.track_ids)
        certain = {member.track_id for member in members if not member.uncertain} or inside
        usable = [r.embedding_row for r in rows if r.embedding_row is not None and r.track_id in certain]
        faces, numbers = sum(row.num_faces for row in rows), self._numbers(usable, len(identity.track_ids))
        seconds, sure = self._seconds(identity.track_ids), [m.track_id for m in members if not m.uncertain]
        thumbnail = f"thumbs/{identity.identity_id}/rep.jpg"
        now = self.view.decisions[-1].at
        return Identity(
            identity_id=identity.identity_id,
            cluster_id=None if old is None else old.cluster_id,
            track_ids=identity.track_ids,
            size=faces,
            seconds_on_screen=seconds,
            label=None,
            labels=Labels() if old is None else old.labels,
            locked=False,
            cohesion=numbers.cohesion,
            min_identity_sim=numbers.min_similarity,
            low_cohesion=bool(usable) and numbers.cohesion < float(self._config["low_cohesion"] or 0),
            outlier_reason=None,
            canonical_face_path=thumbnail,
            rep_thumb_rel_path=f"frames/{self.view.episode.ep_id}/{thumbnail}",
            rep_thumb_s3_key=None,
            embedding_stats=numbers.stats.model_copy(update={"num_faces_total": faces}),
            created_at=now if old is None else old.created_at,
            updated_at=now,
            members=members,
            uncertain_seconds=round(max(0.0, seconds - self._seconds(sure)), 3),
        )

    @cached_property
    def _row_of(self) -> dict[str, TrackEmbedding]:
        return {row.track_id: row for row in self.embeddings}

    @property
    def _config(self) -> Mapping[str, str | int | float | bool | None]:
        return self.view.episode.identities.config

    def _numbers(self, usable: Sequence[int], tracks: int) -> "_Numbers":
        if not usable:
            return _Numbers(0.0, 0.0, EmbeddingStats(centroid_norm=0, variance=0, num_tracks=tracks, num_faces_total=0))
        found = cluster_statistics(self.vectors[list(usable)])
        stats = EmbeddingStats(
            centroid_norm=round(found.centroid_norm, 4),
            variance=round(found.variance, 6),
            num_tracks=tracks,
            num_faces_total=0,
        )
        return _Numbers(round(found.cohesion, 4), round(found.min_similarity, 4), stats)

    def _member(self, track_id: str) -> Member:
        known = self.view.stored_members.get(track_id)
        if known is None or track_id in self.view.vouched:
            return Member(track_id=track_id, **vars(VOUCHED))
        return known

    def _seconds(self, track_ids: Sequence[str]) -> float:
        tracks = [self.view.track(track) for track in track_ids]
        return round(seconds_on_screen(tracks, self.view.episode.scene.frame_s), 3)


@dataclass(frozen=True)
class _Numbers:
    cohesion: float
    min_similarity: float
    stats: EmbeddingStats
