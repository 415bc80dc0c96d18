"""The reference faces of a show, each compared with the others of the same person."""

from dataclasses import dataclass

from screenalytics_app.actions.cast.database import open_cast
from screenalytics_assets.cast.lookup import stored_pack
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import DetectionSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_show
from screenalytics_resources.facebank.records import Seed, StoredVectors
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import config_dir


@dataclass(frozen=True)
class Similarity:
    """Cosine similarity of a reference face to the others of the same person, -1 to 1."""

    mean: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class FacebankEntry:
    """One reference face. `similarity` is None without a vector of the default pack, or without another face."""

    seed: Seed
    featured: bool
    similarity: Similarity | None


@dataclass(frozen=True)
class Facebank:
    """The reference faces of a show, or of one person of it."""

    show: str
    pack: str
    faces: tuple[FacebankEntry, ...]


def list_facebank(store: ArtifactStore, show: str, person_id: str | None = None) -> Facebank:
    """Return the reference faces of a show, with their similarities under the default pack."""
    pack = load_pack(resolve(DetectionSettings, config_dir()).values.pack, config_dir())
    with open_cast(store) as cast:
        seeds = cast.seeds(parse_show(show), person_id)
        featured = {person.featured_seed_id for person in cast.people(show)}
        stored = cast.vectors(show, stored_pack(pack))
    rows = {seed_id: row for row, seed_id in enumerate(stored.seed_ids) if seed_id is not None}
    faces = []
    for seed in seeds:
        others = [
            rows[other.seed_id]
            for other in seeds
            if other.person_id == seed.person_id and other.seed_id in rows and other.seed_id != seed.seed_id
        ]
        similarity = _similarity(stored, rows[seed.seed_id], others) if seed.seed_id in rows and others else None
        faces.append(FacebankEntry(seed, seed.seed_id in featured, similarity))
    return Facebank(show, pack.name, tuple(faces))


def _similarity(stored: StoredVectors, row: int, others: list[int]) -> Similarity:
    values = stored.vectors[others] @ stored.vectors[row]
    return Similarity(float(values.mean()), float(values.min()), float(values.max()))
