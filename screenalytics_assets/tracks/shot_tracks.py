"""Tracks of one shot: followed by position, then split by appearance where a track covers two people."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.settings.stages import TrackingSettings
from screenalytics_assets.tracks.appearance_gate import GateSettings, Sample, Split, SplitReason, find_splits
from screenalytics_assets.tracks.association import FaceTracker
from screenalytics_assets.tracks.candidates import MIN_PLACES, Candidate, CandidateCrops, Detection, thinned
from screenalytics_assets.tracks.non_faces import NonFace, non_face_bounds, non_face_reason
from screenalytics_resources.boxes import iou
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.packs import Pack

SETTLE_EVERY_S = 10.0
SETTLE_AFTER_BUFFERS = 2.0
"""A face unseen for this many times `lost_buffer_s` never continues its track, so its images can be released."""
SETTLE_AFTER_S = 4.0
"""Shortest time after which they are released: a dissolve begins at most this long before it is known."""

EMBED_AT = 32
"""Number of waiting gate samples that triggers embedding: a full batch, and a bound on memory in a long shot."""


@dataclass(frozen=True)
class FinishedTrack:
    """One piece of a followed face. As far as the gate can tell, it shows one person."""

    detections: Sequence[Detection]
    candidates: Sequence[Candidate]
    split_reason: SplitReason | None
    parent: int | None
    """Index in the same list of the first piece of the face that the gate split; None for a first piece."""


@dataclass(frozen=True)
class ShotResult:
    """Tracks of a closed shot in order of appearance, dropped tracks, and counts of splits and late returns."""

    tracks: list[FinishedTrack]
    splits: Counter[SplitReason]
    returns_after_gap: int
    non_faces: list[NonFace]


@dataclass(frozen=True)
class _Embedding:
    """Unit vector (D,) of a gate sample, and the norm of its raw embedding."""

    vector: NDArray[np.float32]
    norm: float


@dataclass
class _Followed:
    """One track id of the tracker while its shot is open."""

    crops: CandidateCrops
    detections: list[Detection] = field(default_factory=list)
    overlaps: list[float | None] = field(default_factory=list)
    waiting: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    """Aligned faces that are not embedded yet, by index of their detection."""
    embeddings: dict[int, _Embedding] = field(default_factory=dict)
    sampled_ts: float = -np.inf

    def only(self, frames: range) -> "_Followed | None":
        """Return what was followed in `frames`, which are consecutive, or None if the face is in none of them."""
        inside = [index for index, detection in enumerate(self.detections) if detection.frame in frames]
        if not inside:
            return None
        start, end = inside[0], inside[-1] + 1
        return _Followed(
            self.crops.only(frames),
            self.detections[start:end],
            [None, *self.overlaps[start + 1 : end]],
            {index - start: face for index, face in self.waiting.items() if start <= index < end},
            {index - start: embedding for index, embedding in self.embeddings.items() if start <= index < end},
            self.sampled_ts,
        )


class ShotTracks:
    """Faces of one shot, followed frame by frame. `close` returns the tracks."""

    def __init__(self, engine: Engine, settings: TrackingSettings, analysed_fps: float) -> None:
        self._engine = engine
        self._settings = settings
        self._tracker = FaceTracker(settings, engine.pack.tracks, analysed_fps)
        self._gate = gate_settings(settings, engine.pack)
        self._followed: dict[int, _Followed] = {}
        self._non_face_bounds = non_face_bounds(settings, engine.pack)
        self._settled: list[list[_Piece]] = []
        self._non_faces: list[NonFace] = []
        self._splits: Counter[SplitReason] = Counter()
        self._settle_at = -np.inf
        self._recent: dict[int, tuple[NDArray[np.uint8], list[Detection]]] = {}
        self._returns = 0

    def add(self, image: NDArray[np.uint8], frame: int, ts: float, detections: list[Detection]) -> None:
        """Add one analysed frame, (H, W, 3) uint8 BGR, with its detections. `ts` is in seconds."""
        boxes = np.array([d.box for d in detections], np.float32).reshape(-1, 4)
        scores = np.array([d.score for d in detections], np.float32)
        # A new track also receives its first detection, which is in the previous frame.
        previous = self._recent.popitem() if self._recent else None
        self._recent = {frame: (image, detections)}
        frames = self._recent | (dict([previous]) if previous else {})
        for association in self._tracker.update(frame, ts, boxes, scores):
            frame_image, candidates = frames[association.frame]
            self._extend(association.track, candidates[association.index], frame_image)
        if sum(len(f.waiting) for f in self._followed.values()) >= EMBED_AT:
            self._embed_waiting()
        if ts >= self._settle_at:
            self._settle_at = ts + SETTLE_EVERY_S
            unseen_s = max(SETTLE_AFTER_S, SETTLE_AFTER_BUFFERS * self._settings.lost_buffer_s)
            self._settle(unseen_since=ts - unseen_s)

    def _extend(self, name: int, detection: Detection, image: NDArray[np.uint8]) -> None:
        settings = self._settings
        followed = self._followed.get(name)
        if followed is None:
            places = max(MIN_PLACES, settings.max_crops_per_track)
            crops = CandidateCrops(places, settings.crop_margin, settings.crop_max_px, settings.jpeg_quality)
            followed = self._followed[name] = _Followed(crops)
        previous = followed.detections[-1] if followed.detections else None
        overlap = None if previous is None else float(iou(detection.box, previous.box[None])[0])
        jumped = overlap is not None and overlap < settings.gate_min_iou
        if jumped or detection.ts - followed.sampled_ts >= settings.gate_every_s:
            self._sample(followed, detection, image)
        followed.detections.append(detection)
        followed.overlaps.append(overlap)
        followed.crops.offer(detection, image)

    def _sample(self, followed: _Followed, detection: Detection, image: NDArray[np.uint8]) -> None:
        if not self._settings.gate_enabled:
            return
        followed.sampled_ts = detection.ts
        landmarks = self._engine.refine(image, detection.box, detection.landmarks)
        followed.waiting[len(followed.detections)] = self._engine.align(image, landmarks[None])[0]

    def _embed_waiting(self) -> None:
        """Embed the samples of tracks that have more than one: a single sample has nothing to be compared with."""
        chosen = [f for f in self._followed.values() if len(f.waiting) + len(f.embeddings) > 1]
        aligned = [face for f in chosen for face in f.waiting.values()]
        if not aligned:
            return
        result = self._engine.embed(np.stack(aligned))
        embeddings = iter([_Embedding(v, float(n)) for v, n in zip(result.vectors, result.norms, strict=True)])
        for followed in chosen:
            followed.embeddings |= {index: next(embeddings) for index in followed.waiting}
            followed.waiting.clear()

    def close(self) -> ShotResult:
        """End the shot and return its tracks, in order of first frame, then from left to right."""
        self._settle(unseen_since=np.inf)
        return self._result()

    def divide(self, blended: range) -> ShotResult:
        """End the shot before the frames `blended`, forget what was found in them, and return the tracks before.

        Faces that are followed after these frames belong to the next shot, whose tracks `close` returns.
        """
        self._embed_waiting()
        followed, self._followed = self._followed, {}
        for name, face in followed.items():
            before, after = face.only(range(blended.start)), face.only(range(blended.stop, sys.maxsize))
            if before is not None:
                self._settle_face(before)
            if after is not None:
                self._followed[name] = after
        return self._result()

    def _result(self) -> ShotResult:
        """Return what was settled since the last result."""
        result = ShotResult(_in_order(self._settled), self._splits, self._returns, self._non_faces)
        self._settled, self._splits, self._returns, self._non_faces = [], Counter(), 0, []
        return result

    def _settle(self, unseen_since: float) -> None:
        """Split the faces last seen before `unseen_since`, and keep only what their rows need."""
        finished = [name for name, f in self._followed.items() if f.detections[-1].ts < unseen_since]
        if not finished:
            return
        self._embed_waiting()
        for name in finished:
            self._settle_face(self._followed.pop(name))

    def _settle_face(self, followed: _Followed) -> None:
        pieces = _pieces(followed, self._find_splits(followed), self._settings.max_crops_per_track)
        faces: list[_Piece] = []
        for piece in pieces:
            reason = non_face_reason(piece.detections, self._non_face_bounds)
            if reason is not None:
                self._non_faces.append(NonFace(piece.detections, reason))
            else:
                faces.append(piece if faces else replace(piece, split_reason=None))
        if not faces:
            return
        self._settled.append(faces)
        self._splits.update(piece.split_reason for piece in faces if piece.split_reason is not None)
        gaps = [after.ts - before.ts for before, after in pairwise(followed.detections)]
        self._returns += sum(gap > self._settings.max_gap_s for gap in gaps)

    def _find_splits(self, followed: _Followed) -> list[Split]:
        if not self._settings.gate_enabled:
            return []
        samples = []
        for index, (detection, overlap) in enumerate(zip(followed.detections, followed.overlaps, strict=True)):
            embedding = followed.embeddings.get(index)
            if embedding is None:
                samples.append(Sample(detection.frame, None, overlap))
            else:
                samples.append(Sample(detection.frame, embedding.vector, overlap, embedding.norm))
        return find_splits(samples, self._gate)


def gate_settings(settings: TrackingSettings, pack: Pack) -> GateSettings:
    """Return the bounds of the gate. Where a setting is null, the threshold of the pack is used.

    Raises:
        UserError: the soft bound is below the hard bound.
    """
    thresholds = pack.thresholds
    hard = thresholds.gate_hard if settings.gate_hard is None else settings.gate_hard
    soft = thresholds.gate_soft if settings.gate_soft is None else settings.gate_soft
    if soft < hard:
        raise UserError(f"gate_soft = {soft:g} is below gate_hard = {hard:g}: raise gate_soft or lower gate_hard.")
    return GateSettings(
        hard=hard,
        soft=soft,
        streak=settings.gate_streak,
        min_iou=settings.gate_min_iou,
        momentum=settings.gate_momentum,
        min_norm=pack.norms.unusable,
    )


@dataclass(frozen=True)
class _Piece:
    """Part of a followed face between two splits."""

    detections: Sequence[Detection]
    candidates: Sequence[Candidate]
    split_reason: SplitReason | None


def _pieces(followed: _Followed, splits: list[Split], max_crops: int) -> list[_Piece]:
    """Divide a followed face at its splits."""
    starts = [0, *(split.index for split in splits), len(followed.detections)]
    reasons = [None, *(split.reason for split in splits)]
    candidates = followed.crops.all()
    pieces = []
    for reason, (start, end) in zip(reasons, pairwise(starts), strict=True):
        detections = followed.detections[start:end]
        span = range(detections[0].frame, detections[-1].frame + 1)
        inside = [candidate for candidate in candidates if candidate.detection.frame in span]
        pieces.append(_Piece(detections, thinned(inside, max_crops), reason))
    return pieces


def _in_order(settled: list[list[_Piece]]) -> list[FinishedTrack]:
    """Sort all pieces by first frame, then from left to right, and give each the index of its face's first piece."""
    pieces = [(owner, number, piece) for owner, of_face in enumerate(settled) for number, piece in enumerate(of_face)]
    pieces.sort(key=lambda entry: (entry[2].detections[0].frame, float(entry[2].detections[0].box[0])))
    firsts = {owner: index for index, (owner, number, _) in enumerate(pieces) if number == 0}
    return [
        FinishedTrack(piece.detections, piece.candidates, piece.split_reason, firsts[owner] if number else None)
        for owner, number, piece in pieces
    ]
