"""The command `evaluate`, and `run --truth`."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from screenalytics_assets.identity_evaluation.accepted import load_accepted
from screenalytics_resources.artifact_store import ArtifactStore
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID, FPS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:er_evaluation")


def truth_of(*people: str) -> str:
    return json.dumps({"ep_id": EP_ID, "tracks": {f"track-{n:05d}": name for n, name in enumerate(people, 1)}})


@pytest.fixture
def own_truth(store: ArtifactStore) -> Path:
    path = Path(store.root) / "videos" / EP_ID / "truth.json"
    path.write_text(truth_of("ann", "bob", "ann", "bob"))
    return path


def files(store: ArtifactStore) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in Path(store.root).rglob("*") if path.is_file()}


def test_a_missing_truth_is_reported(screen: Screen, store: ArtifactStore) -> None:
    assert screen.call("evaluate", "--ep-id", EP_ID) == 0
    assert "no truth file, so no figures" in screen.out


def test_figures_of_the_stored_identities(screen: Screen, own_truth: Path) -> None:
    assert screen.call("evaluate", "--ep-id", EP_ID) == 0
    assert "2 identities of 2 people, on 4 tracks" in screen.out
    assert "1 of 5 tracks (2.2 s) have no certain truth" in screen.out
    assert re.search(r"B-cubed +1\.000 +1\.000 +1\.000", screen.out)
    assert "2 (0 merges, 0 splits, 0 moves, 2 names)" in screen.out


def test_another_truth_is_used_and_not_stored(
    screen: Screen, store: ArtifactStore, own_truth: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.json"
    other.write_text(truth_of("ann", "ann", "ann", "ann"))
    before = files(store)
    assert screen.call("evaluate", "--ep-id", EP_ID, "--truth", str(other), "--json") == 0
    assert json.loads(screen.out)["clustering"]["all_people"]["by_track"]["b_cubed"]["recall"] == 0.5
    assert files(store) == before


BOXES = "frame,x1,y1,x2,y2,person,run\n" + "".join(
    f"{frame},{x},20,{x + 40},70,{person},{run}\n"
    for x, person, run, *frames in ((20, "ann", 1, 0, 40), (20, "bg1", 2, 50, 90), (200, "bob", 3, 95, 99))
    for frame in frames
)


def test_a_sheet_of_labelled_boxes_is_a_truth(screen: Screen, store: ArtifactStore, tmp_path: Path) -> None:
    sheet = tmp_path / "boxes.CSV"
    sheet.write_text(BOXES)
    before = files(store)
    assert screen.call("evaluate", "--ep-id", EP_ID, "--truth", str(sheet)) == 0
    assert re.search(r"no track caught 1 of the 3 labelled people, and 1\.0 of their\s+17\.4 s; 0 tracks", screen.out)
    assert re.search(r"who is on screen, by second +\d\.\d{3} +\d\.\d{3} +\d\.\d{3}", screen.out)
    assert screen.call("evaluate", "--ep-id", EP_ID, "--truth", str(sheet), "--wide") == 0
    assert re.search(r"seconds missed +- +1\.0 of 17\.4 s +- +1\.0 of 9\.2 s", screen.out)
    sheet.write_text(BOXES.replace("99,200", "100,200"))
    assert screen.call("evaluate", "--ep-id", EP_ID, "--truth", str(sheet)) == 2
    assert "has a box at frame 100 in run 3 of 3, beyond the video's last frame 99" in screen.err
    assert files(store) == before


def test_accepting(screen: Screen, store: ArtifactStore, own_truth: Path) -> None:
    assert screen.call("evaluate", "--ep-id", EP_ID, "--accept") == 0
    assert "accepted" in screen.out
    accepted = load_accepted(store, EP_ID)
    assert accepted is not None
    assert accepted.evaluation.clustering is not None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["--accept"], "has no truth file, so there is nothing to accept", id="accept-nothing"),
        pytest.param(["--accept", "--truth", "t.json"], "each request another evaluation", id="accept-a-stray-truth"),
        pytest.param(["--sample", "5", "--reviewed", "r.csv"], "each request another evaluation", id="two-at-once"),
        pytest.param(["--sample", "5", "--json"], "--json shows an evaluation", id="json-of-a-sample"),
        pytest.param(["--truth", "nowhere.json"], "nowhere.json cannot be read (No such file", id="no-file"),
        pytest.param(["--truth", "."], ". cannot be read (Is a directory)", id="folder"),
        pytest.param(["--reviewed", "nowhere.csv"], "nowhere.csv cannot be read", id="no-review"),
        pytest.param(["--sample", "1"], "--sample 1 is too few", id="sample-of-one"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(
    screen: Screen, store: ArtifactStore, arguments: list[str], sentence: str
) -> None:
    before = {name for name in files(store) if "/locks/" not in name}
    assert screen.call("evaluate", "--ep-id", EP_ID, *arguments) == 2
    assert sentence in screen.err
    assert screen.err.startswith("error: ")
    assert len(screen.err.splitlines()) == 1
    assert {name for name in files(store) if "/locks/" not in name} == before


def test_an_unknown_episode_is_one_sentence(screen: Screen) -> None:
    assert screen.call("evaluate", "--ep-id", "none-s01e01") == 2
    assert "manifests/none-s01e01/tracks.jsonl does not exist" in screen.err


def test_a_reviewed_sample_gives_estimates(screen: Screen, store: ArtifactStore) -> None:
    assert screen.call("evaluate", "--ep-id", EP_ID, "--sample", "6") == 0
    sheet = Path(screen.out.split()[-1])
    assert sheet == Path(store.root) / "manifests" / EP_ID / "review_sample_6.csv"
    rows = list(csv.DictReader(sheet.read_text().splitlines()))
    assert all((Path(store.root) / row["crop"]).is_file() for row in rows)
    assert screen.call("evaluate", "--ep-id", EP_ID, "--reviewed", str(sheet)) == 2
    assert "has no person for track-00001" in screen.err
    assert screen.call("evaluate", "--ep-id", EP_ID, "--sample", "6") == 2
    assert "already exists and may be filled in" in screen.err
    with sheet.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(row | {"person": "ann"} for row in rows)
    assert screen.call("evaluate", "--ep-id", EP_ID, "--reviewed", str(sheet)) == 0
    assert re.search(r"B-cubed precision +1\.000", screen.out)
    assert "pairwise recall" in screen.out


def test_a_review_in_another_encoding_is_refused(screen: Screen, store: ArtifactStore, tmp_path: Path) -> None:
    sheet = tmp_path / "review.csv"
    sheet.write_bytes("person\nZoë".encode("utf-16"))
    assert screen.call("evaluate", "--ep-id", EP_ID, "--reviewed", str(sheet)) == 2
    assert "is not UTF-8 text" in screen.err


# `run --truth`, on a real video without faces.

EMPTY = "empty-s01e01"


@pytest.fixture(scope="module")
def faceless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a video of twenty grey frames, 5 per second."""
    path = tmp_path_factory.mktemp("video") / "faceless.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=int(FPS))
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for _ in range(20):
            picture = np.full((64, 64, 3), 128, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    return path


def shots(last_frame: int, **changes: Any) -> str:
    found = [{"first_frame": 0, "last_frame": last_frame, "people": ["ann"]}]
    return json.dumps({"ep_id": EMPTY, "fps": FPS, "shots": found} | changes)


def test_a_run_stores_the_truth_and_evaluates_against_it(
    screen: Screen, home: Path, faceless: Path, tmp_path: Path
) -> None:
    truth = tmp_path / "truth.json"
    truth.write_text(shots(19))
    assert screen.call("run", "--ep-id", EMPTY, "--video", str(faceless), "--truth", str(truth), "--wide") == 0
    assert "no evaluation is accepted yet" in screen.out
    assert (home / "videos" / EMPTY / "truth.json").read_text() == shots(19)
    assert screen.call("evaluate", "--ep-id", EMPTY) == 0
    assert "no figures: no track has a certain truth" in screen.out


def test_a_run_stores_labelled_boxes_as_json(screen: Screen, home: Path, faceless: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "boxes.csv"
    sheet.write_text("frame,x1,y1,x2,y2,person,run\n0,1,1,9,9,ann,a\n20,1,1,9,9,ann,a\n")
    given = ("run", "--ep-id", EMPTY, "--video", str(faceless), "--truth", str(sheet))
    assert screen.call(*given) == 2
    assert "has a box at frame 20 in run 1 of 1, beyond the video's last frame 19" in screen.err
    assert not (home / "videos" / EMPTY / "truth.json").exists()
    sheet.write_text("frame,x1,y1,x2,y2,person,run\n0,1,1,9,9,ann,a\n19,1,1,9,9,ann,a\n")
    assert screen.call(*given) == 0
    stored = json.loads((home / "videos" / EMPTY / "truth.json").read_text())
    assert stored["boxes"] == [{"person": "ann", "boxes": [[0, 1, 1, 9, 9], [19, 1, 1, 9, 9]]}]
    assert screen.call("evaluate", "--ep-id", EMPTY) == 0
    assert "no track caught 1 of the 1 labelled people, and 4.0 of their 4.0 s" in " ".join(screen.out.split())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param("{", "is not valid JSON", id="no-json"),
        pytest.param(
            shots(19, ep_id=EP_ID), f"is the truth of episode '{EP_ID}', not of '{EMPTY}'", id="other-episode"
        ),
        pytest.param(shots(20), "of frames 0 to 20, beyond the video's last frame 19", id="beyond-the-video"),
        pytest.param(shots(19, fps=25), "states 25 frames per second and the video has 5", id="another-rate"),
        pytest.param(
            json.dumps({"ep_id": EMPTY, "tracks": {"track-00001": "ann"}}),
            f"manifests/{EMPTY}/tracks.jsonl does not exist: make it with",
            id="tracks-before-there-are-any",
        ),
    ],
)
def test_a_run_refuses_a_bad_truth_before_it_writes_anything(
    screen: Screen, home: Path, faceless: Path, tmp_path: Path, content: str, sentence: str
) -> None:
    truth = tmp_path / "truth.json"
    truth.write_text(content)
    assert screen.call("run", "--ep-id", EMPTY, "--video", str(faceless), "--truth", str(truth)) == 2
    assert sentence in screen.err
    assert screen.err.startswith("error: ")
    assert len(screen.err.splitlines()) == 1
    assert [path for path in home.rglob("*") if path.is_file() and path.parent.name != "locks"] == []
