"""Non-faces: tracks of hands, lamps and patterns that the detector took for faces.

A low mean detection score alone does not tell them from real faces that are small, turned or lying. A brief track with
a low score rarely shows anyone who matters, and dropping it costs little screen time where it does.
docs/decisions/0018-non-faces.md has the figures.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from screenalytics_assets.contract.record_types import NonFaceReason
from screenalytics_assets.settings.stages import TrackingSettings
from screenalytics_assets.tracks.candidates import Detection
from screenalytics_resources.inference.packs import Pack


@dataclass(frozen=True)
class NonFace:
    """A dropped track: its detections in order of time, and why it shows no face."""

    detections: Sequence[Detection]
    reason: NonFaceReason


@dataclass(frozen=True)
class NonFaceBounds:
    """A track below both bounds shows no face."""

    mean_score: float
    """Mean detection score, in [0, 1]."""
    duration_s: float
    """Time from the first to the last detection, in seconds."""


def non_face_bounds(settings: TrackingSettings, pack: Pack) -> NonFaceBounds:
    """Return the bounds. Where the setting of the score is null, the pack's value is used."""
    score = pack.tracks.min_mean_score if settings.min_mean_score is None else settings.min_mean_score
    return NonFaceBounds(score, settings.non_face_max_s)


def mean_score(detections: Sequence[Detection]) -> float:
    """Return the mean detection score, in [0, 1]."""
    return float(np.mean([detection.score for detection in detections]))


def duration_s(detections: Sequence[Detection]) -> float:
    """Return the time from the first to the last detection, in seconds."""
    return detections[-1].ts - detections[0].ts


def non_face_reason(detections: Sequence[Detection], bounds: NonFaceBounds) -> NonFaceReason | None:
    """Return why a track with these detections shows no face, or None if it may show one."""
    brief = duration_s(detections) < bounds.duration_s
    return "low_mean_score" if brief and mean_score(detections) < bounds.mean_score else None
