"""Calibration: the files that it writes, and the requests that it refuses before it writes anything."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from screenalytics_app.actions import calibrate
from screenalytics_app.actions.calibrate import CalibrationRequest, CalibrationResult, calibrate_pack
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import load_pack
from tests.labelled_people import COLOURS, copy_plain_packs, labels_of, people_apart, write_episode, write_photo

EP = "demo-s01e01"
PEOPLE = people_apart(people=4, samples=6, within=0.6)
HEADER = "ep_id,track_id,person\n"
TODAY = date(2026, 12, 24)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Copy the project's packs to a writable folder."""
    folder = tmp_path / "config"
    copy_plain_packs(folder / "packs")
    return folder


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Write an episode with four people of six tracks each, and its labels."""
    write_episode(tmp_path / "data", EP, PEOPLE)
    path = tmp_path / "labels.csv"
    path.write_text(HEADER + labels_of(EP, PEOPLE))
    return path


def calibrated(config: Path, labels: Path, rate: float = 0.1, **changes: object) -> CalibrationResult:
    request = CalibrationRequest("opencv_zoo", labels, rate, 1, **changes)  # type: ignore[arg-type]
    return calibrate_pack(request, ArtifactStore(str(config.parent / "data")), config, TODAY, quiet)


def quiet(stage: str, total: int, unit: str) -> Callable[[int], None]:
    return lambda done: None


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_pack_is_rewritten_in_place(config: Path, labels: Path) -> None:
    before = contents(config)
    result = calibrated(config, labels)
    changed = {path for path, content in contents(config).items() if before.get(path) != content}
    assert changed == {config / "packs" / name for name in ("opencv_zoo.yaml", "opencv_zoo.calibration.svg")}
    pack = load_pack("opencv_zoo", config)
    assert pack.calibration.calibrated
    assert pack.calibration.data == "4 people of labels.csv, tracks of 1 episode"
    assert (pack.calibration.date, pack.calibration.samples) == ("2026-12-24", 24)
    assert (pack.calibration.people_tuned, pack.calibration.people_reported) == (2, 2)
    assert pack.calibration.b_cubed_f_reported == 1.0
    assert pack.thresholds.cluster_thresh == result.calibrated.chosen.bounds.cluster_thresh


def test_another_output_folder_leaves_the_pack(config: Path, labels: Path, tmp_path: Path) -> None:
    before = contents(config)
    result = calibrated(config, labels, output_dir=tmp_path / "new" / "look", data_name="My Show")
    assert contents(config) == before
    assert sorted(path.name for path in (tmp_path / "new" / "look").iterdir()) == [
        "opencv_zoo.calibration.svg",
        "opencv_zoo.yaml",
    ]
    assert 'data: "4 people of My Show, tracks of 1 episode"' in result.pack_file.read_text()


def test_the_packs_of_an_installed_package_are_left_alone(
    config: Path, labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrate, "FROM_WHEEL", True)
    monkeypatch.setattr(calibrate, "DEFAULTS", tmp_path)
    before = contents(config)
    with pytest.raises(UserError, match=r"belongs to the installed package.*SCREENALYTICS_CONFIG_DIR"):
        calibrated(config, labels)
    assert contents(config) == before

    monkeypatch.setattr(calibrate, "DEFAULTS", tmp_path / "packaged")
    assert calibrated(config, labels).pack_file.is_relative_to(config)


def test_the_same_labels_give_the_same_files(config: Path, labels: Path, tmp_path: Path) -> None:
    files = [calibrated(config, labels, output_dir=tmp_path / name) for name in ("one", "other")]
    for kind in ("pack_file", "plot"):
        assert getattr(files[0], kind).read_bytes() == getattr(files[1], kind).read_bytes()


def other_pack(config: Path, labels: Path) -> None:
    write_episode(config.parent / "data", EP, PEOPLE, pack="buffalo_sc")


def unknown_track(config: Path, labels: Path) -> None:
    labels.write_text(HEADER + f"{EP},track-00099,a\n")


def unknown_episode(config: Path, labels: Path) -> None:
    labels.write_text(HEADER + "demo-s09e09,track-00001,a\n")


def one_person(config: Path, labels: Path) -> None:
    labels.write_text(HEADER + labels_of(EP, people_apart(people=1, samples=6, within=0.6)))


def missing(config: Path, labels: Path) -> None:
    labels.unlink()


def folder_of_one(config: Path, labels: Path) -> None:
    labels.unlink()
    write_photo(labels / "ann" / "1.png", COLOURS[0])
    write_photo(labels / "ann" / "2.png", COLOURS[0])


def no_photos(config: Path, labels: Path) -> None:
    labels.unlink()
    labels.mkdir()


@pytest.mark.parametrize(
    ("spoil", "rate", "message"),
    [
        pytest.param(missing, 0.05, r"labels\.csv does not exist: give a folder with one folder", id="no-labels"),
        pytest.param(one_person, 0.05, "has 1 people with two or more samples", id="one-person"),
        pytest.param(folder_of_one, 0.05, "has 1 people with two or more samples", id="photos-of-one-person"),
        pytest.param(no_photos, 0.05, "has 0 people with two or more samples", id="no-photos"),
        pytest.param(other_pack, 0.05, "with model pack 'buffalo_sc', not with 'opencv_zoo'", id="other-pack"),
        pytest.param(unknown_track, 0.05, "has no track 'track-00099'", id="unknown-track"),
        pytest.param(unknown_episode, 0.05, "demo-s09e09/.* does not exist", id="unknown-episode"),
        pytest.param(lambda *_: None, 1.5, "rate 1.5 is invalid: it must be between 0 and 1", id="rate-above-one"),
        pytest.param(lambda *_: None, 0.001, "0.001 cannot be measured on 12 samples", id="rate-too-small"),
    ],
)
def test_bad_input_changes_nothing(
    config: Path, labels: Path, spoil: Callable[[Path, Path], None], rate: float, message: str
) -> None:
    spoil(config, labels)
    before = contents(config)
    with pytest.raises(UserError, match=message):
        calibrated(config, labels, rate)
    assert contents(config) == before


def test_an_output_folder_that_is_a_file(config: Path, labels: Path) -> None:
    with pytest.raises(UserError, match=r"labels\.csv is a file: give a folder as --output-dir"):
        calibrated(config, labels, output_dir=labels)


def test_an_output_folder_that_cannot_be_created(config: Path, labels: Path) -> None:
    with pytest.raises(UserError, match=r"below cannot be written to .* choose another folder"):
        calibrated(config, labels, output_dir=labels / "below")
