"""A complete tiny episode with valid checksums, made by hand, and builders for its rows.

It has two people, A and B, in two shots each, and a fifth track without a usable face. Tests damage one part of it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cast.assignments import cast_assignments_of
from screenalytics_assets.clustering.constraints import NO_CONSTRAINTS
from screenalytics_assets.contract.clothing_file import CLOTHING_DIM, CLOTHING_FILE, clothing_content
from screenalytics_assets.contract.crops import read_crop
from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS
from screenalytics_assets.contract.identity_records import EmbeddingStats, Identity, Labels, Member
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import (
    CAST_ASSIGNMENTS,
    EPISODE_VIDEO,
    FACES,
    IDENTITIES,
    IDENTITY_EVALUATION,
    MERGE_SUGGESTIONS,
    SCREEN_TIME,
    TRACK_EMBEDDINGS,
    TRACK_REPS,
    TRACKS,
    CastAssignmentsDocument,
    Crop,
    CropIndex,
    EpisodeVideo,
    EpisodeVideoDocument,
    Face,
    Faces,
    IdentitiesDocument,
    IdentityEvaluationDocument,
    MergeSuggestionsDocument,
    Quality,
    ScreenTimeDocument,
    Shot,
    Shots,
    Splits,
    Track,
    TrackBox,
    TrackEmbedding,
    TrackEmbeddings,
    TrackMetrics,
    TrackReps,
    Tracks,
)
from screenalytics_assets.contract.truth_file import load_truth, truth_sha256
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.identities.cluster_episode import cluster_episode
from screenalytics_assets.identities.cluster_tracks import Clusters
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.identity_evaluation.evaluate_identities import evaluate_identities
from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_assets.lineage.provenance import provenance
from screenalytics_assets.merge_suggestions.build_suggestions import build_suggestions
from screenalytics_assets.screen_time.build_screen_time import build_screen_time
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import ClusteringSettings, SuggestionSettings
from screenalytics_assets.track_embeddings.embed_tracks import embed_tracks
from screenalytics_assets.track_reps.build_reps import build_reps
from screenalytics_assets.track_reps.thumbnails import write_thumbnails
from screenalytics_resources.artifact import Provenance
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.people_file import NO_CAST
from screenalytics_resources.inference.packs import Evidence, Pack, load_pack
from screenalytics_resources.project import PROJECT_ROOT
from screenalytics_resources.sealed_files import save_document, save_table

EP_ID = "tiny-s01e01"
FPS = 5.0
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
VIDEO = b"stands in for a video: nothing after the tracks opens it"
CONFIG = PROJECT_ROOT / "config"
PACK = load_pack("opencv_zoo", CONFIG)
PLAIN_PACK = PACK.model_copy(update={"evidence": Evidence()})
"""The same pack without a mean face, without lower thresholds for weak faces and without clothes.

