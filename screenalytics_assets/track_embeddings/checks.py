"""Checks of `track_embeddings`."""

from dataclasses import dataclass

from screenalytics_assets.clustering.unit_vectors import vector_faults
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import FACES, TRACK_EMBEDDINGS, TRACKS, Faces, TrackEmbeddings, Tracks
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import Outcome, integrity_outcome
from screenalytics_assets.track_embeddings.embed_tracks import accepted_by_track
from screenalytics_resources.artifact_store import ArtifactStore


@dataclass(frozen=True)
class Loaded:
    """Inputs of the checks."""

    tracks: Tracks
    faces: Faces
    track_embeddings: TrackEmbeddings


def track_embedding_problems(loaded: Loaded) -> list[str]:
    """List the contradictions within the track embeddings, and between them and the tracks or the faces."""
    table = loaded.track_embeddings
    rows = [row.embedding_row for row in table.rows if row.embedding_row is not None]
    problems = vector_faults(table.vectors, rows, loaded.faces.vectors.shape[1], "tracks.npy")
    expected = [track.track_id for track in loaded.tracks.rows]
    if [row.track_id for row in table.rows] != expected:
        problems.append(f"the {len(table.rows)} rows do not contain the {len(expected)} tracks once each, in order")
    accepted = {track: len(faces) for track, faces in accepted_by_track(loaded.faces.rows).items()}
    for row in table.rows:
        if row.num_faces != accepted.get(row.track_id, 0) or (row.embedding_row is None) != (row.num_faces == 0):
            problems.append(f"{row.track_id} states {row.num_faces} faces, but has {accepted.get(row.track_id, 0)}")
    return problems


def track_embeddings_are_whole(loaded: Loaded) -> Outcome:
    """Check that each track has one row, and each track with an accepted face one unit vector."""
    problems = track_embedding_problems(loaded)
    return integrity_outcome(
        problems, f"{len(loaded.track_embeddings.rows)} tracks", "materialize track_embeddings again"
    )


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    return Loaded(
        load_artifact(store, TRACKS, ep_id),
        load_artifact(store, FACES, ep_id),
        load_artifact(store, TRACK_EMBEDDINGS, ep_id),
    )


TRACK_EMBEDDINGS_CHECKS = asset_checks(
    "track_embeddings",
    _load,
    [
        Check(
            "track_embeddings_are_whole",
            "Each track has one row, and each track with an accepted face has one embedding of norm 1.",
            track_embeddings_are_whole,
            blocking=True,
        )
    ],
)
