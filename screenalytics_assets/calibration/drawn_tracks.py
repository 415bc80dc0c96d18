"""Tracks of a television episode, drawn from a generic distribution.

Widths and durations are log-normal. A few people have many tracks and most have few. The constants come from neither
of the two series that the project reports on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from screenalytics_assets.calibration.television import FPS

MEDIAN_FACE_PX, FACE_SIGMA = 85.0, 0.55
NARROWEST_PX, WIDEST_PX = 20.0, 250.0
MEDIAN_S, DURATION_SIGMA = 1.7, 0.8
GLIMPSE_PX, GLIMPSE_S = (20.0, 60.0), 0.3
"""Range of a glimpse's width, and its duration."""
LEADS = 0.1
"""Share of the people who are leads; at least one person."""
LEAD_TRACKS = 40
MOST_TRACKS_OF_OTHERS = 5
EPISODES = 3
TRACKS_PER_PHOTO = 2
"""Limit of tracks per photo of a person. With more, all tracks would show the same faces."""


@dataclass(frozen=True)
class DrawnTrack:
    """A track to be filmed: width of the face in px, duration in seconds."""

    face_px: float
    duration_s: float

    @property
    def frames(self) -> tuple[int, int]:
        return 0, self.boxes - 1

    @property
    def boxes(self) -> int:
        return max(1, round(self.duration_s * FPS))


def track_counts(photos: Sequence[int], rng: np.random.Generator) -> list[int]:
    """Draw the number of tracks of N people with `photos` photos each.

    The leads are the people with the most photos. They have 40 tracks each, the others 1 to 5.
    """
    counts = rng.integers(1, MOST_TRACKS_OF_OTHERS + 1, len(photos))
    order = sorted(rng.permutation(len(photos)).tolist(), key=lambda index: -photos[index])
    counts[order[: max(1, round(LEADS * len(photos)))]] = LEAD_TRACKS
    return [int(count) for count in np.minimum(counts, TRACKS_PER_PHOTO * np.array(photos))]


def draw_track(rng: np.random.Generator) -> DrawnTrack:
    width = MEDIAN_FACE_PX * np.exp(rng.normal(0.0, FACE_SIGMA))
    duration = MEDIAN_S * np.exp(rng.normal(0.0, DURATION_SIGMA))
    return DrawnTrack(float(np.clip(width, NARROWEST_PX, WIDEST_PX)), float(duration))


def draw_glimpse(rng: np.random.Generator) -> DrawnTrack:
    """Draw a short track with a small face."""
    return DrawnTrack(float(rng.uniform(*GLIMPSE_PX)), GLIMPSE_S)
