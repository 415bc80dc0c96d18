"""The command `calibrate`: what it prints, and what it refuses."""

from datetime import date
from pathlib import Path

import pytest

from screenalytics_app.actions.calibrate import CalibrationRequest, calibrate_pack
from screenalytics_app.cli.tables.calibration import figures_table, summary
from screenalytics_assets.calibration import drawn_tracks, photo_problems
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.inference.packs import load_pack
from tests.app.screen import Screen, rendered
from tests.labelled_people import copy_plain_packs, labels_of, people_apart, write_episode

EP = "demo-s01e01"
PEOPLE = people_apart(people=4, samples=6, within=0.6)


def test_the_figures_and_the_summary(tmp_path: Path) -> None:
    copy_plain_packs(tmp_path / "config" / "packs")
    write_episode(tmp_path / "data", EP, PEOPLE)
    labels = tmp_path / "labels.csv"
    labels.write_text("ep_id,track_id,person\n" + labels_of(EP, PEOPLE))
    request = CalibrationRequest("opencv_zoo", labels, 0.1, 1)
    store = ArtifactStore(str(tmp_path / "data"))
    result = calibrate_pack(request, store, tmp_path / "config", date(2026, 12, 24), lambda *_: lambda done: None)

    table = rendered(figures_table(result), 80)
    assert max(map(len, table.splitlines())) <= 80
    assert "held out" in table
    assert "1.0000" in table
    lines = summary(result)
    assert "cluster_thresh 0." in lines[0]
    assert "cast_margin 0." in lines[0]
    assert lines[1].startswith("full_norm 12, weak_share 0.75; face_odds ")
    assert lines[1].endswith(", kept because these samples have too few weak tracks with times and clothes")
    assert lines[2].startswith("tuned: a cast of 1 gives a name to 0.00% of strangers")
    assert lines[3].startswith("held out: a cast of 1 gives a name to ")
    assert lines[3].endswith("100.00% get the right name, 0.00% a wrong one, and 0.00% none")
    assert len(lines) == 4


def test_bad_input_is_one_sentence(screen: Screen, tmp_path: Path) -> None:
    arguments = ["--pack", "opencv_zo", "--labels", str(tmp_path), "--output-dir", str(tmp_path / "out")]
    sentence = screen.refused("calibrate", *arguments)
    assert "Unknown model pack 'opencv_zo': did you mean 'opencv_zoo'?" in sentence
    assert not (tmp_path / "out").exists()


@pytest.mark.shared
def test_photos_of_eight_people(screen: Screen, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_problems, "EPISODES", 1)
    monkeypatch.setattr(drawn_tracks, "TRACKS_PER_PHOTO", 1)
    for person in sorted((shared / "data" / "lfw").iterdir())[:8]:
        (tmp_path / "people" / person.name).mkdir(parents=True)
        for photo in sorted(person.glob("*.jpg"))[:4]:
            (tmp_path / "people" / person.name / photo.name).symlink_to(photo)
    (tmp_path / "people" / person.name / "broken.jpg").write_bytes(b"no picture")
    arguments = ["--pack", "opencv_zoo", "--labels", str(tmp_path / "people"), "--false-accept-rate", "0.1"]
    assert screen.call("calibrate", *arguments, "--output-dir", str(tmp_path / "packs")) == 0, screen.err
    assert "left out 1 of 33 photos: 1 unreadable, 0 without a usable face" in screen.out
    pack = load_pack("opencv_zoo", tmp_path)
    assert (pack.calibration.people_tuned, pack.calibration.people_reported) == (4, 4)
    assert pack.calibration.data == "8 people of people, photos and television-like tracks of them"
    assert pack.calibration.b_cubed_f_reported is not None
    assert pack.calibration.b_cubed_f_reported > 0.9
    assert (tmp_path / "packs" / "opencv_zoo.calibration.svg").read_text().startswith("<?xml")
