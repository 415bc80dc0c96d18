"""Poor footage of one half of the people: a clustering problem with clothes, and the mean face."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.drawn_plan import draw_plan
from screenalytics_assets.calibration.hard_look import draw_look, show
from screenalytics_assets.calibration.hard_television import HardEpisode, film_hard
from screenalytics_assets.calibration.labelled_photos import read_photo
from screenalytics_assets.calibration.non_faces import NON_FACE
from screenalytics_assets.calibration.problem import Problem
from screenalytics_assets.calibration.television import Crops, FacePhoto, sighting, track_of
from screenalytics_assets.clustering.unit_vectors import NO_DIRECTION
from screenalytics_assets.evidence.sightings import Sightings
from screenalytics_assets.faces.embed_faces import embed_faces
from screenalytics_assets.settings.stages import FacesSettings, TrackEmbeddingsSettings
from screenalytics_assets.track_embeddings.embed_tracks import embed_tracks
from screenalytics_resources.inference.engine import Engine

NAME = "hard television"
MOST_FACES = 800
"""Faces that the mean is taken over. More take longer and change it little."""
LOOK_FACE_PX = (60.0, 300.0)
"""Range of the width of these faces in the footage, px, before `draw_look` moves them farther away."""
LOOK_S = 2.0


def hard_problem(people: Mapping[str, Sequence[FacePhoto]], engine: Engine, seed: Sequence[int]) -> Problem:
    """Film an episode of hard television with photos of `people`, and pool its tracks as the product does.

    The number of a person is the position in `people`. Tracks that show no face get a number of their own, unless the
    product drops them because of their scores.
    """
    actors = {name: [photo.path for photo in photos] for name, photos in people.items() if photos}
    plan = draw_plan({name: len(photos) for name, photos in actors.items()}, np.random.default_rng([*seed, 0]))
    episode = film_hard(NAME, plan, actors, engine, seed)
    return _problem(episode, list(people), engine)


def mean_of_poor_faces(
    people: Mapping[str, Sequence[FacePhoto]], engine: Engine, rng: np.random.Generator, report: Callable[[int], None]
) -> NDArray[np.float32] | None:
    """Return the mean (D,) over `people` of the mean unit embedding of each in poor footage; None without any face.

    Everyone counts equally. `report` receives the number of people done.
    """
    each = max(1, MOST_FACES // max(1, len(people)))
    means = []
    for number, photos in enumerate(people.values(), start=1):
        chosen = [photos[int(index)].path for index in rng.permutation(len(photos))[:each]]
        vectors = _poor_faces(chosen, engine, rng)
        means += [vectors.mean(axis=0)] if len(vectors) else []
        report(number)
    return np.asarray(np.mean(means, axis=0), np.float32) if means else None


def _poor_faces(photos: Sequence[Path], engine: Engine, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the unit embeddings (n, D) of those photos that still show a face in a difficult look."""
    crops: Crops = {}
    seen = []
    for number, path in enumerate(photos):
        look = draw_look(float(rng.uniform(*LOOK_FACE_PX)), LOOK_S, 1.0, rng)
        key = f"crops/track-00001/{number:06d}.jpg"
        crop = sighting(key, number, show(read_photo(path), look, rng), engine, crops)
        seen += [crop] if crop is not None else []
    tracks = [track_of(1, (0, max(0, len(photos) - 1)), len(photos), seen)] if seen else []
    return embed_faces(tracks, crops.get, engine, FacesSettings.model_validate({}), lambda _: None).vectors


def _problem(episode: HardEpisode, names: Sequence[str], engine: Engine) -> Problem:
    method = TrackEmbeddingsSettings.model_validate({}).pooling_method
    pooled = embed_tracks(episode.tracks, episode.faces.rows, episode.faces.vectors, method)
    least = engine.pack.tracks.min_mean_score
    kept = [
        number
        for number, (row, track) in enumerate(zip(pooled.rows, episode.tracks, strict=True))
        if row.embedding_row is not None and (episode.truth[number] != NON_FACE or track.mean_score >= least)
    ]
    rows = np.array([pooled.rows[number].embedding_row for number in kept], np.int64)
    numbers = {name: number for number, name in enumerate(names)}
    tracks = [episode.tracks[number] for number in kept]
    roots = np.sqrt(episode.clothing[kept])
    return Problem(
        name=NAME,
        vectors=pooled.vectors[rows],
        norms=np.array([pooled.rows[number].best_norm for number in kept], np.float64),
        people=np.array([numbers.get(episode.truth[number], len(names) + number) for number in kept], np.int64),
        sightings=Sightings(
            first_ts=np.array([track.first_ts for track in tracks], np.float64),
            last_ts=np.array([track.last_ts for track in tracks], np.float64),
            clothing=roots / np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), NO_DIRECTION),
            dressed=episode.dressed[kept],
        ),
    )
