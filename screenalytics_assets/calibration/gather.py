"""Loading of labelled samples into the two halves that calibration works on."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.calibration.hard_problem import NAME as HARD_NAME
from screenalytics_assets.calibration.hard_problem import hard_problem, mean_of_poor_faces
from screenalytics_assets.calibration.identification import check_rate
from screenalytics_assets.calibration.labelled_photos import photos_by_person
from screenalytics_assets.calibration.labelled_tracks import load_episodes, read_labels, track_half
from screenalytics_assets.calibration.photo_problems import PhotoHalf, Skipped, photo_half, photo_probes
from screenalytics_assets.calibration.problem import Half, Probes
from screenalytics_assets.calibration.split_people import split_people
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.progress import Report

MIN_PEOPLE = 4
MAX_SKIPPED = 0.2
"""Share of photos that may be unusable."""
Start = Callable[[str, int, str], Report]
"""Starts a stage with a name, a number of units and the name of a unit. Returns the function for progress reports."""


@dataclass(frozen=True)
class Gathered:
    """Both halves, the first half's faces for the norm limits, a description of the data, and the skipped photos.

    `mean_face` (D,) is measured on poor footage of the first half, None if there is none.
    """

    tuned: Half
    reported: Half
    probes: Probes
    data: str
    skipped: Skipped
    mean_face: NDArray[np.float32] | None = None


def gather_photos(folder: Path, name: str, engine: Engine, rate: float, seed: int, start: Start) -> Gathered:
    """Read, film and embed the photos of `folder`, which has one folder per person. `name` names the data.

    Raises:
        UserError: too few people, too few photos for the false accept rate, or too many photos without a face.
    """
    people = {person: photos for person, photos in photos_by_person(folder).items() if len(photos) > 1}
    check_people(len(people), str(folder))
    names = list(people)
    parts = [{names[index]: people[names[index]] for index in np.sort(half)} for half in split_people(len(names), seed)]
    check_rate(rate, sum(len(photos) for photos in parts[0].values()))
    skipped = Skipped()
    tuned, reported = (
        photo_half(part, engine, np.random.default_rng([seed, number]), skipped, start(stage, len(part), "people"))
        for number, (part, stage) in enumerate(zip(parts, ("people to tune", "people to report"), strict=True))
    )
    _check_skipped(skipped, folder)
    _check_halves(tuned.half, reported.half, str(folder))
    probes = _probes(tuned, engine, seed, start)
    data = f"{len(names)} people of {name}, photos and television-like tracks of them"
    progress = start("mean face", len(tuned.by_person), "people")
    mean = mean_of_poor_faces(tuned.by_person, engine, np.random.default_rng([seed, 3]), progress)
    progress = start(HARD_NAME, 2, "episodes")
    halves = []
    for number, made in enumerate((tuned, reported)):
        hard = hard_problem(made.by_person, engine, [seed, 4 + number])
        halves.append(replace(made.half, problems=[*made.half.problems, hard]))
        progress(number + 1)
    return Gathered(halves[0], halves[1], probes, data, skipped, mean)


def gather_tracks(file: Path, name: str, store: ArtifactStore, pack: str, rate: float, seed: int) -> Gathered:
    """Read the embeddings of the tracks listed in the CSV `file`. `name` names the data.

    Raises:
        UserError: an invalid file, tracks that do not exist or belong to another pack, or too few people.
    """
    labels = read_labels(file)
    episodes = load_episodes(store, labels, pack)
    tracks = Counter(person for episode in episodes for person in episode.people)
    names = sorted(person for person, count in tracks.items() if count > 1)
    check_people(len(names), str(file))
    tuned, reported = (track_half(episodes, _numbers(names, half)) for half in split_people(len(names), seed))
    samples = tuned.samples
    check_rate(rate, len(samples))
    probes = Probes(samples.vectors, samples.norms, np.arange(len(samples)))
    data = f"{len(names)} people of {name}, tracks of {len(episodes)} episode{'s' * (len(episodes) != 1)}"
    return Gathered(tuned, reported, probes, data, Skipped())


def check_people(count: int, source: str) -> None:
    """Raise `UserError` unless there are enough people for two halves with two people each."""
    if count < MIN_PEOPLE:
        raise UserError(
            f"{source} has {count} people with two or more samples, and calibration needs {MIN_PEOPLE}: "
            "two to tune on and two others to report on; label more people."
        )


def _numbers(names: Sequence[str], half: NDArray[np.int64]) -> Mapping[str, int]:
    return {names[index]: number for number, index in enumerate(np.sort(half).tolist())}


def _probes(tuned: PhotoHalf, engine: Engine, seed: int, start: Start) -> Probes:
    rng = np.random.default_rng([seed, 2])
    return photo_probes(tuned, engine, rng, start("glimpses", len(tuned.photos), "photos"))


def _check_skipped(skipped: Skipped, folder: Path) -> None:
    if skipped.count > MAX_SKIPPED * skipped.photos:
        raise UserError(
            f"{skipped.count} of {skipped.photos} photos in {folder} cannot be used ({skipped.unreadable} unreadable, "
            f"{skipped.faceless} without a usable face), and at most {MAX_SKIPPED:.0%} may: replace or remove them."
        )


def _check_halves(tuned: Half, reported: Half, source: str) -> None:
    usable = [int((np.unique(half.samples.people, return_counts=True)[1] > 1).sum()) for half in (tuned, reported)]
    if min(usable) < MIN_PEOPLE // 2:
        check_people(min(sum(usable), MIN_PEOPLE - 1), f"{source}, once photos without a usable face are left out,")
