"""The track structure of real television: who is on screen, when, how large and with whom."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

FPS = 25.0
"""Frames per second of both series' track tables: boxes per second of tracks without gaps."""


@dataclass(frozen=True)
class TvTrack:
    """One track of a table. Times in seconds, `box` the median of its boxes, px.

    `background` marks a person whom the series' own truth names only "unknown".
    """

    person: str
    background: bool
    start_s: float
    end_s: float
    boxes: int
    box: tuple[float, float, float, float]

    @property
    def face_px(self) -> float:
        """Width of the face."""
        return self.box[2] - self.box[0]

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def frames(self) -> tuple[int, int]:
        """First and last frame."""
        return round(self.start_s * FPS), round(self.end_s * FPS)


def read_tracks(path: Path) -> list[TvTrack]:
    """Read the tracks of one episode. The few tracks without a name are left out."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["identity"]]
    return [
        TvTrack(
            person=row["identity"],
            background=row["coarse_identity"] == "unknown",
            start_s=float(row["start_s"]),
            end_s=float(row["end_s"]),
            boxes=int(row["n_boxes"]),
            box=_box(*(float(row[f"median_{name}"]) for name in "xywh")),
        )
        for row in rows
    ]


def _box(left: float, top: float, width: float, height: float) -> tuple[float, float, float, float]:
    return left, top, left + width, top + height


def cast_photos(
    people: Counter[str], photos: Mapping[str, Sequence[Path]], rng: np.random.Generator
) -> dict[str, Sequence[Path]]:
    """Assign a photographed person to every person. Those seen most often get the people with the most photos.

    Raises:
        ValueError: there are fewer photographed people than people to replace.
    """
    if len(photos) < len(people):
        raise ValueError(f"Expected photos of {len(people)} people or more, but got {len(photos)}.")
    names = sorted(photos)
    order = sorted(rng.permutation(len(names)), key=lambda index: -len(photos[names[index]]))
    roles = sorted(people, key=lambda person: (-people[person], person))
    return {role: photos[names[index]] for role, index in zip(roles, order, strict=False)}
