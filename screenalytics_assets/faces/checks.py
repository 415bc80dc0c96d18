"""Checks of `faces`."""

from dataclasses import dataclass

from screenalytics_assets.clustering.unit_vectors import vector_faults
from screenalytics_assets.contract.crops import missing_crops
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import FACES, TRACKS, Faces, Tracks
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import Outcome, integrity_outcome
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.inference.packs import Pack, load_pack
from screenalytics_resources.project import config_dir


@dataclass(frozen=True)
class Loaded:
    """What the checks look at."""

    store: ArtifactStore
    tracks: Tracks
    faces: Faces
    pack: Pack


def face_faults(faces: Faces, tracks: Tracks, dim: int) -> list[str]:
    """Everything in the faces that contradicts itself or the tracks; embeddings are `dim` long."""
    rows = [face.embedding_row for face in faces.rows if face.embedding_row is not None]
    faults = vector_faults(faces.vectors, rows, dim, "faces.npy")
    spans = {track.track_id: range(track.first_frame, track.last_frame + 1) for track in tracks.rows}
    seen: set[str] = set()
    for face in faces.rows:
        if face.face_id in seen:
            faults.append(f"{face.face_id} occurs twice")
        seen.add(face.face_id)
        if face.frame not in spans.get(face.track_id, range(0)):
            faults.append(f"{face.face_id} lies at frame {face.frame}, outside {face.track_id}")
        if (face.embedding_row is None) == (face.rejection_reason is None):
            faults.append(f"{face.face_id} needs either an embedding or a rejection_reason")
    return faults


def faces_are_whole(loaded: Loaded) -> Outcome:
    """Rows, embeddings, tracks and crops agree with each other."""
    faults = face_faults(loaded.faces, loaded.tracks, loaded.pack.recogniser.dim)
    keys = [face.crop_key for face in loaded.faces.rows if face.embedding_row is not None]
    gone = missing_crops(loaded.store, loaded.faces.ep_id, keys)
    faults += [f"crop {key} is missing or empty" for key in gone]
    return integrity_outcome(faults, f"{len(loaded.faces.rows)} faces", "materialize tracks and faces again")


def crops_are_readable(loaded: Loaded) -> Outcome:
    """No crop was rejected because it is no picture."""
    bad = [f.crop_key for f in loaded.faces.rows if f.rejection_reason in ("unreadable_crop", "unalignable")]
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
        Check("faces_are_whole", "Rows, embeddings, tracks and crops agree.", faces_are_whole, blocking=True),
        Check("crops_are_readable", "Every crop is a picture with a face to align.", crops_are_readable),
    ],
)
