"""Writes the episode of the oracle user as a data root, with its pictures and a video, so that a server can show it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from benchmarks.identities.tv_episodes import REPORTED, half_of_people
from benchmarks.moderation.episode import EP_ID, MessyEpisode, film, messy
from benchmarks.moderation.main import suggestions_of
from benchmarks.television.labelled_episode import pooled
from benchmarks.television.tier import labelled
from screenalytics_assets.calibration.hard_television import HardEpisode
from screenalytics_assets.calibration.television import FPS, Crops
from screenalytics_assets.cast.assignments import cast_assignments_of
from screenalytics_assets.contract import schemas
from screenalytics_assets.contract.crops import read_crop
from screenalytics_assets.contract.schemas import (
    CropIndex,
    EpisodeVideo,
    Shot,
    Shots,
    Splits,
    Track,
    TrackMetrics,
    TrackRep,
)
from screenalytics_assets.settings.stages import TrackRepsSettings
from screenalytics_assets.track_reps.build_reps import best_rep, build_reps
from screenalytics_assets.track_reps.thumbnails import THUMBNAIL, thumbnail
from screenalytics_resources.artifact import DocumentSpec, Provenance, Spec, TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.sealed_files import save_artifact

WIDTH, HEIGHT, VIDEO_FPS = 1280, 720, 5
"""Of the video. The tracks count 25 frames per second."""
THUMBNAIL_PX = 256


@dataclass(frozen=True)
class MessyRoot:
    """A data root with the episode to correct, and the truth that the oracle user knows."""

    store: ArtifactStore
    ep_id: str
    messy: MessyEpisode


def make_messy_root(folder: Path, data: Path, engine: Engine, seed: int) -> MessyRoot:
    """Film the episode of this seed with photos below `data`, and write it to a new data root."""
    pictures: Crops = {}
    filmed = film(half_of_people(data / "lfw", REPORTED), engine, seed, pictures)
    wrong = messy(filmed, engine.pack, seed)
    store = ArtifactStore(str(folder))
    _write_pictures(store, pictures)
    video = _write_video(store, filmed.tracks, pictures)
    _write_tables(store, filmed, wrong, engine, video)
    return MessyRoot(store, EP_ID, wrong)


def _write_pictures(store: ArtifactStore, pictures: Crops) -> None:
    for key, image in pictures.items():
        store.write(store.frames(EP_ID, *key.split("/")), _jpeg(image), False)
    index = CropIndex(ep_id=EP_ID, crops=len(pictures), sha256="0" * 64)
    store.write(store.frames(EP_ID, "crops", "index.json"), index.model_dump_json().encode(), False)


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    import cv2

    return bytes(cv2.imencode(".jpg", image)[1])


def _write_video(store: ArtifactStore, tracks: Sequence[Track], pictures: Crops) -> EpisodeVideo:
    """Write a video that shows each face in its box, on grey."""
    import av

    last = max(track.last_frame for track in tracks)
    path = Path(store.root) / "videos" / EP_ID / "episode.mp4"
    path.parent.mkdir(parents=True)
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=VIDEO_FPS, options={"preset": "ultrafast", "g": str(VIDEO_FPS)})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for image in _frames(tracks, pictures, last):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return EpisodeVideo(
        ep_id=EP_ID,
        video_key=f"videos/{EP_ID}/episode.mp4",
        sha256=file_sha256(path),
        size_bytes=path.stat().st_size,
        container="mov,mp4,m4a,3gp,3g2,mj2",
        codec="h264",
        width=WIDTH,
        height=HEIGHT,
        rotation=0,
        fps=FPS,
        duration_s=(last + 1) / FPS,
        frames_stated=last + 1,
    )


def _frames(tracks: Sequence[Track], pictures: Crops, last: int) -> Iterator[NDArray[np.uint8]]:
    import cv2

    for frame in range(0, last + 1, round(FPS / VIDEO_FPS)):
        image = np.full((HEIGHT, WIDTH, 3), 48, np.uint8)
        for track in tracks:
            if track.first_frame <= frame <= track.last_frame:
                x1, y1, x2, y2 = (round(value) for value in track.boxes[0].bbox)
                crop = min(track.crops, key=lambda crop: abs(crop.frame - frame))
                face = cv2.resize(pictures[crop.crop_key], (x2 - x1, y2 - y1), interpolation=cv2.INTER_AREA)
                shown = image[y1:y2, x1:x2]
                shown[:] = face[: shown.shape[0], : shown.shape[1]]
        yield image


def _write_tables(
    store: ArtifactStore, filmed: HardEpisode, wrong: MessyEpisode, engine: Engine, video: EpisodeVideo
) -> None:
    pack, faces = engine.pack, filmed.faces
    made = pooled(labelled(filmed, pack.name)).embeddings
    reps = build_reps(made.rows, made.vectors, faces.rows, faces.vectors, TrackRepsSettings.model_validate({}))
    companions = {"shots.json": _one_shot(filmed.tracks), "track_metrics.json": _metrics(filmed.tracks, pack.name)}
    cast = cast_assignments_of(EP_ID, wrong.identities.identities, None, pack)
    tables: list[tuple[TableSpec[Any], Sequence[BaseModel], dict[str, Any]]] = [
        (schemas.TRACKS, filmed.tracks, {"documents": companions}),
        (schemas.FACES, faces.rows, {"arrays": {"faces.npy": faces.vectors}}),
        (schemas.TRACK_EMBEDDINGS, made.rows, {"arrays": {"tracks.npy": made.vectors}}),
        (schemas.TRACK_REPS, reps, {}),
    ]
    documents: list[tuple[DocumentSpec[Any], BaseModel]] = [
        (schemas.EPISODE_VIDEO, video),
        (schemas.IDENTITIES, wrong.identities),
        (schemas.CAST_ASSIGNMENTS, cast),
        (schemas.MERGE_SUGGESTIONS, suggestions_of(wrong, pack)),
    ]
    for spec, rows, more in tables:
        save_artifact(store, spec, spec.table(EP_ID, rows, _made(spec), pack.name, **more))
    for document, content in documents:
        save_artifact(store, document, document.document(EP_ID, content, _made(document), pack.name))
    _write_thumbnails(store, wrong, reps)


def _made(spec: Spec) -> Provenance:
    return Provenance(asset=spec.asset, code_version="benchmark", settings_sha256="", inputs={})


def _write_thumbnails(store: ArtifactStore, wrong: MessyEpisode, reps: Sequence[TrackRep]) -> None:
    for identity in wrong.identities.identities:
        rep = best_rep(identity.certain_track_ids, reps)
        image = None if rep is None else read_crop(store, EP_ID, rep.crop_key)
        if image is not None:
            path = store.frames(EP_ID, "thumbs", identity.identity_id, THUMBNAIL)
            store.write(path, thumbnail(image, THUMBNAIL_PX), False)


def _one_shot(tracks: Sequence[Track]) -> Shots:
    last = max(track.last_frame for track in tracks)
    shot = Shot(shot_id="shot-0001", first_frame=0, last_frame=last, first_ts=0, last_ts=last / FPS)
    return Shots(ep_id=EP_ID, detectors=(), shots=(shot,))


def _metrics(tracks: Sequence[Track], pack: str) -> TrackMetrics:
    frames = max(track.last_frame for track in tracks) + 1
    seconds = frames / FPS
    return TrackMetrics(
        ep_id=EP_ID,
        tracks=len(tracks),
        detections=sum(track.frame_count for track in tracks),
        shots=1,
        tracks_per_minute=60 * len(tracks) / seconds,
        short_track_fraction=sum(track.duration_s < 1 for track in tracks) / len(tracks),
        id_switch_rate=0,
        returns_after_gap=0,
        splits=Splits(hard=0, streak=0, iou=0, total=0),
        cleanup_splits=0,
        frames_decoded=frames,
        frames_analysed=frames,
        transition_frames=0,
        corrupt_packets=0,
        truncated=False,
        duration_s=seconds,
        source_fps=FPS,
        analysed_fps=FPS,
        stride=1,
        model_pack=pack,
        provider="none",
        provider_note=None,
        gate_embeddings=0,
        wall_seconds=0,
        realtime_factor=0,
    )
