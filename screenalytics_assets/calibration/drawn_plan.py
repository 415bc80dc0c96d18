"""Plans of hard television episodes without a real track table: scenes of a few people, drawn from a generic structure.

Widths, durations and numbers of tracks are those of `drawn_tracks`. Calibration uses such plans, so that the structure
of the series that the project reports on is not tuned on.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from screenalytics_assets.calibration.drawn_tracks import draw_track, track_counts
from screenalytics_assets.calibration.hard_television import PlannedTrack
from screenalytics_assets.calibration.non_faces import NON_FACE
from screenalytics_assets.calibration.television import FPS

PEOPLE_PER_SCENE = (2, 4)
TRACKS_PER_SCENE = (5, 16)
TOGETHER_SHARE = 0.3
"""Share of tracks that share frames with the track before, on the other side of the picture."""
PICTURE_WIDTH = 1280.0
NON_FACE_SHARE = 0.15
"""Share of all tracks that show no face."""
MEDIAN_NON_FACE_S, NON_FACE_SIGMA = 1.2, 0.8


def draw_plan(photos: Mapping[str, int], rng: np.random.Generator) -> list[PlannedTrack]:
    """Draw the tracks of an episode with the people of `photos`, which has the number of photos of each."""
    names = sorted(photos)
    left = Counter(dict(zip(names, track_counts([photos[name] for name in names], rng), strict=True)))
    faces: list[PlannedTrack] = []
    scene, clock = 0, 0
    while left:
        cast = _cast(left, rng)
        before, together = "", False
        for _ in range(int(rng.integers(*TRACKS_PER_SCENE))):
            others = [person for person in cast if left[person] and person != before]
            if not others:
                break
            name = others[int(rng.integers(len(others)))]
            left[name] -= 1
            # At most two share the picture, because a third could be the first person again.
            together = bool(before) and not together and rng.random() < TOGETHER_SHARE
            faces.append(_face(name, scene, faces[-1] if together else None, clock, rng))
            before = name
            clock = max(clock, faces[-1].frames[1] + 1)
        left = +left
        scene, clock = scene + 1, clock + round(5 * FPS)
    return with_non_faces(faces, rng)


def with_non_faces(faces: Sequence[PlannedTrack], rng: np.random.Generator) -> list[PlannedTrack]:
    """Return the tracks and, among them in order of time, tracks that show no face: 15 % of all."""
    count = round(NON_FACE_SHARE / (1 - NON_FACE_SHARE) * len(faces))
    return sorted([*faces, *(_non_face(faces, rng) for _ in range(count))], key=lambda track: track.frames)


def _cast(left: Counter[str], rng: np.random.Generator) -> list[str]:
    """Draw the people of a scene. Those with many tracks left are drawn more often."""
    names = sorted(left)
    count = min(len(names), int(rng.integers(PEOPLE_PER_SCENE[0], PEOPLE_PER_SCENE[1] + 1)))
    shares = np.array([left[name] for name in names], np.float64)
    return [names[index] for index in rng.choice(len(names), count, replace=False, p=shares / shares.sum())]


def _face(person: str, scene: int, partner: PlannedTrack | None, clock: int, rng: np.random.Generator) -> PlannedTrack:
    """Draw a track that begins at frame `clock`, or with the track that it shares the picture with."""
    drawn = draw_track(rng)
    first = clock if partner is None else partner.frames[0]
    left_half = partner is None or partner.box[0] >= PICTURE_WIDTH / 2
    x1 = rng.uniform(0.05, 0.2) * PICTURE_WIDTH + (0.0 if left_half else PICTURE_WIDTH / 2)
    box = (x1, 100.0, x1 + drawn.face_px, 100.0 + 1.2 * drawn.face_px)
    return PlannedTrack(person, False, scene, (first, first + drawn.boxes - 1), drawn.boxes, box)


def _non_face(faces: Sequence[PlannedTrack], rng: np.random.Generator) -> PlannedTrack:
    """Return a track without a face during a scene, about as large as a face of it, elsewhere in the picture."""
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
