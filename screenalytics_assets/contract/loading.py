"""Typed reading of each artifact, for whoever is not handed it by an IO manager: checks and command line."""

from typing import cast

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import (
    CAST_ASSIGNMENTS,
    EPISODE_VIDEO,
    FACES,
    IDENTITIES,
    IDENTITY_EVALUATION,
    SEASON_IDENTITIES,
    TRACK_EMBEDDINGS,
    TRACK_REPS,
    TRACKS,
    CastAssignmentsDocument,
    EpisodeVideoDocument,
    Faces,
    IdentitiesDocument,
    IdentityEvaluationDocument,
    SeasonIdentitiesDocument,
    TrackEmbeddings,
    TrackReps,
    Tracks,
)
from screenalytics_assets.contract.season_records import SeasonIdentities
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import DamagedArtifactError, load_document, load_table


def load_episode_video(store: ArtifactStore, ep_id: str) -> EpisodeVideoDocument:
    return cast(EpisodeVideoDocument, load_document(store, EPISODE_VIDEO, ep_id))


def load_tracks(store: ArtifactStore, ep_id: str) -> Tracks:
    return cast(Tracks, load_table(store, TRACKS, ep_id))


def load_faces(store: ArtifactStore, ep_id: str) -> Faces:
    return cast(Faces, load_table(store, FACES, ep_id))


def load_track_embeddings(store: ArtifactStore, ep_id: str) -> TrackEmbeddings:
    return cast(TrackEmbeddings, load_table(store, TRACK_EMBEDDINGS, ep_id))


def load_identities(store: ArtifactStore, ep_id: str) -> IdentitiesDocument:
    return cast(IdentitiesDocument, load_document(store, IDENTITIES, ep_id))


def load_cast_assignments(store: ArtifactStore, ep_id: str) -> CastAssignmentsDocument:
    return cast(CastAssignmentsDocument, load_document(store, CAST_ASSIGNMENTS, ep_id))


def load_track_reps(store: ArtifactStore, ep_id: str) -> TrackReps:
    return cast(TrackReps, load_table(store, TRACK_REPS, ep_id))


def load_identity_evaluation(store: ArtifactStore, ep_id: str) -> IdentityEvaluationDocument:
    return cast(IdentityEvaluationDocument, load_document(store, IDENTITY_EVALUATION, ep_id))


def previous_identities(store: ArtifactStore, ep_id: str) -> tuple[Identities | None, str]:
    """The identities that lie there, and what to tell the user where they are there and cannot be read, else ""."""
    if not store.manifest(ep_id, IDENTITIES.file).exists():
        return None, ""
    try:
        return load_identities(store, ep_id).content, ""
    except DamagedArtifactError as error:
        return None, f"identity ids start anew, as the previous result is lost: {error}"


def load_season_identities(store: ArtifactStore, show: str) -> SeasonIdentitiesDocument:
    return cast(SeasonIdentitiesDocument, load_document(store, SEASON_IDENTITIES, show))


def previous_season(store: ArtifactStore, show: str) -> tuple[SeasonIdentities | None, str]:
    """The season's identities that lie there, and what to tell the user where they cannot be read, else ""."""
    if not store.manifest(show, SEASON_IDENTITIES.file).exists():
        return None, ""
    try:
        return load_season_identities(store, show).content, ""
    except DamagedArtifactError as error:
        return None, f"identity ids start anew, as the previous result is lost: {error}"
