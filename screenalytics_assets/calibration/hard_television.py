"""The hard level of simulated television: poor faces, invented faces, clothes, and scenes.

A plan states who is on screen when, how large and in which scene. Photos of people are shown as difficult footage shows
faces (`hard_look`), and patches without a face stand for what a detector takes for one. Detection, landmarks, quality
gate, alignment and embedding are the product's own. Faces that the detector misses are missing, and so are tracks
without any detected face.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.hard_look import draw_look, show, show_patch
from screenalytics_assets.calibration.labelled_photos import read_photo
from screenalytics_assets.calibration.non_faces import NON_FACE, non_face, patch
from screenalytics_assets.calibration.television import FPS, Crops, photos_per_track, sighting, track_of
from screenalytics_assets.calibration.wardrobe import SIZE, descriptor, draw_palette, draw_scene_light
from screenalytics_assets.contract.schemas import Crop, Track, TrackBox
from screenalytics_assets.faces.embed_faces import EmbeddedFaces, embed_faces
from screenalytics_assets.settings.stages import FacesSettings
from screenalytics_resources.inference.engine import Engine

SCENES_PER_OUTFIT = 4
"""People change clothes after this many scenes."""
PHOTOS_PER_EPISODE, PHOTOS_PER_SCENE = 3, 2
"""Photos of a person, because a person looks alike within one episode, and more so within one scene."""
UNDRESSED_SHARE = 0.15
"""Share of tracks whose torso is outside the picture."""
SCENE_LIGHT = (0.7, 1.1)
MIN_BOX_PX = 20.0
"""Smallest face. The norms of real clips that the constants reproduce were measured on faces of at least this size."""


@dataclass(frozen=True)
class PlannedTrack:
    """One track to be shown. Frames inclusive, `box` in px of the original footage; `person` may be `NON_FACE`."""

    person: str
    background: bool
    scene: int
    frames: tuple[int, int]
    boxes: int
    box: tuple[float, float, float, float]

    @property
    def face_px(self) -> float:
        return self.box[2] - self.box[0]

    @property
    def duration_s(self) -> float:
        return (self.frames[1] - self.frames[0]) / FPS


@dataclass(frozen=True)
class HardEpisode:
    """N tracks, ready for pooling and clustering.

    `truth` has the person of each track, or `NON_FACE`. `scenes` (N,); `clothing` (N, 600) float32 with sum 1 where
    `dressed` (N,), otherwise 0.
    """

    name: str
    tracks: Sequence[Track]
    truth: Sequence[str]
    background: NDArray[np.bool_]
    scenes: NDArray[np.int64]
    clothing: NDArray[np.float32]
    dressed: NDArray[np.bool_]
    faces: EmbeddedFaces


def film_hard(
    name: str,
    plan: Sequence[PlannedTrack],
    actors: Mapping[str, Sequence[Path]],
    engine: Engine,
    seed: Sequence[int],
    pictures: Crops | None = None,
) -> HardEpisode:
    """Film the plan with the photos of `actors`, by person. Equal arguments give equal episodes.

    The crops are added to `pictures`, if given.
    """
    sets = _Sets(actors, seed)
    crops: Crops = {} if pictures is None else pictures
    kept: list[PlannedTrack] = []
    tracks: list[Track] = []
    for number, planned in enumerate(plan, start=1):
        rng = np.random.default_rng([*seed, number])
        if planned.person == NON_FACE:
            seen = _film_patch(number, planned, sets, engine, crops, rng)
        else:
            seen = _film_face(number, planned, sets, engine, crops, rng)
        if seen:
            kept.append(planned)
            tracks.append(_placed(track_of(number, planned.frames, planned.boxes, seen), planned))
    settings = FacesSettings.model_validate({"min_box_px": MIN_BOX_PX})
    faces = embed_faces(tracks, crops.get, engine, settings, lambda _: None)
    clothes = [sets.clothing(planned, np.random.default_rng([*seed, 2, row])) for row, planned in enumerate(kept)]
    return HardEpisode(
        name=name,
        tracks=tracks,
        truth=[planned.person for planned in kept],
        background=np.array([planned.background for planned in kept], np.bool_),
        scenes=np.array([planned.scene for planned in kept], np.int64),
        clothing=np.array([np.zeros(SIZE) if seen is None else seen for seen in clothes], np.float32).reshape(-1, SIZE),
        dressed=np.array([seen is not None for seen in clothes], np.bool_),
        faces=faces,
    )


class _Sets:
    """Light, clothes and photos of each scene, each drawn from a seed of its own."""

    def __init__(self, actors: Mapping[str, Sequence[Path]], seed: Sequence[int]) -> None:
        self._actors = actors
        self._seed = seed
        self._numbers = {person: number for number, person in enumerate(sorted(actors))}

    def photos(self, person: str, scene: int) -> Sequence[Path]:
        """Return the photos that show `person` in `scene`."""
        number = self._numbers[person]
        episode = _some(self._actors[person], PHOTOS_PER_EPISODE, self._rng(7, number))
        return _some(episode, PHOTOS_PER_SCENE, self._rng(3, number, scene))

    def any_photo(self, rng: np.random.Generator) -> Path:
        everyone = sorted(self._actors)
        photos = self._actors[everyone[int(rng.integers(len(everyone)))]]
        return photos[int(rng.integers(len(photos)))]

    def light(self, scene: int) -> float:
        return float(self._rng(4, scene).uniform(*SCENE_LIGHT))

    def clothing(self, planned: PlannedTrack, rng: np.random.Generator) -> NDArray[np.float32] | None:
        """Return what the track shows of the clothes, None if it does not show them."""
        if rng.random() < UNDRESSED_SHARE:
            return None
        if planned.person == NON_FACE:
            outfit = draw_palette(rng)
        else:
            outfit = draw_palette(self._rng(5, self._numbers[planned.person], planned.scene // SCENES_PER_OUTFIT))
        return descriptor(outfit, draw_scene_light(self._rng(6, planned.scene)), rng)

    def _rng(self, *what: int) -> np.random.Generator:
        return np.random.default_rng([*self._seed, *what])


def _some(photos: Sequence[Path], count: int, rng: np.random.Generator) -> list[Path]:
    return [photos[int(index)] for index in rng.permutation(len(photos))[:count]]


def _film_face(
    number: int, planned: PlannedTrack, sets: _Sets, engine: Engine, crops: Crops, rng: np.random.Generator
) -> list[Crop]:
    look = draw_look(planned.face_px, planned.duration_s, sets.light(planned.scene), rng)
    photos = sets.photos(planned.person, planned.scene)
    found: list[Crop] = []
    for frame in _frames(planned):
        image = show(read_photo(photos[int(rng.integers(len(photos)))]), look, rng)
        crop = sighting(_key(number, frame), frame, image, engine, crops)
        found += [crop] if crop is not None else []
    return found


def _film_patch(
    number: int, planned: PlannedTrack, sets: _Sets, engine: Engine, crops: Crops, rng: np.random.Generator
) -> list[Crop]:
    look = draw_look(planned.face_px, planned.duration_s, sets.light(planned.scene), rng)
    background = patch(read_photo(sets.any_photo(rng)), rng)
    least = engine.pack.detector.score_threshold
    return [
        non_face(_key(number, frame), frame, show_patch(background, look, rng), least, crops, rng)
        for frame in _frames(planned)
    ]


def _frames(planned: PlannedTrack) -> list[int]:
    """Return the frames of the pictures, spread over the track."""
    first, last = planned.frames
    count = min(photos_per_track(planned.boxes), last - first + 1)
    return [first + (last - first) * turn // max(1, count - 1) for turn in range(count)]


def _key(number: int, frame: int) -> str:
    return f"crops/track-{number:05d}/{frame:06d}.jpg"


def _placed(track: Track, planned: PlannedTrack) -> Track:
    """Return `track` with the planned box at both ends, and the mean score of its pictures."""
    mean = round(float(np.mean([crop.det_score for crop in track.crops])), 4)
    ends = sorted({track.first_frame, track.last_frame})
    boxes = tuple(TrackBox(frame=frame, ts=frame / FPS, bbox=planned.box, score=mean) for frame in ends)
    return track.model_copy(update={"boxes": boxes, "mean_score": mean})