Its embeddings may have any number of dimensions.
"""
CLEAR_NORM = PACK.norms.clear + 1
BOX = (20.0, 20.0, 60.0, 70.0)
LANDMARKS = ((30.0, 38.0), (50.0, 38.0), (40.0, 48.0), (32.0, 58.0), (48.0, 58.0))

CLOTHING: NDArray[np.uint8] = np.eye(8, CLOTHING_DIM, dtype=np.uint8) * 255
"""Descriptors of the crops of tracks 1 to 4, two each. The fifth track shows no torso."""


def unit(*values: float, dim: int | None = None) -> NDArray[np.float32]:
    """Return the direction of `values` as a unit vector, padded with zeros to `dim` numbers."""
    vector = np.zeros(dim or len(values))
    vector[: len(values)] = values
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def make_track(
    number: int, frames: tuple[int, int], shot: int = 1, crop_frames: Sequence[int] | None = None, **changes: Any
) -> Track:
    """Make a track seen in every frame from `frames[0]` to `frames[1]`, by default with crops at both ends."""
    name = f"track-{number:05d}"
    first, last = frames
    row = Track(
        track_id=name,
        shot_id=f"shot-{shot:04d}",
        first_frame=first,
        last_frame=last,
        first_ts=first / FPS,
        last_ts=last / FPS,
        frame_count=last - first + 1,
        mean_score=0.9,
        boxes=tuple(TrackBox(frame=f, ts=f / FPS, bbox=BOX, score=0.9) for f in sorted({first, last})),
        crops=tuple(make_crop(name, f) for f in (sorted({first, last}) if crop_frames is None else crop_frames)),
        split_from=None,
        split_reason=None,
    )
    return row.model_copy(update=changes)


def make_crop(track: str, frame: int) -> Crop:
    return Crop(
        frame=frame,
        ts=frame / FPS,
        bbox=BOX,
        landmarks=LANDMARKS,
        det_score=0.9,
        crop_std=40.0,
        crop_key=f"crops/{track}/frame-{frame:06d}.jpg",
        crop_box=(0.0, 0.0, 80.0, 90.0),
    )


def make_face(number: int, track: Track, crop: int, embedding_row: int | None, **changes: Any) -> Face:
    """Make the face of one crop of `track`. Without an embedding row it is rejected for low contrast."""
    source = track.crops[crop]
    row = Face(
        face_id=f"face-{number:06d}",
        track_id=track.track_id,
        frame=source.frame,
        ts=source.ts,
        bbox=source.bbox,
        landmarks=source.landmarks,
        det_score=source.det_score,
        crop_std=source.crop_std,
        quality=Quality(det=0.9, std=40.0, box_area=2000.0, score=0.505),
        embedding_norm=None if embedding_row is None else CLEAR_NORM,
        crop_key=source.crop_key,
        crop_box=source.crop_box,
        embedding_row=embedding_row,
        rejection_reason="low_contrast" if embedding_row is None else None,
    )
    return row.model_copy(update=changes)


def make_embedding(
    number: int, row: int | None, num_faces: int = 2, spread: float = 0.1, best_norm: float = CLEAR_NORM
) -> TrackEmbedding:
    return TrackEmbedding(
        track_id=f"track-{number:05d}",
        embedding_row=row,
        num_faces=0 if row is None else num_faces,
        mean_quality=0.5,
        best_norm=0.0 if row is None else best_norm,
        time_span_sec=2.0,
        spread=spread,
        pooling_method="mean",
    )


def make_clusters(labels: NDArray[np.int64], settings: ClusteringSettings | None = None) -> Clusters:
    """Make clusters with these labels and no constraints."""
    bounds = thresholds(settings or ClusteringSettings.model_validate({}), PLAIN_PACK)
    return Clusters(labels, bounds, {}, {}, NO_CONSTRAINTS, (), {}, 0)


def clear_norms(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return embedding norms (n,) above the pack's `clear` norm."""
    return np.full(len(vectors), CLEAR_NORM)


def make_identity(
    number: int, tracks: Sequence[int], seconds: float, low: bool = False, uncertain: Sequence[int] | None = None
) -> Identity:
    """Make an identity. Without `uncertain` tracks it has no members, like those of an earlier release."""
    members = tuple(
        Member(
            track_id=f"track-{track:05d}",
            confidence=0.6,
            uncertain=track in (uncertain or ()),
            evidence="face 0.41 (weak)",
        )
        for track in (() if uncertain is None else tracks)
    )
    name = f"identity-{number:05d}"
    return Identity(
        identity_id=name,
        cluster_id=number,
        track_ids=tuple(f"track-{track:05d}" for track in tracks),
        size=2,
        seconds_on_screen=seconds,
        label="Ann" if low else None,
        labels=Labels(),
        locked=False,
        cohesion=0.9,
        min_identity_sim=0.9,
        low_cohesion=low,
        outlier_reason=None,
        canonical_face_path=f"thumbs/{name}/rep.jpg",
        rep_thumb_rel_path=f"frames/{EP_ID}/thumbs/{name}/rep.jpg",
        rep_thumb_s3_key=None,
        embedding_stats=EmbeddingStats(centroid_norm=1, variance=0, num_tracks=1, num_faces_total=2),
        created_at=NOW,
        updated_at=NOW,
        members=None if uncertain is None else tuple(members),
        uncertain_seconds=None if uncertain is None else 0.5 * len(uncertain),
    )


