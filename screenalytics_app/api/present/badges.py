"""Badges: a level and words for a similarity or a quality, by the bounds of the model pack."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from screenalytics_app.api.models.common import Badge
from screenalytics_resources.inference.packs import BadgeBounds, Pack, load_pack
from screenalytics_resources.project import config_dir

Level = Literal["good", "fair", "poor"]
_SIMILARITY: dict[Level, str] = {"good": "strong", "fair": "fair", "poor": "weak"}


def similarity_badge(value: float, bounds: BadgeBounds) -> Badge:
    """Return the badge of a cosine similarity, such as `strong 0.83`."""
    level = _level(value, bounds)
    return Badge(level=level, text=f"{_SIMILARITY[level]} {value:.2f}")


def quality_badge(value: float, bounds: BadgeBounds) -> Badge:
    """Return the badge of a quality score in [0, 1], such as `good 72 %`."""
    level = _level(value, bounds)
    return Badge(level=level, text=f"{level} {100 * value:.0f} %")


def cohesion_badge(cohesion: float, tracks: int, has_faces: bool, bounds: BadgeBounds) -> Badge:
    """Return the badge of an identity. One track is always similar to itself, so its cohesion says nothing."""
    if not has_faces:
        return Badge(level="poor", text="no clear face")
    if tracks == 1:
        return Badge(level="fair", text="single track")
    return similarity_badge(cohesion, bounds)


def pack_named(name: str) -> Pack:
    """Return a pack; the same object until its file changes. Raises `UserError` if the configuration has none."""
    folder = config_dir()
    file = folder / "packs" / f"{name}.yaml"
    return _pack(name, folder, file.stat().st_mtime_ns if file.exists() else 0)


@lru_cache(maxsize=8)
def _pack(name: str, folder: Path, changed_ns: int) -> Pack:
    return load_pack(name, folder)


def _level(value: float, bounds: BadgeBounds) -> Level:
    if value >= bounds.good:
        return "good"
    return "fair" if value >= bounds.fair else "poor"
