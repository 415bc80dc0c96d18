"""Plans of simulated episodes with the track structure of real ones: scenes, and tracks that show no face."""

from collections.abc import Sequence

import numpy as np

from benchmarks.identities.tv_tracks import TvTrack
from screenalytics_assets.calibration.drawn_plan import with_non_faces
from screenalytics_assets.calibration.hard_television import PlannedTrack

PAUSE_S = 3.0
"""A scene ends where no face is seen for this long."""
LONGEST_SCENE_S = 120.0


def plan_episode(name: str, table: Sequence[TvTrack], until_s: float, rng: np.random.Generator) -> list[PlannedTrack]:
    """Return the tracks of `table` that begin before `until_s`, with their scenes, and tracks without a face."""
    seen = sorted((track for track in table if track.start_s < until_s), key=lambda track: track.frames)
    faces = [
        PlannedTrack(
            person=f"{name} {track.person}" if track.background else track.person,
            background=track.background,
            scene=scene,
            frames=track.frames,
            boxes=track.boxes,
            box=track.box,
        )
        for track, scene in zip(seen, scenes(seen), strict=True)
    ]
    return with_non_faces(faces, rng)


def scenes(tracks: Sequence[TvTrack]) -> list[int]:
    """Return the scene of each track. `tracks` are in order of time."""
    found: list[int] = []
    began, end = tracks[0].start_s, tracks[0].end_s
    for track in tracks:
        new = track.start_s - end > PAUSE_S or track.start_s - began > LONGEST_SCENE_S
        found.append((found[-1] if found else 0) + new)
        began = track.start_s if new else began
        end = max(end, track.end_s)
    return found