def make_shot(number: int, first: int, last: int) -> Shot:
    return Shot(
        shot_id=f"shot-{number:04d}", first_frame=first, last_frame=last, first_ts=first / FPS, last_ts=last / FPS
    )


def make_metrics(**changes: Any) -> TrackMetrics:
    """Make metrics of an episode of 100 frames and 20 s without problems."""
    row = TrackMetrics(
        ep_id=EP_ID,
        tracks=5,
        detections=130,
        shots=2,
        tracks_per_minute=15.0,
        short_track_fraction=0.0,
        id_switch_rate=0.0,
        returns_after_gap=0,
        splits=Splits(hard=0, streak=0, iou=0, total=0),
        frames_decoded=100,
        frames_analysed=100,
        seconds_analysed=20.0,
        transition_frames=0,
        corrupt_packets=0,
        truncated=False,
        duration_s=20.0,
        source_fps=FPS,
        analysed_fps=FPS,
        stride=1,
        model_pack=PACK.name,
        provider="CPUExecutionProvider",
        provider_note=None,
        gate_embeddings=0,
        wall_seconds=1.0,
        realtime_factor=20.0,
    )
    return row.model_copy(update=changes)


def origin(asset: str, inputs: Mapping[str, str], pack: Pack | None = None) -> Provenance:
    """Return the provenance of `asset` with the project's own settings."""
    return provenance(asset, tuple(resolve(stage, CONFIG) for stage in ARTIFACTS[asset].settings), inputs, pack)


SHATTERED = {"min_cluster_size": 3, "adopt_max_tracks": 0, "merge_probability": 1.0}
"""Settings that leave every track of the tiny episode alone, although two of them show the same person."""
ONE_IDENTITY = {"cluster_thresh": -1.0, "min_identity_sim": -1.0, "cannot_link": False}
"""Settings that put both people of the tiny episode into one identity."""


def write_tiny_episode(root: Path) -> ArtifactStore:
    """Write every artifact of the episode `EP_ID` below `root`. It has no truth file."""
    store = ArtifactStore(str(root))
    steps = (
        _write_video,
        _write_tracks,
        _write_faces,
        _write_embeddings,
        write_identities,
        write_assignments,
        write_suggestions,
        write_reps,
        write_evaluation,
        write_screen_time,
    )
    for step in steps:
        step(store)
    return store


def _write_video(store: ArtifactStore) -> None:
    path = Path(str(store.video(EP_ID)))
    path.parent.mkdir(parents=True)
    path.write_bytes(VIDEO)
    sha256 = hashlib.sha256(VIDEO).hexdigest()
    video = EpisodeVideo(
        ep_id=EP_ID,
        video_key=f"videos/{EP_ID}/episode.mp4",
        sha256=sha256,
        size_bytes=len(VIDEO),
        container="mov,mp4",
        codec="h264",
        width=320,
        height=180,
        rotation=0,
        fps=FPS,
        duration_s=20.0,
        frames_stated=100,
    )
    document = EpisodeVideoDocument(EP_ID, video, origin("episode_video", {"video": sha256}))
    save_document(store, EPISODE_VIDEO, document)


