"""Plans of simulated episodes with the track structure of real ones: scenes, and tracks that show no face."""

from collections.abc import Sequence

import numpy as np

from benchmarks.identities.tv_tracks import TvTrack
from screenalytics_assets.calibration.hard_television import PlannedTrack
from screenalytics_assets.calibration.non_faces import NON_FACE
from screenalytics_assets.calibration.television import FPS

PAUSE_S = 3.0
"""A scene ends where no face is seen for this long."""
LONGEST_SCENE_S = 120.0
NON_FACE_SHARE = 0.15
"""Share of all tracks that show no face."""
MEDIAN_NON_FACE_S, NON_FACE_SIGMA = 1.2, 0.8


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
    count = round(NON_FACE_SHARE / (1 - NON_FACE_SHARE) * len(faces))
    return sorted([*faces, *(_non_face(faces, rng) for _ in range(count))], key=lambda track: track.frames)


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


def _non_face(faces: Sequence[PlannedTrack], rng: np.random.Generator) -> PlannedTrack:
    """Return a track without a face during a scene, as large as a face of it, elsewhere in the picture."""
    near = faces[int(rng.integers(len(faces)))]
    boxes = max(1, round(MEDIAN_NON_FACE_S * np.exp(rng.normal(0.0, NON_FACE_SIGMA)) * FPS))
    first = near.frames[0] + int(rng.integers(0, 25))
    left, top = rng.uniform(0, 1000), rng.uniform(0, 500)
    side = near.face_px * rng.uniform(0.6, 1.2)
    return PlannedTrack(
        person=NON_FACE,
        background=True,
        scene=near.scene,
        frames=(first, first + boxes - 1),
        boxes=boxes,
        box=(left, top, left + side, top + side),
    )
