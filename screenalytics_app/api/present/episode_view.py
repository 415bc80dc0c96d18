"""What the bodies of an episode are made from: the view with all decisions, and the artifacts next to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from screenalytics_app.actions.moderation.view import View, open_episode, view_of
from screenalytics_app.api.present.badges import pack_named
from screenalytics_app.api.present.stored import stored
from screenalytics_app.api.present.track_similarity import Fit, track_fits
from screenalytics_assets.contract.cast_records import CastAssignment
from screenalytics_assets.contract.purged_file import purged_crops
from screenalytics_assets.contract.schemas import (
    CAST_ASSIGNMENTS,
    TRACK_EMBEDDINGS,
    TRACK_REPS,
    TRACKS,
    CastAssignmentsDocument,
    TrackEmbedding,
    TrackEmbeddings,
    TrackRep,
    TrackReps,
)
from screenalytics_assets.identities.preview_earlier_words import preview_earlier_words
from screenalytics_resources.artifact import sha256_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import decisions_sha256, read_decisions
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.people_file import people_names
from screenalytics_resources.inference.packs import Badges, Pack
from screenalytics_resources.recent import Recent
from screenalytics_resources.sealed_files import read_seal

_views: Recent[tuple[str, str], tuple[str, View]] = Recent(4)
_shown: Recent[tuple[str, str], "Shown"] = Recent(4)


@dataclass(frozen=True)
class Shown:
    """An episode as people see it.

    Attributes:
        view: its tracks and identities with all decisions.
        names: names of the cast, by person id.
        embeddings: embeddings of its tracks.
        track_reps: representatives of its tracks; None before they are made.
        assignments: what the machine says about names; None before it did.
        purged: keys of the crops that people had removed.
        crops_sha256: hash over all stored crops. A picture with an equal key and an equal hash is the same picture.
        pack: model pack of the embeddings, with the bounds of the badges.
    """

    view: View
    names: Mapping[str, str]
    embeddings: TrackEmbeddings
    track_reps: TrackReps | None
    assignments: CastAssignmentsDocument | None
    purged: frozenset[str]
    crops_sha256: str
    pack: Pack

    @property
    def ep_id(self) -> str:
        """Id of the episode."""
        return self.view.episode.ep_id

    @property
    def badges(self) -> Badges:
        """Bounds of the badges."""
        return self.pack.badges

    @cached_property
    def reps(self) -> dict[str, TrackRep]:
        """Track -> its representative."""
        return {rep.track_id: rep for rep in (self.track_reps.rows if self.track_reps else ())}

    @cached_property
    def fits(self) -> dict[str, Fit]:
        """Track -> how well it fits its identity; tracks in none, or without an embedding, are left out."""
        return track_fits(
            self.view.moderated.identities,
            self.view.uncertain,
            self.embeddings.rows,
            self.embeddings.vectors,
            self.view.episode.identities.metadata,
            self.pack,
        )

    @cached_property
    def embedding_of(self) -> dict[str, TrackEmbedding]:
        """Track -> its embedding's row."""
        return {row.track_id: row for row in self.embeddings.rows}

    @cached_property
    def assignment_of(self) -> dict[str, CastAssignment]:
        """Identity of the last run -> what the machine says about its name."""
        rows = self.assignments.content.assignments if self.assignments else ()
        return {row.identity_id: row for row in rows}

    def version_of(self, *keys: str) -> str:
        """Return a short hash that changes with the pictures that these keys name."""
        return sha256_of("\n".join((self.crops_sha256, *keys)).encode())[:16]


def current_view(store: ArtifactStore, ep_id: str) -> View:
    """Return the episode with all its decisions: the same object as before if nothing has changed.

    Raises:
        UserError: the episode has no identities, or a file is damaged.
    """
    episode, sha256 = open_episode(store, ep_id), decisions_sha256(store, ep_id)
    known = _views.get((store.root, ep_id))
    if known is not None and known[0] == sha256 and known[1].episode is episode and known[1].decisions:
        return known[1]
    decisions = read_decisions(store, ep_id) or preview_earlier_words(store, episode.identities, episode.scene)
    if known is not None and known[1].episode is episode and not known[1].decisions and not decisions:
        return known[1]
    view = view_of(store, episode, decisions)
    _views.put((store.root, ep_id), (sha256, view))
    return view


def shown(store: ArtifactStore, view: View) -> Shown:
    """Return the view with the artifacts next to it: the same object as before if nothing has changed.

    Raises:
        UserError: the episode has no track embeddings, or a file is damaged.
    """
    ep_id = view.episode.ep_id
    embeddings = stored(store, TRACK_EMBEDDINGS, ep_id)
    tracks = read_seal(store, TRACKS, ep_id)
    if embeddings is None or tracks is None:
        raise UserError(f"{ep_id} has no track embeddings: run `screenalytics run --ep-id {ep_id}` first.")
    new = Shown(
        view,
        people_names(store, parse_ep_id(ep_id).show),
        embeddings,
        stored(store, TRACK_REPS, ep_id),
        stored(store, CAST_ASSIGNMENTS, ep_id),
        purged_crops(store, ep_id),
        tracks.companions[TRACKS.crops or ""].sha256,
        pack_named(embeddings.pack),
    )
    known = _shown.get((store.root, ep_id))
    if known is not None and _is_same(known, new):
        return known
    _shown.put((store.root, ep_id), new)
    return new


def _is_same(one: Shown, other: Shown) -> bool:
    """Return whether both show the same. Artifacts and views are the same objects as long as they do not change."""
    objects = ("view", "embeddings", "track_reps", "assignments", "pack")
    values = ("names", "purged", "crops_sha256")
    return all(getattr(one, name) is getattr(other, name) for name in objects) and all(
        getattr(one, name) == getattr(other, name) for name in values
    )
