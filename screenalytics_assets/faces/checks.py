"""Checks of `faces`."""

from dataclasses import dataclass

from screenalytics_assets.clustering.unit_vectors import vector_faults
from screenalytics_assets.contract.crops import missing_crops
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.purged_file import purged_crops
from screenalytics_assets.contract.schemas import FACES, TRACKS, Faces, Tracks
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import Outcome, integrity_outcome
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.inference.packs import Pack, load_pack
from screenalytics_resources.project import config_dir


@dataclass(frozen=True)
class Loaded:
    """Artifacts and model pack that the checks read."""

    store: ArtifactStore
    tracks: Tracks
    faces: Faces
    pack: Pack


def face_problems(faces: Faces, tracks: Tracks, dim: int) -> list[str]:
    """Return every contradiction within the faces or between faces and tracks. `dim` is the length of an embedding."""
    rows = [face.embedding_row for face in faces.rows if face.embedding_row is not None]
    problems = vector_faults(faces.vectors, rows, dim, "faces.npy")
    spans = {track.track_id: range(track.first_frame, track.last_frame + 1) for track in tracks.rows}
    seen: set[str] = set()
    for face in faces.rows:
        if face.face_id in seen:
            problems.append(f"{face.face_id} occurs twice")
        seen.add(face.face_id)
        if face.frame not in spans.get(face.track_id, range(0)):
            problems.append(f"{face.face_id} is at frame {face.frame}, outside {face.track_id}")
        if (face.embedding_row is None) == (face.rejection_reason is None):
            problems.append(f"{face.face_id} must have either an embedding or a rejection_reason")
    return problems


def faces_are_whole(loaded: Loaded) -> Outcome:
    """Check that rows, embeddings, tracks and crops agree with each other."""
    problems = face_problems(loaded.faces, loaded.tracks, loaded.pack.recogniser.dim)
    keys = [face.crop_key for face in loaded.faces.rows if face.embedding_row is not None]
    missing = missing_crops(loaded.store, loaded.faces.ep_id, keys)
    problems += [f"crop {key} is missing or empty" for key in missing]
    return integrity_outcome(problems, f"{len(loaded.faces.rows)} faces", "materialize tracks and faces again")


def crops_are_readable(loaded: Loaded) -> Outcome:
    """Check that no crop was rejected because it could not be read or aligned, apart from purged ones."""
    purged = purged_crops(loaded.store, loaded.faces.ep_id)
    unusable = [face for face in loaded.faces.rows if face.rejection_reason in ("unreadable_crop", "unalignable")]
    bad = [face.crop_key for face in unusable if face.crop_key not in purged]
    if not bad:
        return Outcome(True, "every crop could be read and aligned", "WARN")
    return Outcome(False, f"{len(bad)} crops could not be read or aligned, first: {bad[0]}", "WARN", bad[:20])


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    faces = load_artifact(store, FACES, ep_id)
    return Loaded(store, load_artifact(store, TRACKS, ep_id), faces, load_pack(faces.pack, config_dir()))


FACES_CHECKS = asset_checks(
    "faces",
    _load,
    [
        Check(
            "faces_are_whole",
            "Faces, embeddings, tracks and crops agree with each other.",
            faces_are_whole,
            blocking=True,
        ),
        Check("crops_are_readable", "Every crop file can be read, and its face can be aligned.", crops_are_readable),
    ],
)
