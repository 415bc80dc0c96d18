"""Tracks of real clips at the cost of a few photos: the labelled boxes instead of detection in every frame."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.television import FPS, Crops, sighting, track_of
from screenalytics_assets.contract.schemas import Face, Track, TrackBox, TrackEmbedding
from screenalytics_assets.faces.embed_faces import embed_faces
from screenalytics_assets.settings.stages import FacesSettings
from screenalytics_assets.track_embeddings.embed_tracks import accepted_by_track, embed_tracks
from screenalytics_resources.inference.engine import Engine

FACES_PER_TRACK = 2


@dataclass(frozen=True)
class ClipTracks:
    """Tracks of a clip with an embedding, and the person of each."""

    tracks: list[Track]
    embeddings: list[TrackEmbedding]
    vectors: NDArray[np.float32]
    people: list[str]
    accepted: dict[str, list[Face]]


Box = tuple[float, float, float, float]


def clip_tracks(folder: Path, engine: Engine, first_number: int) -> ClipTracks:
    """Make one track per labelled run of boxes, numbered from `first_number`. Runs without a face are left out."""
    runs: dict[str, dict[int, Box]] = defaultdict(dict)
    person_of: dict[str, str] = {}
    with (folder / "boxes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            runs[row["run"]][int(row["frame"])] = (
                float(row["x1"]),
                float(row["y1"]),
                float(row["x2"]),
                float(row["y2"]),
            )
            person_of[row["run"]] = row["person"]
    chosen = {run: _spread_out(sorted(boxes)) for run, boxes in runs.items()}
    pictures = _read_frames(folder / "clip.mp4", {frame for frames in chosen.values() for frame in frames})
    crops: Crops = {}
    tracks, people = [], []
    for number, (run, frames) in enumerate(chosen.items(), start=first_number):
        seen = []
        for frame in frames:
            key = f"crops/track-{number:05d}/{frame:06d}.jpg"
            crop = sighting(key, frame, _around(pictures[frame], runs[run][frame]), engine, crops)
            seen += [crop] if crop is not None else []
        span = min(runs[run]), max(runs[run])
        boxes = tuple(
            TrackBox(frame=frame, ts=frame / FPS, bbox=box, score=1.0) for frame, box in sorted(runs[run].items())
        )
        tracks.append(track_of(number, span, len(boxes), seen).model_copy(update={"boxes": boxes}))
        people.append(f"{folder.name} {person_of[run]}")
    faces = embed_faces(tracks, crops.get, engine, FacesSettings.model_validate({}), lambda _: None)
    pooled = embed_tracks(tracks, faces.rows, faces.vectors, "norm_weighted")
    usable = [row.embedding_row is not None for row in pooled.rows]
    return ClipTracks(
        tracks=[track for track, good in zip(tracks, usable, strict=True) if good],
        embeddings=[row for row in pooled.rows if row.embedding_row is not None],
        vectors=pooled.vectors,
        people=[person for person, good in zip(people, usable, strict=True) if good],
        accepted=accepted_by_track(faces.rows),
    )


def _spread_out(frames: list[int]) -> list[int]:
    """Return up to `FACES_PER_TRACK` of `frames`, evenly spaced and away from the ends."""
    return sorted({frames[len(frames) * (2 * k + 1) // (2 * FACES_PER_TRACK)] for k in range(FACES_PER_TRACK)})


def _read_frames(video: Path, wanted: set[int]) -> dict[int, NDArray[np.uint8]]:
    import cv2

    capture = cv2.VideoCapture(str(video))
    pictures: dict[int, NDArray[np.uint8]] = {}
    for frame in range(max(wanted) + 1):
        capture.grab()
        if frame in wanted:
            pictures[frame] = np.asarray(capture.retrieve()[1], np.uint8)
    capture.release()
    return pictures


def _around(picture: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Return the part of the picture around a face, three times as large as its box."""
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = box
    left, top = max(0, round(2 * x1 - x2)), max(0, round(2 * y1 - y2))
    right, bottom = min(width, round(2 * x2 - x1)), min(height, round(2 * y2 - y1))
    return np.ascontiguousarray(picture[top:bottom, left:right])
