"""The benchmark of naming people, on synthetic people."""

import numpy as np
import pytest

from benchmarks.facebank.embedded_photos import LabelledPhotos
from benchmarks.facebank.lfw import CAST_PHOTOS, draw, measure, table
from screenalytics_assets.cast.match_people import CastBounds
from tests.labelled_people import people_apart

BOUNDS = CastBounds(sim=0.5, margin=0.1, review_sim=0.2)


def photos(people: int, samples: int) -> LabelledPhotos:
    """Make photos with similarity 0.6 within a person and 0 across people."""
    made = people_apart(people, samples, 0.6)
    labels = made.people.copy()
    names = [f"{person}-{row}.jpg" for row, person in enumerate(labels)]
    return LabelledPhotos(made.vectors, made.norms, labels, names, 0)


def test_draw_splits_photos_between_cast_and_probes() -> None:
    people = np.repeat(np.arange(6), 8)
    drawn = draw(people, 4, np.random.default_rng(0))
    known = np.concatenate(list(drawn.cast.values()))
    assert len(drawn.cast) == 4
    assert sorted([*known, *drawn.probes]) == list(range(48))
    for person, rows in drawn.cast.items():
        assert (people[rows] == person).all()
        assert len(rows) == CAST_PHOTOS


def test_people_apart_are_all_named() -> None:
    found = measure("pack", "all", photos(6, 8), [f"person {n}" for n in range(6)], BOUNDS, 4)
    assert (found.cast, found.strangers, found.cast_probes, found.stranger_probes) == (4, 2, 12, 16)
    assert (found.at_threshold.right, found.at_threshold.strangers_named, found.mistakes) == (1.0, 0.0, [])
    shares = [naming.right for naming in found.curve]
    assert shares == sorted(shares, reverse=True)
    assert table([found]).row_count == len(found.curve)


def test_a_mislabelled_photo_is_listed() -> None:
    good = photos(6, 8)
    labels = good.people.copy()
    drawn = draw(labels, 5, np.random.default_rng(20261121))
    row = int(drawn.probes[0])
    vectors = good.vectors.copy()
    other = next(person for person in drawn.cast if person != labels[row])
    vectors[row] = vectors[drawn.cast[other][0]]
    spoilt = LabelledPhotos(vectors, good.norms, labels, good.names, 0)
    (wrong,) = measure("pack", "all", spoilt, [f"person {n}" for n in range(6)], BOUNDS, 5).mistakes
    assert (wrong.photo, wrong.label) == (good.names[row], f"person {labels[row]}")
    assert wrong.named == f"person {other}"
    assert wrong.similarity == pytest.approx(0.82, abs=0.05)