def _write_tracks(store: ArtifactStore) -> None:
    import cv2

    from screenalytics_assets.contract.loading import load_artifact
    from screenalytics_assets.contract.schemas import EPISODE_VIDEO

    rows = [
        _dressed(make_track(1, (0, 30)), 0),
        _dressed(make_track(2, (5, 40)), 2),
        _dressed(make_track(3, (50, 80), shot=2), 4),
        _dressed(make_track(4, (55, 90), shot=2), 6),
        make_track(5, (60, 70), shot=2),
    ]
    picture = np.random.default_rng(0).integers(0, 256, (90, 80, 3), np.uint8)
    content = cv2.imencode(".jpg", picture)[1].tobytes()
    for key in (crop.crop_key for row in rows for crop in row.crops):
        path = Path(str(store.frames(EP_ID, key)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    index = CropIndex(ep_id=EP_ID, crops=10, sha256="0" * 64)
    Path(str(store.frames(EP_ID, "crops", "index.json"))).write_text(index.model_dump_json(), encoding="utf-8")
    clothing = clothing_content(CLOTHING)
    Path(str(store.frames(EP_ID, CLOTHING_FILE))).write_bytes(clothing)
    metrics = make_metrics().model_copy(update={"clothing_sha256": hashlib.sha256(clothing).hexdigest()})
    shots = Shots(ep_id=EP_ID, detectors=("by hand",), shots=(make_shot(1, 0, 49), make_shot(2, 50, 99)))
    documents = {"shots.json": shots, "track_metrics.json": metrics}
    inputs = {"episode_video": load_artifact(store, EPISODE_VIDEO, EP_ID).digest}
    save_table(store, TRACKS, Tracks(EP_ID, rows, origin("tracks", inputs, PACK), PACK.name, documents))


def _dressed(track: Track, first: int) -> Track:
    """Return the track with clothing rows for its crops, counted from `first`."""
    crops = [crop.model_copy(update={"clothing_row": first + index}) for index, crop in enumerate(track.crops)]
    return track.model_copy(update={"crops": tuple(crops)})


def _write_faces(store: ArtifactStore) -> None:
    tracks = load_artifact(store, TRACKS, EP_ID)
    usable, unusable = tracks.rows[:4], tracks.rows[4]
    rows = [make_face(2 * k + c + 1, track, c, 2 * k + c) for k, track in enumerate(usable) for c in (0, 1)]
    rows += [make_face(9 + c, unusable, c, None) for c in (0, 1)]
    person_a = [unit(1.0, 0.0, tilt, dim=128) for tilt in (0.1, 0.2)]
    person_b = [unit(0.0, 1.0, tilt, dim=128) for tilt in (0.1, 0.2)]
    vectors = np.stack([*person_a, *person_b, *person_a, *person_b])
    origin_ = origin("faces", {"tracks": tracks.digest}, PACK)
    save_table(store, FACES, Faces(EP_ID, rows, origin_, PACK.name, arrays={"faces.npy": vectors}))


def _write_embeddings(store: ArtifactStore) -> None:
    tracks, faces = load_artifact(store, TRACKS, EP_ID), load_artifact(store, FACES, EP_ID)
    pooled = embed_tracks(tracks.rows, faces.rows, faces.vectors, "mean")
    origin_ = origin("track_embeddings", {"tracks": tracks.digest, "faces": faces.digest})
    arrays = {"tracks.npy": pooled.vectors}
    save_table(store, TRACK_EMBEDDINGS, TrackEmbeddings(EP_ID, pooled.rows, origin_, PACK.name, arrays=arrays))


def write_identities(store: ArtifactStore, **changes: Any) -> None:
    """Write the identities that the tracks have with these changes of the settings of the clustering."""
    tracks, faces, embeddings = (
        load_artifact(store, TRACKS, EP_ID),
        load_artifact(store, FACES, EP_ID),
        load_artifact(store, TRACK_EMBEDDINGS, EP_ID),
    )
    defaults = resolve(ARTIFACTS["identities"].settings[0], CONFIG).values
    settings = ClusteringSettings.model_validate(defaults.model_dump() | changes)
    clusters = cluster_episode(tracks.rows, embeddings, settings, thresholds(settings, PACK), NO_EXCEPTIONS)
    sha256 = hashlib.sha256(embeddings.vectors.tobytes()).hexdigest()
    episode = Episode(EP_ID, FPS, tracks.rows, embeddings.rows, embeddings.vectors, sha256)
    content = build_identities(episode, clusters, settings, PACK, NOW)
    inputs = {
        "tracks": tracks.digest,
        "faces": faces.digest,
        "track_embeddings": embeddings.digest,
        "exceptions": NO_EXCEPTIONS.sha256,
    }
    document = IdentitiesDocument(EP_ID, content, origin("identities", inputs, PACK), PACK.name)
    save_document(store, IDENTITIES, document)


def write_assignments(store: ArtifactStore) -> None:
    """Write empty assignments, because the show has no cast."""
    tracks, embeddings, identities = (
        load_artifact(store, TRACKS, EP_ID),
        load_artifact(store, TRACK_EMBEDDINGS, EP_ID),
        load_artifact(store, IDENTITIES, EP_ID),
    )
    content = cast_assignments_of(EP_ID, identities.content.identities, None, PACK)
    inputs = {
        "tracks": tracks.digest,
        "track_embeddings": embeddings.digest,
        "identities": identities.digest,
        "exceptions": NO_EXCEPTIONS.sha256,
        "cast": NO_CAST,
    }
    document = CastAssignmentsDocument(EP_ID, content, origin("cast_assignments", inputs, PACK), PACK.name)
    save_document(store, CAST_ASSIGNMENTS, document)


def write_suggestions(store: ArtifactStore) -> None:
    """Build the questions about the stored identities."""
    tracks, embeddings, identities, cast = (
        load_artifact(store, TRACKS, EP_ID),
        load_artifact(store, TRACK_EMBEDDINGS, EP_ID),
        load_artifact(store, IDENTITIES, EP_ID),
        load_artifact(store, CAST_ASSIGNMENTS, EP_ID),
    )
    settings = resolve(SuggestionSettings, CONFIG).values
    content = build_suggestions(tracks, embeddings, identities.content, cast.content, PACK, settings, NO_EXCEPTIONS)
    inputs = {
        "tracks": tracks.digest,
        "track_embeddings": embeddings.digest,
        "identities": identities.digest,
        "cast_assignments": cast.digest,
        "exceptions": NO_EXCEPTIONS.sha256,
    }
    document = MergeSuggestionsDocument(EP_ID, content, origin("merge_suggestions", inputs, PACK), PACK.name)
    save_document(store, MERGE_SUGGESTIONS, document)


def write_reps(store: ArtifactStore) -> None:
    """Write the representatives of the tracks, and the thumbnails of the stored identities."""
    faces, embeddings = load_artifact(store, FACES, EP_ID), load_artifact(store, TRACK_EMBEDDINGS, EP_ID)
    identities = load_artifact(store, IDENTITIES, EP_ID)
    settings = resolve(ARTIFACTS["track_reps"].settings[0], CONFIG).values
    reps = build_reps(embeddings.rows, embeddings.vectors, faces.rows, faces.vectors, settings)
    with store.staged_folder(store.frames(EP_ID, "thumbs")) as folder:
        write_thumbnails(folder, identities.content.identities, reps, faces.rows, partial(read_crop, store, EP_ID), 64)
    inputs = {"faces": faces.digest, "track_embeddings": embeddings.digest, "identities": identities.digest}
    save_table(store, TRACK_REPS, TrackReps(EP_ID, reps, origin("track_reps", inputs), PACK.name))


def write_evaluation(store: ArtifactStore) -> None:
    """Evaluate the stored identities, against the truth file if there is one."""
    tracks, identities = load_artifact(store, TRACKS, EP_ID), load_artifact(store, IDENTITIES, EP_ID)
    content = evaluate_identities(tracks, identities, load_truth(store, EP_ID))
    inputs = {"tracks": tracks.digest, "identities": identities.digest, "truth": truth_sha256(store, EP_ID)}
    document = IdentityEvaluationDocument(EP_ID, content, origin("identity_evaluation", inputs), PACK.name)
    save_document(store, IDENTITY_EVALUATION, document)


def write_screen_time(store: ArtifactStore) -> None:
    """Build the screen time of the stored identities, without the files next to it."""
    video, tracks, identities, cast = (
        load_artifact(store, EPISODE_VIDEO, EP_ID),
        load_artifact(store, TRACKS, EP_ID),
        load_artifact(store, IDENTITIES, EP_ID),
        load_artifact(store, CAST_ASSIGNMENTS, EP_ID),
    )
    content = build_screen_time(tracks, video.content, identities.content, cast.content)
    inputs = {
        "episode_video": video.digest,
        "tracks": tracks.digest,
        "identities": identities.digest,
        "cast_assignments": cast.digest,
    }
    save_document(store, SCREEN_TIME, ScreenTimeDocument(EP_ID, content, origin("screen_time", inputs), PACK.name))
