"""Loading of labelled samples into two halves."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from screenalytics_assets.calibration.gather import check_people, gather_photos, gather_tracks
from screenalytics_resources.errors import UserError
from tests.labelled_people import colour_engine, labels_of, people_apart, write_episode, write_photo, write_photos

RATE = 0.2
SEED = 5


def quiet(stage: str, total: int, unit: str) -> Callable[[int], None]:
    return lambda done: None


def test_photos_make_two_halves(tmp_path: Path) -> None:
    gathered = gather_photos(write_photos(tmp_path), "made-up colours", colour_engine(), RATE, SEED, quiet)
    assert gathered.data == "6 people of made-up colours, photos and television-like tracks of them"
    assert (gathered.tuned.people, gathered.reported.people) == (3, 3)
    for half in (gathered.tuned, gathered.reported):
        names = ["photos", *(f"television {n}" for n in (1, 2, 3)), "hard television"]
        assert [problem.name for problem in half.problems] == names
        assert half.samples is half.problems[0]
        assert len(half.samples) == 9
        for problem in half.problems[:4]:
            assert set(problem.people.tolist()) == {0, 1, 2}
            np.testing.assert_allclose(np.linalg.norm(problem.vectors, axis=1), 1, atol=1e-5)
    assert gathered.probes.rows[:9].tolist() == list(range(9))
    assert len(gathered.probes.rows) > 9
    assert gathered.skipped.count == 0


def test_poor_footage_has_clothes_and_a_mean_face(tmp_path: Path) -> None:
    gathered = gather_photos(write_photos(tmp_path), "made-up colours", colour_engine(), RATE, SEED, quiet)
    for half in (gathered.tuned, gathered.reported):
        hard = half.problems[-1]
        people, counts = np.unique(hard.people, return_counts=True)
        assert set(people.tolist()) & {0, 1, 2}
        assert (counts[people > 2] == 1).all()  # tracks that show no face
        assert hard.sightings is not None
        norms = np.linalg.norm(hard.sightings.clothing, axis=1)
        np.testing.assert_allclose(norms, hard.sightings.dressed, atol=1e-5)
        assert half.people == 3
    assert gathered.mean_face is not None
    # Only the first three of the made-up engine's numbers are above 0.
    assert (gathered.mean_face > 0).sum() <= 3
    assert 0.5 < np.linalg.norm(gathered.mean_face) < 1


def test_halves_share_no_photo(tmp_path: Path) -> None:
    gathered = gather_photos(write_photos(tmp_path), "", colour_engine(), RATE, SEED, quiet)
    across = gathered.tuned.samples.vectors @ gathered.reported.samples.vectors.T
    assert across.max() < 0.9  # two photos of one colour have 0.99


def test_every_stage_reports_its_end(tmp_path: Path) -> None:
    seen: dict[str, tuple[int, int]] = {}

    def start(stage: str, total: int, unit: str) -> Callable[[int], None]:
        return lambda done: seen.update({stage: (done, total)})

    gather_photos(write_photos(tmp_path), "", colour_engine(), RATE, SEED, start)
    assert seen == {
        "people to tune": (3, 3),
        "people to report": (3, 3),
        "glimpses": (9, 9),
        "mean face": (3, 3),
        "hard television": (2, 2),
    }


def test_a_few_bad_photos_are_skipped_and_counted(tmp_path: Path) -> None:
    write_photos(tmp_path)
    (tmp_path / "person-0" / "broken.jpg").write_bytes(b"no picture")
    write_photo(tmp_path / "person-1" / "grey.png", (120, 120, 120))
    skipped = gather_photos(tmp_path, "", colour_engine(), RATE, SEED, quiet).skipped
    assert (skipped.photos, skipped.unreadable, skipped.faceless) == (20, 1, 1)


def grey(folder: Path) -> None:
    for person in range(6):
        write_photo(folder / f"person-{person}" / "grey.png", (120, 120, 120))


def too_few(folder: Path) -> None:
    for person in range(3):
        (folder / f"person-{person}" / "1.png").unlink()
        (folder / f"person-{person}" / "2.png").unlink()


def too_few_with_a_face(folder: Path) -> None:
    for person in range(6):
        for number in range(30 if person < 3 else 0):
            write_photo(folder / f"person-{person}" / f"more-{number}.png", (20, 20, 220), seed=number)
        if person >= 3:
            for number in range(2):
                write_photo(folder / f"person-{person}" / f"{number}.png", (120, 120, 120))


@pytest.mark.parametrize(
    ("spoil", "rate", "message"),
    [
        pytest.param(
            grey, RATE, "6 of 24 photos in .* cannot be used .0 unreadable, 6 without a usable", id="faceless"
        ),
        pytest.param(too_few, RATE, "has 3 people with two or more samples, and calibration needs 4", id="few-people"),
        pytest.param(lambda _: None, 0.01, "0.01 cannot be measured on 9 samples", id="few-samples"),
        pytest.param(
            too_few_with_a_face, RATE, "once photos without a usable face are left out, has 3 people", id="few-faces"
        ),
    ],
)
def test_too_few_photos_are_refused(tmp_path: Path, spoil: Callable[[Path], None], rate: float, message: str) -> None:
    spoil(write_photos(tmp_path))
    with pytest.raises(UserError, match=message):
        gather_photos(tmp_path, "", colour_engine(), rate, SEED, quiet)


def test_tracks_make_two_halves(tmp_path: Path) -> None:
    people = people_apart(people=5, samples=4, within=0.6)
    store = write_episode(tmp_path, "demo-s01e01", people)
    write_episode(tmp_path, "demo-s01e02", people)
    labels = tmp_path / "labels.csv"
    rows = labels_of("demo-s01e01", people) + labels_of("demo-s01e02", people) + "demo-s01e02,track-00021,alone\n"
    labels.write_text("ep_id,track_id,person\n" + rows)
    gathered = gather_tracks(labels, "labels.csv", store, "opencv_zoo", RATE, SEED)
    assert gathered.data == "5 people of labels.csv, tracks of 2 episodes"
    assert (gathered.tuned.people, gathered.reported.people) == (3, 2)
    assert [len(problem) for problem in gathered.tuned.problems] == [12, 12]
    assert gathered.probes.rows.tolist() == list(range(24))


@pytest.mark.parametrize(
    ("count", "message"),
    [
        pytest.param(0, "photos has 0 people with two or more samples", id="no-people"),
        pytest.param(1, "photos has 1 people with two or more", id="one-person"),
        pytest.param(3, "needs 4: two to tune on and two others to report on", id="three"),
    ],
)
def test_too_few_people(count: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_people(count, "photos")


def test_four_people_are_enough() -> None:
    check_people(4, "photos")
