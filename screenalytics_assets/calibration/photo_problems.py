"""Problems made from photos of one half of the people: the photos themselves, television, and glimpses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.drawn_tracks import EPISODES, draw_glimpse, draw_track, track_counts
from screenalytics_assets.calibration.labelled_photos import UnreadablePhotoError, read_photo
from screenalytics_assets.calibration.problem import Half, Probes, Problem
from screenalytics_assets.calibration.television import Crops, FacePhoto, film, sighting, track_of
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.faces.embed_faces import embed_faces
from screenalytics_assets.settings.stages import FacesSettings, TrackEmbeddingsSettings
from screenalytics_assets.track_embeddings.embed_tracks import embed_tracks
from screenalytics_resources.inference.engine import Engine


@dataclass
class Skipped:
    """Numbers of unusable photos, and of all photos read."""

    unreadable: int = 0
    faceless: int = 0
    photos: int = 0

    @property
    def count(self) -> int:
        return self.unreadable + self.faceless


@dataclass
class _Samples:
    """Tracks of a problem under construction."""

    vectors: list[NDArray[np.float32]] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    people: list[int] = field(default_factory=list)

    def problem(self, name: str, dim: int) -> Problem:
        vectors = np.concatenate([np.empty((0, dim), np.float32), *self.vectors])
        return Problem(name, vectors, np.array(self.norms, np.float64), np.array(self.people, np.int64))


@dataclass(frozen=True)
class PhotoHalf:
    """The problems of one half, and the usable photos of each person. The first problem has their tracks in order."""

    half: Half
    by_person: Mapping[str, Sequence[FacePhoto]]

    @property
    def photos(self) -> list[FacePhoto]:
        """Photo of each track of the first problem."""
        return [photo for photos in self.by_person.values() for photo in photos]


def photo_half(
    people: Mapping[str, Sequence[Path]],
    engine: Engine,
    rng: np.random.Generator,
    skipped: Skipped,
    report: Callable[[int], None],
) -> PhotoHalf:
    """Embed the photos of `people` and the tracks filmed from them. `report` receives the number of people done.

    Unusable photos are counted in `skipped`.
    """
    still, episodes = _Samples(), [_Samples() for _ in range(EPISODES)]
    usable_of: dict[str, list[FacePhoto]] = {}
    counts = [track_counts([len(photos) for photos in people.values()], rng) for _ in episodes]
    for number, (person, photos) in enumerate(people.items()):
        usable = usable_of[person] = _add_photos(still, number, photos, engine, skipped)
        for samples, tracks in zip(episodes, counts, strict=True):
            _add_tracks(samples, number, usable, tracks[number], engine, rng)
        report(number + 1)
    dim = engine.pack.recogniser.dim
    filmed = [samples.problem(f"television {number}", dim) for number, samples in enumerate(episodes, start=1)]
    photos_problem = still.problem("photos", dim)
    return PhotoHalf(Half([photos_problem, *filmed], photos_problem), usable_of)


def photo_probes(
    photo_half: PhotoHalf, engine: Engine, rng: np.random.Generator, report: Callable[[int], None]
) -> Probes:
    """Return every photo, and a poor glimpse of it if a face is still found. `report` receives the photos done.

    Photos and good television have too few poor faces to show where faces become unrecognisable.
    """
    glimpses = _Samples()
    for row, photo in enumerate(photo_half.photos):
        crops: Crops = {}
        _add(glimpses, row, [film(1, draw_glimpse(rng), [photo], engine, crops, rng)], crops, engine)
        report(row + 1)
    poor, clean = glimpses.problem("glimpses", engine.pack.recogniser.dim), photo_half.half.samples
    return Probes(
        vectors=np.concatenate([clean.vectors, poor.vectors]),
        norms=np.concatenate([clean.norms, poor.norms]),
        rows=np.concatenate([np.arange(len(clean)), poor.people]),
    )


def _add_photos(
    samples: _Samples, person: int, photos: Sequence[Path], engine: Engine, skipped: Skipped
) -> list[FacePhoto]:
    """Add one track per photo. Returns the photos with a usable face."""
    crops: Crops = {}
    tracks: list[Track] = []
    with_face: list[FacePhoto] = []
    unreadable = 0
    for number, path in enumerate(photos, start=1):
        try:
            crop = sighting(f"crops/track-{number:05d}/000000.jpg", 0, read_photo(path), engine, crops)
        except UnreadablePhotoError:
            unreadable += 1
            continue
        if crop is not None:
            tracks.append(track_of(number, (0, 0), 1, [crop]))
            with_face.append(FacePhoto(path, crop.bbox[2] - crop.bbox[0]))
    embedded = _add(samples, person, tracks, crops, engine)
    usable = [photo for photo, good in zip(with_face, embedded, strict=True) if good]
    skipped.photos += len(photos)
    skipped.unreadable += unreadable
    skipped.faceless += len(photos) - unreadable - len(usable)
    return usable


def _add_tracks(
    samples: _Samples, person: int, photos: Sequence[FacePhoto], count: int, engine: Engine, rng: np.random.Generator
) -> None:
    for number in range(1, count + 1) if photos else ():
        crops: Crops = {}
        _add(samples, person, [film(number, draw_track(rng), photos, engine, crops, rng)], crops, engine)


def _add(samples: _Samples, person: int, tracks: Sequence[Track], crops: Crops, engine: Engine) -> list[bool]:
    """Embed the tracks as the product does. Returns which of them have an embedding."""
    faces = embed_faces(tracks, crops.get, engine, FacesSettings.model_validate({}), lambda _: None)
    method = TrackEmbeddingsSettings.model_validate({}).pooling_method
    pooled = embed_tracks(tracks, faces.rows, faces.vectors, method)
    usable = [row.embedding_row is not None for row in pooled.rows]
    samples.vectors.append(pooled.vectors)
    samples.norms += [row.best_norm for row in pooled.rows if row.embedding_row is not None]
    samples.people += [person] * sum(usable)
    return usable
