"""Non-faces: tracks of lamps, hands and patterns that the detector took for faces."""

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

    @property
    def duration_s(self) -> float:
        """Time from the first to the last detection, in seconds."""
        return self.detections[-1].ts - self.detections[0].ts


def min_mean_score(settings: TrackingSettings, pack: Pack) -> float:
    """Return the lowest mean score of a face's track. Where the setting is null, the pack's value is used."""
    return pack.tracks.min_mean_score if settings.min_mean_score is None else settings.min_mean_score


def mean_score(detections: Sequence[Detection]) -> float:
    """Return the mean detection score, in [0, 1]."""
    return float(np.mean([detection.score for detection in detections]))


def non_face_reason(detections: Sequence[Detection], lowest_mean: float) -> NonFaceReason | None:
    """Return why a track with these detections shows no face, or None if it may show one."""
    return "low_mean_score" if mean_score(detections) < lowest_mean else None
