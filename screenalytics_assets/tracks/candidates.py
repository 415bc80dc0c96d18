"""Candidate crops of a track while it is followed: the best one per time slot, limited in number."""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.tracks.clothing import describe_pixels, torso_pixels
from screenalytics_assets.tracks.quality import grey_std, quality_score
from screenalytics_assets.tracks.sampling import spread_over_time

FIRST_SLOT_S = 0.25
"""Initial length of a time slot. It doubles when a track has more candidates than places."""

MIN_PLACES = 256
"""Many more than a finished track keeps: the gate may split the track later, and each piece needs its own crops."""


@dataclass(frozen=True)
class Detection:
    """One detection in a frame. `box` is (4,) xyxy, `landmarks` (5, 2), both float32 px of the frame."""

    frame: int
    ts: float
    box: NDArray[np.float32]
    score: float
    landmarks: NDArray[np.float32]


@dataclass(frozen=True)
class Candidate:
    """Detection with its crop. `jpeg` shows `crop_box` (xyxy px). `clothing` is (600,) uint8, if a torso is visible."""

    detection: Detection
    jpeg: bytes
    crop_box: tuple[int, int, int, int]
    std: float
    score: float
    clothing: NDArray[np.uint8] | None


@dataclass(frozen=True)
class _Leader:
    """Best detection so far of the current time slot. `pixels` are those of `crop_box`, at the size of the frame.

    `torso` is a sample of the pixels below the face.
    """

    slot: int
    detection: Detection
    pixels: NDArray[np.uint8]
    torso: NDArray[np.uint8] | None
    crop_box: tuple[int, int, int, int]
    std: float
    score: float


class CandidateCrops:
    """At most `places` candidates of one track, each the best of its time slot.

    A crop shows the face box with a margin of `margin` times its longer side. Its longer side is at most `max_px`.
    The crop of the current slot is neither scaled nor encoded before the slot is over, and its torso not described,
    because a better detection may replace it. The crops of earlier slots are stored as JPEG to save memory.
    """

    def __init__(self, places: int, margin: float, max_px: int, jpeg_quality: int) -> None:
        self._places = places
        self._margin = margin
        self._max_px = max_px
        self._jpeg_quality = jpeg_quality
        self._slot_s = FIRST_SLOT_S
        self._best: dict[int, Candidate] = {}
        self._leader: _Leader | None = None

    def offer(self, detection: Detection, frame_image: NDArray[np.uint8]) -> None:
        """Keep `detection` if it is the best of its time slot. `frame_image` is (H, W, 3) uint8 BGR.

        Detections must be offered in time order.
        """
        std = grey_std(cut(frame_image, whole_pixels(detection.box, 0.0, frame_image.shape)))
        box = detection.box
        score = float(quality_score(detection.score, std, float((box[2] - box[0]) * (box[3] - box[1]))))
        if self._leader is not None and self._leader.slot != self._slot_at(detection.ts):
            self._end_slot()
        slot = self._slot_at(detection.ts)  # the slots may have become longer
        rival = self._leader or self._best.get(slot)
        if rival is not None and rival.score >= score:
            return
        crop_box = whole_pixels(box, self._margin, frame_image.shape)
        # A view would keep the complete frame in memory.
        pixels = cut(frame_image, crop_box).copy()
        torso = torso_pixels(frame_image, box)
        self._leader = _Leader(slot, detection, pixels, torso, crop_box, std, score)

    def _slot_at(self, ts: float) -> int:
        return int(ts / self._slot_s)

    def _end_slot(self) -> None:
        """Encode the crop of the current slot."""
        leader, self._leader = self._leader, None
        if leader is None:
            return
        jpeg = encode(shrink(leader.pixels, self._max_px), self._jpeg_quality)
        clothing = None if leader.torso is None else describe_pixels(leader.torso)
        self._best[leader.slot] = Candidate(leader.detection, jpeg, leader.crop_box, leader.std, leader.score, clothing)
        while len(self._best) > self._places:
            self._widen()

    def _widen(self) -> None:
        self._slot_s *= 2
        wider: dict[int, Candidate] = {}
        for candidate in self._best.values():
            slot = self._slot_at(candidate.detection.ts)
            if slot not in wider or candidate.score > wider[slot].score:
                wider[slot] = candidate
        self._best = wider

    def only(self, frames: range) -> "CandidateCrops":
        """Return a copy that keeps the candidates in `frames`."""
        self._end_slot()
        kept = copy(self)
        kept._best = {slot: candidate for slot, candidate in self._best.items() if candidate.detection.frame in frames}
        return kept

    def all(self) -> list[Candidate]:
        """Return all candidates in time order."""
        self._end_slot()
        return sorted(self._best.values(), key=lambda candidate: candidate.detection.frame)


def thinned(candidates: Sequence[Candidate], limit: int) -> list[Candidate]:
    """Return at most `limit` of `candidates` in time order: the best ones, spread over time."""
    times = np.array([candidate.detection.ts for candidate in candidates])
    scores = np.array([candidate.score for candidate in candidates])
    return [candidates[index] for index in spread_over_time(times, scores, limit)]


def encode(image: NDArray[np.uint8], quality: int) -> bytes:
    """Encode `image` (h, w, 3) uint8 BGR as JPEG."""
    import cv2

    encoded_ok, encoded = cv2.imencode(".jpg", image, [int(cv2.IMWRITE_JPEG_QUALITY), quality])
    if not encoded_ok:
        raise RuntimeError(f"OpenCV could not encode a crop of shape {image.shape}")
    return encoded.tobytes()


def whole_pixels(box: NDArray[np.float32], margin: float, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Widen `box` by `margin` times its longer side and clip it to an image of `shape` (H, W, ...).

    Returns whole pixels, xyxy with exclusive right and bottom, at least one pixel wide and high.
    """
    height, width = shape[:2]
    pad = margin * float(max(box[2] - box[0], box[3] - box[1]))
    x1 = min(max(int(np.floor(box[0] - pad)), 0), width - 1)
    y1 = min(max(int(np.floor(box[1] - pad)), 0), height - 1)
    x2 = max(min(int(np.ceil(box[2] + pad)), width), x1 + 1)
    y2 = max(min(int(np.ceil(box[3] + pad)), height), y1 + 1)
    return x1, y1, x2, y2


def cut(image: NDArray[np.uint8], box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Return the part of `image` inside `box`, as a view."""
    return image[box[1] : box[3], box[0] : box[2]]


def shrink(image: NDArray[np.uint8], max_px: int) -> NDArray[np.uint8]:
    """Scale `image` down until its longer side is at most `max_px`. Smaller images are returned unchanged."""
    import cv2

    scale = max_px / max(image.shape[:2])
    if scale >= 1:
        return image
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
