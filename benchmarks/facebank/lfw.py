"""Naming photos by a cast on Labeled Faces in the Wild: `python -m benchmarks.facebank.lfw`.

The cast has 100 people with five photos each. Every other photo of them and of 58 strangers is named on its own, which
is harder than naming an identity of several tracks. The measurement is repeated on held-out people only: a cast of 50
and 29 strangers. The thresholds are the model packs' own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.facebank.embedded_photos import LabelledPhotos, embedded_photos
from screenalytics_assets.calibration.labelled_photos import photos_by_person
from screenalytics_assets.calibration.split_people import split_people
from screenalytics_assets.cast.match_people import CastBounds, PersonMatch, cast_bounds, match_people
from screenalytics_assets.cast.person_scores import exact_nearest
from screenalytics_resources.facebank.prototypes import prototypes
from screenalytics_resources.facebank.records import VectorKind
from screenalytics_resources.inference.engine import load_engine
from screenalytics_resources.project import config_dir

PACKS = ("opencv_zoo", "buffalo_sc")
CAST_PHOTOS = 5
SEED = 20261121
CURVE = (-0.15, -0.10, -0.05, 0.0, 0.05, 0.10)
"""Offsets from the calibrated `cast_sim` at which the trade-off is shown."""
console = Console(width=160)


@dataclass(frozen=True)
class Draw:
    """Photos of the cast by person, and the rows of all other photos."""

    cast: Mapping[int, NDArray[np.int64]]
    probes: NDArray[np.int64]


@dataclass(frozen=True)
class Wrong:
    """A stranger's photo that got a name, or a photo that got a name other than its label."""

    photo: str
    label: str
    named: str
    similarity: float


@dataclass(frozen=True)
class Naming:
    """Shares in [0, 1]: the first four are of the photos of cast members, the last two of the strangers' photos."""

    sim: float
    right: float
    wrong: float
    review: float
    unknown: float
    strangers_named: float
    strangers_review: float


@dataclass(frozen=True)
class Result:
    """Result of one pack on a set of people, at its own thresholds, with the trade-off around them."""

    pack: str
    people: str
    cast: int
    strangers: int
    cast_probes: int
    stranger_probes: int
    at_threshold: Naming
    curve: Sequence[Naming]
    mistakes: Sequence[Wrong]


def draw(people: NDArray[np.int64], cast_size: int, rng: np.random.Generator) -> Draw:
    """Draw the cast and five photos of each member. `people` (N,) has the person of each photo."""
    members = np.sort(rng.permutation(np.unique(people))[:cast_size])
    cast = {int(person): rng.permutation(np.flatnonzero(people == person))[:CAST_PHOTOS] for person in members}
    return Draw(cast, np.setdiff1d(np.arange(len(people)), np.concatenate(list(cast.values()))))


def match(photos: LabelledPhotos, drawn: Draw, bounds: CastBounds) -> list[PersonMatch]:
    """Name every probe, each as an identity of its own. The identity's id is its row."""
    stored = {person: prototypes(photos.vectors[rows], photos.norms[rows]) for person, rows in drawn.cast.items()}
    owners = [str(person) for person, vectors in stored.items() for _ in vectors]
    rows = [str(row) for row in drawn.probes]
    kinds: list[VectorKind] = ["prototype"] * len(owners)
    nearest = exact_nearest(rows, photos.vectors[drawn.probes], np.concatenate(list(stored.values())), owners, kinds)
    return match_people(nearest, bounds, together=(), owned={})


def count(photos: LabelledPhotos, drawn: Draw, matches: Sequence[PersonMatch], sim: float) -> Naming:
    """Compute the shares of the outcomes of the probes."""
    labels = photos.people[drawn.probes]
    known = np.isin(labels, list(drawn.cast))
    right = np.array([match.person_id == str(label) for match, label in zip(matches, labels, strict=True)])
    status = np.array([match.status for match in matches])
    named, review = status == "assigned", status == "needs_review"
    return Naming(
        sim=round(sim, 3),
        right=float(right[known].mean()),
        wrong=float((named & ~right)[known].mean()),
        review=float(review[known].mean()),
        unknown=float((status == "unknown")[known].mean()),
        strangers_named=float(named[~known].mean()),
        strangers_review=float(review[~known].mean()),
    )


def measure(
    pack: str, kind: str, photos: LabelledPhotos, people: Sequence[str], bounds: CastBounds, size: int
) -> Result:
    """Draw a cast of `size` and name all other photos."""
    drawn = draw(photos.people, size, np.random.default_rng(SEED))
    matches = match(photos, drawn, bounds)
    curve = []
    for step in CURVE:
        moved = CastBounds(bounds.sim + step, bounds.margin, min(bounds.review_sim, bounds.sim + step))
        curve.append(count(photos, drawn, match(photos, drawn, moved), moved.sim))
    labels = photos.people[drawn.probes]
    known = int(np.isin(labels, list(drawn.cast)).sum())
    wrong = [
        Wrong(photos.names[row], people[label], people[int(match.person_id)], round(match.similarity or 0.0, 3))
        for row, label, match in zip(drawn.probes, labels, matches, strict=True)
        if match.person_id is not None and match.person_id != str(label)
    ]
    return Result(
        pack=pack,
        people=kind,
        cast=size,
        strangers=len(np.unique(photos.people)) - size,
        cast_probes=known,
        stranger_probes=len(labels) - known,
        at_threshold=count(photos, drawn, matches, bounds.sim),
        curve=curve,
        mistakes=wrong,
    )


def table(results: Sequence[Result]) -> Table:
    """Build the table of everything but the mistakes. The row at the pack's own threshold is bold."""
    naming_table = Table(title="photos named by a cast with five photos per person", title_justify="left")
    columns = ("pack", "people", "cast", "probes", "cast_sim", "right", "wrong", "review", "unknown", "strangers")
    for name in (*columns, "named", "review"):
        naming_table.add_column(name, justify="left" if name in columns[:2] else "right")
    for r in results:
        for naming in r.curve:
            shares = [f"{share:.2%}" for share in (naming.right, naming.wrong, naming.review, naming.unknown)]
            strangers = [f"{r.stranger_probes}", f"{naming.strangers_named:.2%}", f"{naming.strangers_review:.2%}"]
            style = "bold" if naming.sim == r.at_threshold.sim else None
            head = (r.pack, r.people, str(r.cast), str(r.cast_probes), f"{naming.sim:.3f}")
            naming_table.add_row(*head, *shares, *strangers, style=style)
        naming_table.add_section()
    return naming_table


def run(lfw: Path, fresh: bool) -> dict[str, Any]:
    """Measure both packs on all people and on held-out people."""
    folders = photos_by_person(lfw)
    people = list(folders)
    held_out = np.sort(split_people(len(people))[1])
    results = []
    for name in PACKS:
        engine = load_engine(name, config_dir())
        photos, bounds = embedded_photos(folders, engine, fresh), cast_bounds(engine.pack.thresholds)
        console.print(f"{name}: {len(photos.names)} photos, {photos.refused} refused")
        results.append(measure(name, "all", photos, people, bounds, 100))
        results.append(measure(name, "held out", photos.of(held_out), people, bounds, 50))
    console.print(table(results))
    for r in results:
        for wrong in r.mistakes:
            console.print(f"{r.pack}, {r.people}: {wrong.photo} is named {wrong.named}, {wrong.similarity:.3f}")
    return {"results": [asdict(result) for result in results]}
