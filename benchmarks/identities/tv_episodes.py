"""Television episodes with the structure of real ones, and photographed people instead of the cast.

Real track tables determine who is on screen, when, how large and with whom. The pictures are photos from Labeled
Faces in the Wild, several per track, degraded according to the boxes of the table. Detection, landmarks, alignment,
quality and embedding are the product's own. Limitation: the faces of a real track, and of two tracks of one scene,
are more alike than photos from different days.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.identities.tv_tracks import TvTrack, cast_photos, read_tracks
from screenalytics_assets.calibration.split_people import SEED, split_people
from screenalytics_assets.calibration.television import FPS, Crops, FacePhoto, film
from screenalytics_assets.contract.schemas import Track, TrackBox
from screenalytics_assets.faces.embed_faces import EmbeddedFaces, embed_faces
from screenalytics_assets.settings.stages import FacesSettings
from screenalytics_resources.inference.engine import Engine

TUNING, REPORTED = "bbt", "buffy"


@dataclass(frozen=True)
class TvEpisode:
    """One episode, ready for pooling and clustering. `truth` is the person of each track."""

    name: str
    tracks: Sequence[Track]
    truth: Sequence[str]
    background: NDArray[np.bool_]
    faces: EmbeddedFaces


def make_episodes(series: str, data: Path, engine: Engine) -> list[TvEpisode]:
    """Make the four episodes of `series`: "bbt" with one half of the photographed people, "buffy" with the other."""
    tables = {path.stem: read_tracks(path) for path in sorted((data / "tv-tracks").glob(f"{series}_*.csv"))}
    roles = Counter(
        track.person if not track.background else f"{name} {track.person}"
        for name, table in tables.items()
        for track in table
    )
    actors = cast_photos(roles, half_of_people(data / "lfw", series), np.random.default_rng(SEED))
    return [
        _episode(name, table, actors, engine, np.random.default_rng([SEED, number]))
        for number, (name, table) in enumerate(tables.items())
    ]


def half_of_people(lfw: Path, series: str) -> dict[str, Sequence[Path]]:
    """Return photos by person for the half of the people used for `series`. The halves are disjoint."""
    folders = sorted(folder for folder in lfw.iterdir() if folder.is_dir())
    tuned, reported = split_people(len(folders))
    half = tuned if series == TUNING else reported
    return {folders[i].name: sorted(folders[i].glob("*.jpg")) for i in half}


def _episode(
    name: str, table: Sequence[TvTrack], actors: Mapping[str, Sequence[Path]], engine: Engine, rng: np.random.Generator
) -> TvEpisode:
    crops: Crops = {}
    people = [f"{name} {track.person}" if track.background else track.person for track in table]
    tracks = [
        placed(film(number, track, [FacePhoto(path) for path in actors[person]], engine, crops, rng), track)
        for number, (track, person) in enumerate(zip(table, people, strict=True), start=1)
    ]
    faces = embed_faces(tracks, crops.get, engine, FacesSettings.model_validate({}), lambda _: None)
    return TvEpisode(name, tracks, people, np.array([track.background for track in table]), faces)


def placed(track: Track, seen: TvTrack) -> Track:
    """Return `track` with the real track's box at both ends."""
    ends = sorted({track.first_frame, track.last_frame})
    boxes = tuple(TrackBox(frame=frame, ts=frame / FPS, bbox=seen.box, score=1.0) for frame in ends)
    return track.model_copy(update={"boxes": boxes})
