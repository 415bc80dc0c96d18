"""Typed reading of each artifact, for whoever is not handed it by an IO manager: checks and command line."""

from typing import cast

from screenalytics_assets.schemas import (
    EPISODE_VIDEO,
    FACES,
    IDENTITIES,
    TRACK_EMBEDDINGS,
    TRACK_REPS,
    TRACKS,
    EpisodeVideoDocument,
    Faces,
    IdentitiesDocument,
    TrackEmbeddings,
    TrackReps,
    Tracks,
)
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import load_document, load_table


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


def load_track_reps(store: ArtifactStore, ep_id: str) -> TrackReps:
    return cast(TrackReps, load_table(store, TRACK_REPS, ep_id))
