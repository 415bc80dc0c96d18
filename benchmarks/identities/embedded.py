"""Cached embeddings of a benchmark: computing them takes minutes, clustering them takes seconds."""

import hashlib
import inspect
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from benchmarks.identities import tv_episodes, tv_tracks
from benchmarks.identities.tv_episodes import TvEpisode, half_of_people, make_episodes
from screenalytics_assets.calibration import degrade, labelled_photos, split_people, television
from screenalytics_assets.calibration.labelled_photos import read_photo
from screenalytics_assets.calibration.television import Crops, sighting, track_of
from screenalytics_assets.contract.schemas import Face, Track
from screenalytics_assets.faces import embed_faces as embed_faces_module
from screenalytics_assets.faces.embed_faces import EmbeddedFaces, embed_faces
from screenalytics_assets.settings.stages import FacesSettings
from screenalytics_resources.checksum import file_sha256
from screenalytics_resources.inference import alignment, landmark_refinement, recognition
from screenalytics_resources.inference.cache import default_cache_dir
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.packs import locate_models

MAKERS: Sequence[ModuleType] = (
    tv_tracks,
    tv_episodes,
    split_people,
    degrade,
    television,
    labelled_photos,
    embed_faces_module,
    alignment,
    landmark_refinement,
    recognition,
)
"""Modules that determine the embeddings. A change of any of them invalidates the cache."""


@dataclass(frozen=True)
class Photos:
    """One row per photo with a face: unit vectors (N, D), embedding norms (N,), numbers of the people (N,)."""

    vectors: NDArray[np.float32]
    norms: NDArray[np.float64]
    people: NDArray[np.int64]


def episodes(series: str, data: Path, engine: Engine, fresh: bool) -> list[TvEpisode]:
    """Return the television episodes of `series`, from the cache unless `fresh`."""
    folder = cache_folder(f"episodes-{series}", data, engine, MAKERS)
    if fresh or not folder.exists():
        with replaced(folder) as made:
            for number, episode in enumerate(make_episodes(series, data, engine)):
                _write_episode(made / f"{number:02d}", episode)
    return [_read_episode(part) for part in sorted(folder.iterdir()) if part.is_dir()]


def photos(series: str, data: Path, engine: Engine, fresh: bool) -> Photos:
    """Return the photos of the half of the people used for `series`, from the cache unless `fresh`."""
    folder = cache_folder(f"photos-{series}", data, engine, MAKERS)
    if fresh or not folder.exists():
        with replaced(folder) as new:
            made = _embed_photos(half_of_people(data / "lfw", series), engine)
            np.savez(new / "photos.npz", vectors=made.vectors, norms=made.norms, people=made.people)
    with np.load(folder / "photos.npz", allow_pickle=False) as stored:
        return Photos(stored["vectors"], stored["norms"], stored["people"])


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that replaces `folder` once it is complete."""
    making = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    yield making
    shutil.rmtree(folder, ignore_errors=True)
    making.rename(folder)


def cache_folder(name: str, data: Path, engine: Engine, makers: Sequence[ModuleType]) -> Path:
    """Return the folder of cached results. It changes with the models, the data's folder and the source of `makers`."""
    sources = [inspect.getsource(module) for module in makers]
    files = locate_models(engine.pack)
    models = [engine.pack.detector.model_dump_json(), file_sha256(files.detector), file_sha256(files.recogniser)]
    key = hashlib.sha256("".join([*sources, *models, str(data)]).encode()).hexdigest()[:16]
    return default_cache_dir() / "benchmarks" / f"{name}-{engine.pack.name}-{key}"


def _embed_photos(people: dict[str, Sequence[Path]], engine: Engine) -> Photos:
    crops: Crops = {}
    tracks: list[Track] = []
    owners: list[int] = []
    for person, paths in enumerate(people.values()):
        for path in paths:
            number = len(tracks) + 1
            crop = sighting(f"crops/track-{number:05d}/000000.jpg", 0, read_photo(path), engine, crops)
            tracks.append(track_of(number, (number, number), 1, [crop] if crop is not None else []))
            owners.append(person)
    faces = embed_faces(tracks, crops.get, engine, FacesSettings.model_validate({}), lambda _: None)
    accepted = [face for face in faces.rows if face.embedding_row is not None]
    whose = [owners[int(face.track_id.removeprefix("track-")) - 1] for face in accepted]
    norms = np.array([face.embedding_norm for face in accepted], np.float64)
    return Photos(faces.vectors, norms, np.array(whose, np.int64))


def _write_episode(folder: Path, episode: TvEpisode) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "vectors.npy", episode.faces.vectors, allow_pickle=False)
    document = {
        "name": episode.name,
        "tracks": [track.model_dump(mode="json") for track in episode.tracks],
        "truth": list(episode.truth),
        "background": episode.background.tolist(),
        "faces": [face.model_dump(mode="json") for face in episode.faces.rows],
    }
    (folder / "episode.json").write_text(json.dumps(document), encoding="utf-8")


def _read_episode(folder: Path) -> TvEpisode:
    document = json.loads((folder / "episode.json").read_text(encoding="utf-8"))
    rows = [Face.model_validate(face) for face in document["faces"]]
    return TvEpisode(
        name=document["name"],
        tracks=[Track.model_validate(track) for track in document["tracks"]],
        truth=document["truth"],
        background=np.array(document["background"], np.bool_),
        faces=EmbeddedFaces(rows, np.load(folder / "vectors.npy", allow_pickle=False)),
    )
