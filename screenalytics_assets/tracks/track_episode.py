"""Single pass over the video that finds shots, detections, tracks and crops, frame by frame.

Only the rows of finished tracks stay in memory. The data of a shot is released when the shot ends, after its crops are
written, so memory grows only with the number of rows.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.clothing_file import CLOTHING_DIM, CLOTHING_FILE, clothing_content
from screenalytics_assets.contract.record_types import Landmarks
from screenalytics_assets.contract.schemas import Crop, CropIndex, Shot, Track, TrackBox
from screenalytics_assets.settings.stages import DetectionSettings, TrackingSettings
from screenalytics_assets.tracks.analysed_time import AnalysedTime
from screenalytics_assets.tracks.appearance_gate import SplitReason
from screenalytics_assets.tracks.candidates import Candidate, Detection
from screenalytics_assets.tracks.cuts import CutDetector
from screenalytics_assets.tracks.dissolves import Dissolve, DissolveDetector
from screenalytics_assets.tracks.flashes import without_flashes
from screenalytics_assets.tracks.looks import Look, image_to_analyse, is_left_out, look_ahead
from screenalytics_assets.tracks.non_faces import NonFace, mean_score
from screenalytics_assets.tracks.shot_tracks import FinishedTrack, ShotResult, ShotTracks
from screenalytics_assets.tracks.shots import ShotList, place_frames, shot_id
from screenalytics_assets.tracks.turned_faces import detect_turned
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.video.frames import FrameSource


@dataclass(frozen=True)
class TrackedEpisode:
    """Result of one pass over the video."""

    shots: tuple[Shot, ...]
    tracks: list[Track]
    crop_index: CropIndex
    clothing_sha256: str
    splits: Counter[SplitReason]
    returns_after_gap: int
    detections: int
    frames_analysed: int
    seconds_analysed: float
    transition_frames: int
    non_faces: list[NonFace]


class EpisodeTracker:
    """Tracker of one episode. Crops are written to `crops_folder`, which must be empty."""

    def __init__(
        self,
        ep_id: str,
        engine: Engine,
        detection: DetectionSettings,
        tracking: TrackingSettings,
        crops_folder: Path,
    ) -> None:
        self._ep_id = ep_id
        self._engine = engine
        self._detection = detection
        self._tracking = tracking
        self._writer = _CropWriter(crops_folder)
        self._tracks: list[Track] = []
        self._splits: Counter[SplitReason] = Counter()
        self._returns = 0
        self._non_faces: list[NonFace] = []
        self._counts: Counter[str] = Counter()
        self._time = AnalysedTime()

    def run(self, frames: FrameSource, report: Callable[[int], None]) -> TrackedEpisode:
        """Track every face of the video. `report` is called with the number of frames done."""
        analysed_fps = frames.probe.fps / frames.stride
        cuts = CutDetector(self._tracking.adaptive_threshold, self._tracking.content_threshold)
        dissolves = DissolveDetector(frames.probe.fps)
        shots = ShotList()
        shot = ShotTracks(self._engine, self._tracking, analysed_fps)
        placed_frames = place_frames(without_flashes(frames, frames.probe.fps), cuts)
        second_look = partial(detect_turned, self._engine) if self._detection.turned_faces else None
        for look in look_ahead(placed_frames, self._engine.detect, self._engine.detector_threads, second_look):
            placed = look.placed
            if placed.starts_shot:
                self._divide(dissolves.restart(), shots, shot)
                self._finish(shot.close(), len(shots) - 1)
                shot = ShotTracks(self._engine, self._tracking, analysed_fps)
            shots.add(placed)
            self._analyse(look, shot)
            self._divide(dissolves.feed(placed.frame), shots, shot)
            report(placed.frame.index + 1)
        self._divide(dissolves.restart(), shots, shot)
        self._finish(shot.close(), len(shots) - 1)
        clothing_sha256 = self._writer.write_clothing()
        return TrackedEpisode(
            shots=shots.shots(),
            tracks=self._tracks,
            crop_index=self._writer.finish(self._ep_id),
            clothing_sha256=clothing_sha256,
            splits=self._splits,
            returns_after_gap=self._returns,
            detections=self._counts["detections"],
            frames_analysed=self._counts["analysed"],
            seconds_analysed=self._time.finish(frames.report.last_ts + 1 / frames.probe.fps),
            transition_frames=self._counts["transition"],
            non_faces=self._non_faces,
        )

    def _analyse(self, look: Look, shot: ShotTracks) -> None:
        placed, faces = look.placed, look.faces
        image = image_to_analyse(placed)
        self._counts["transition"] += is_left_out(placed)
        self._time.add(placed.frame.ts, image is not None)
        if image is None or faces is None:
            return
        detections = [
            Detection(placed.frame.index, placed.frame.ts, box, float(score), landmarks)
            for box, score, landmarks in zip(faces.boxes, faces.scores, faces.landmarks, strict=True)
            if min(box[2] - box[0], box[3] - box[1]) >= self._detection.min_face_px
        ]
        self._counts["analysed"] += 1
        self._counts["detections"] += len(detections)
        shot.add(image, placed.frame.index, placed.frame.ts, detections)

    def _divide(self, dissolve: Dissolve | None, shots: ShotList, shot: ShotTracks) -> None:
        """End the shot before `dissolve`, which is over, and leave out what was found in its frames."""
        if dissolve is None or dissolve.cut not in shots.last_shot_frames[1:]:
            return
        frames = shots.last_shot_frames
        blended = range(max(dissolve.first, frames.start), min(dissolve.last + 1, frames.stop))
        self._counts["transition"] += len(blended)
        self._finish(shot.divide(blended), len(shots) - 1)
        shots.divide(dissolve.cut)

    def _finish(self, result: ShotResult, shot: int) -> None:
        self._splits.update(result.splits)
        self._returns += result.returns_after_gap
        self._non_faces += result.non_faces
        first = len(self._tracks) + 1
        for number, track in enumerate(result.tracks, start=first):
            parent = None if track.parent is None else track_id(first + track.parent)
            self._tracks.append(self._row(track_id(number), parent, shot_id(shot), track))

    def _row(self, name: str, parent: str | None, shot: str, track: FinishedTrack) -> Track:
        detections = track.detections
        return Track(
            track_id=name,
            shot_id=shot,
            first_frame=detections[0].frame,
            last_frame=detections[-1].frame,
            first_ts=round(detections[0].ts, 4),
            last_ts=round(detections[-1].ts, 4),
            frame_count=len(detections),
            mean_score=round(mean_score(detections), 4),
            boxes=tuple(_box_row(d) for d in sampled_boxes(detections, self._tracking.box_every_s)),
            crops=tuple(self._writer.write(name, track.candidates)),
            split_from=parent,
            split_reason=track.split_reason,
        )


class _CropWriter:
    """Writer of crops and clothing descriptors into one folder.

    It writes `index.json` last; its checksum reveals an incomplete folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._hashes: list[str] = []
        self._clothing: list[NDArray[np.uint8]] = []

    def write(self, track: str, candidates: Sequence[Candidate]) -> Iterator[Crop]:
        if candidates:
            (self._folder / track).mkdir()
        for candidate in candidates:
            name = f"{track}/frame-{candidate.detection.frame:06d}.jpg"
            (self._folder / name).write_bytes(candidate.jpeg)
            self._hashes.append(f"{name} {hashlib.sha256(candidate.jpeg).hexdigest()}")
            yield _crop_row(candidate, f"crops/{name}", self._clothing_row(candidate))

    def _clothing_row(self, candidate: Candidate) -> int | None:
        if candidate.clothing is None:
            return None
        self._clothing.append(candidate.clothing)
        return len(self._clothing) - 1

    def write_clothing(self) -> str:
        """Write the descriptors of all crops and return the SHA-256 of their file."""
        content = clothing_content(np.array(self._clothing, np.uint8).reshape(-1, CLOTHING_DIM))
        (self._folder / CLOTHING_FILE.removeprefix("crops/")).write_bytes(content)
        return hashlib.sha256(content).hexdigest()

    def finish(self, ep_id: str) -> CropIndex:
        digest = hashlib.sha256("\n".join(sorted(self._hashes)).encode()).hexdigest()
        index = CropIndex(ep_id=ep_id, crops=len(self._hashes), sha256=digest)
        (self._folder / "index.json").write_text(index.model_dump_json(indent=1) + "\n", encoding="utf-8")
        return index


