"""People of tracks and faces, from labelled boxes: `boxes.csv` with frame,x1,y1,x2,y2,person,run.

Boxes of one run belong to one person and are filled in linearly between, so the labels fit every detector and setting.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Track

SLACK_FRAMES = 6
"""A run also holds for this many frames before its first and after its last box."""
MIN_IOU = 0.3
MIN_SHARE = 0.34
"""Share of a track's boxes that must be on the person it shows most."""
UNKNOWN = "?"
NOT_CAST = ("bg", "junk")
"""Names of people in the background and of detections that show no face begin with these."""
Boxes = NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """Boxes (K, 4) of one person in ascending `frames` (K,), px of the source: x1, y1, x2, y2."""

    person: str
    frames: NDArray[np.int64]
    boxes: Boxes

    def at(self, frame: int) -> Boxes | None:
        """Return the box (4,) in `frame`, None if the person is not labelled there."""
        if not self.frames[0] - SLACK_FRAMES <= frame <= self.frames[-1] + SLACK_FRAMES:
            return None
        return np.array([np.interp(frame, self.frames, self.boxes[:, side]) for side in range(4)])


def read_runs(path: Path) -> list[Run]:
    """Read the runs of a `boxes.csv`."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    by_run: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_run.setdefault(row["run"], []).append(row)
    return [_run(sorted(part, key=lambda row: int(row["frame"]))) for part in by_run.values()]


def _run(rows: Sequence[dict[str, str]]) -> Run:
    boxes = np.array([[float(row[side]) for side in ("x1", "y1", "x2", "y2")] for row in rows])
    return Run(rows[0]["person"], np.array([int(row["frame"]) for row in rows], np.int64), boxes)


def person_at(runs: Iterable[Run], frame: int, box: Sequence[float]) -> str | None:
    """Return the person whose labelled box overlaps `box` most, None if none overlaps enough."""
    labelled = [(run.person, run.at(frame)) for run in runs]
    overlaps = [(iou(shown, box), person) for person, shown in labelled if shown is not None]
    best, person = max(overlaps, default=(0.0, ""))
    return person if best >= MIN_IOU else None


def track_people(runs: Sequence[Run], tracks: Iterable[Track]) -> dict[str, str]:
    """Return the person by track. Tracks that show no labelled person for certain are left out."""
    people = {}
    for track in tracks:
        boxes = {crop.frame: crop.bbox for crop in track.crops} | {box.frame: box.bbox for box in track.boxes}
        votes = Counter(person for frame, box in boxes.items() if (person := person_at(runs, frame, box)) is not None)
        person, count = max(votes.items(), key=lambda vote: vote[1], default=(UNKNOWN, 0))
        if person != UNKNOWN and count >= MIN_SHARE * len(boxes):
            people[track.track_id] = person
    return people


def is_background(person: str) -> bool:
    return person.startswith(NOT_CAST)


def iou(one: Sequence[float] | Boxes, other: Sequence[float] | Boxes) -> float:
    """Return intersection over union of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return float(width * height / (sum(areas) - width * height))