def track_id(number: int) -> str:
    """Return the id of the track with this number, counted from 1."""
    return f"track-{number:05d}"


def sampled_boxes(detections: Sequence[Detection], every_s: float) -> list[Detection]:
    """Return the first and the last detection, and one every `every_s` seconds between them."""
    kept = [detections[0]]
    for detection in detections[1:-1]:
        if detection.ts - kept[-1].ts >= every_s:
            kept.append(detection)
    return [*kept, detections[-1]] if len(detections) > 1 else kept


def _box_row(detection: Detection) -> TrackBox:
    return TrackBox(
        frame=detection.frame,
        ts=round(detection.ts, 4),
        bbox=in_tenths(detection.box),
        score=round(detection.score, 4),
    )


def _crop_row(candidate: Candidate, key: str, clothing_row: int | None) -> Crop:
    detection = candidate.detection
    return Crop(
        frame=detection.frame,
        ts=round(detection.ts, 4),
        bbox=in_tenths(detection.box),
        landmarks=cast(Landmarks, tuple((_tenth(x), _tenth(y)) for x, y in detection.landmarks)),
        det_score=round(detection.score, 4),
        crop_std=round(candidate.std, 2),
        crop_key=key,
        crop_box=candidate.crop_box,
        clothing_row=clothing_row,
    )


def in_tenths(box: np.ndarray) -> tuple[float, float, float, float]:
    """Return `box` (4,) in whole tenths of a pixel, as it is stored."""
    x1, y1, x2, y2 = (_tenth(edge) for edge in box)
    return x1, y1, x2, y2


def _tenth(value: float) -> float:
    return round(float(value), 1)
