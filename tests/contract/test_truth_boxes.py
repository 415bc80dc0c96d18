"""Truth by boxes, as JSON and as CSV, and every kind of invalid file."""

import json
from pathlib import Path
from typing import Any

import pytest

from screenalytics_assets.contract.truth_boxes import BoxTruth
from screenalytics_assets.contract.truth_csv import truth_of_csv
from screenalytics_assets.contract.truth_file import TruthFile, parse_truth
from screenalytics_assets.identity_evaluation.check_truth import check_frames, last_frame
from screenalytics_resources.errors import UserError

EP = "demo-s01e01"
HEAD = "frame,x1,y1,x2,y2,person,run\n"


def run(person: str, *boxes: tuple[float, ...]) -> dict[str, Any]:
    return {"person": person, "boxes": [list(box) for box in boxes]}


def of_boxes(*runs: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps({"ep_id": EP, "boxes": runs} | changes).encode()


def parsed(content: bytes) -> TruthFile:
    return parse_truth(content, EP, "truth.json")


ANN = run("ann", (0, 10, 20, 30, 40), (15, 12.5, 20, 32.5, 40))


def test_runs_are_read() -> None:
    runs = (ANN, run("extra", (3, 0, 0, 1, 1)), run("lamp", (4, 0, 0, 9, 9)), run("?", (99, 1, 1, 2, 2)))
    truth = parsed(of_boxes(*runs, background=["extra"], not_faces=["lamp"], notes="x")).content
    assert isinstance(truth, BoxTruth)
    assert truth.boxes[0].boxes == ((0, 10, 20, 30, 40), (15, 12.5, 20, 32.5, 40))
    assert (truth.boxes[0].first_frame, truth.boxes[0].last_frame) == (0, 15)
    assert (truth.people, truth.cast, truth.outside_cast) == (["ann", "extra"], ["ann"], {"extra", "lamp"})
    assert last_frame(truth) == 99


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "truth.json is not valid JSON", id="empty"),
        pytest.param(of_boxes(), "is invalid at boxes .*at least 1 item", id="no-runs"),
        pytest.param(
            json.dumps({"ep_id": EP, "spans": []}).encode(),
            "needs one of `shots`, `tracks` and `boxes`, but has none",
            id="unknown-section",
        ),
        pytest.param(of_boxes(ANN, shots=[]), "but has shots and boxes", id="two-sections"),
        pytest.param(of_boxes(ANN, ep_id="other-s01e01"), "of episode 'other-s01e01'", id="other-episode"),
        pytest.param(of_boxes(ANN, fps=0), "is invalid at fps", id="fps"),
        pytest.param(of_boxes(run("")), r"is invalid at boxes\.0\.person", id="nameless"),
        pytest.param(of_boxes(run("Zoe")), r"is invalid at boxes\.0\.boxes .*at least 1 item", id="run-without-boxes"),
        pytest.param(
            of_boxes(ANN, run("Zoe", (0, 1, 2, 3))), r"is invalid at boxes\.1\.boxes\.0\.4", id="three-corners"
        ),
        pytest.param(
            of_boxes(run("Zoe", (5, 1, 1, 2, 2), (4, 1, 1, 2, 2))),
            "has frame 4 after frame 5: list the boxes in the order of frames in run 1 of 1",
            id="unordered",
        ),
        pytest.param(
            of_boxes(ANN, run("Zoe", (5, 1, 1, 2, 2), (5, 1, 1, 2, 2))),
            "has two boxes for frame 5: keep one of them in run 2 of 2",
            id="duplicate-frame",
        ),
        pytest.param(
            of_boxes(run("Zoe", (5, 2, 1, 1, 2))),
            r"has an empty or inverted box at frame 5 \(2, 1, 1, 2\): x1 must be less than x2",
            id="inverted",
        ),
        pytest.param(of_boxes(run("Zoe", (5, 1, 2, 2, 2))), "has an empty or inverted box at frame 5", id="empty-box"),
        pytest.param(of_boxes(run("Zoe", (-1, 1, 1, 2, 2))), r"boxes\.0\.boxes\.0\.0 .*got -1", id="negative-frame"),
        pytest.param(of_boxes(run("Zoe", (0.5, 1, 1, 2, 2))), r"boxes\.0\.boxes\.0\.0 .*got 0.5", id="half-a-frame"),
        pytest.param(of_boxes(run("Zoe", (1, -3, 1, 2, 2))), r"boxes\.0\.boxes\.0\.1 .*got -3", id="negative-corner"),
        pytest.param(
            of_boxes(run("Zoe", (1, 1, 1, float("inf"), 2))), r"boxes\.0\.boxes\.0\.3 .*finite", id="infinite"
        ),
        pytest.param(of_boxes(run("Zoe", (1, 1, 1, float("nan"), 2))), r"boxes\.0\.boxes\.0\.3 ", id="not-a-number"),
        pytest.param(
            of_boxes(ANN, background=["Zoe"], not_faces=["Zoe"]),
            "has 1 names both in `background` and in `not_faces`: keep each name in one list",
            id="person-and-no-face",
        ),
    ],
)
def test_an_invalid_file_is_refused_on_one_line_without_names(content: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words) as refused:
        parsed(content)
    assert "\n" not in str(refused.value)
    assert "Zoe" not in str(refused.value)


def test_boxes_beyond_the_video_and_another_rate_are_refused() -> None:
    truth = parsed(of_boxes(run("bob", (3, 0, 0, 1, 1)), ANN, fps=25))
    check_frames(truth, 16, 25.02)
    with pytest.raises(UserError, match="a box at frame 15 in run 2 of 2, beyond the video's last frame 14"):
        check_frames(truth, 15, 25)
    with pytest.raises(UserError, match="states 25 frames per second and the video has 24"):
        check_frames(truth, 16, 24)
    check_frames(parsed(of_boxes(ANN)), 16, 24)


def test_a_csv_becomes_runs() -> None:
    rows = (
        "0,10,20,30,40,ann,r1,note",
        "0,50,20,70,40,bg1,r2,",
        "15, 12.5,20,32.5,40, ann ,r1,",
        "16,1,1,2,2,junk_lamp,r3,",
        "17,1,1,2,2,bgordon,r4,",
        "18,1,1,2,2,?,5,",
    )
    content = "﻿frame,x1,y1,x2,y2,person,run,notes\r\n" + "\r\n".join(rows)
    truth = parse_truth(truth_of_csv(content.encode(), EP, "boxes.csv"), EP, "boxes.csv").content
    assert isinstance(truth, BoxTruth)
    assert [run.person for run in truth.boxes] == ["ann", "bg1", "junk_lamp", "bgordon", "?"]
    assert truth.boxes[0].boxes == ((0, 10, 20, 30, 40), (15, 12.5, 20, 32.5, 40))
    assert (truth.background, truth.not_faces) == (("bg1",), ("junk_lamp",))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "no column frame, x1, y1, x2, y2, person, run", id="empty"),
        pytest.param(HEAD.encode(), r"has no labelled boxes \(no rows\)", id="no-rows"),
        pytest.param(b"frame,x1,y1,x2,y2,person\n0,1,1,2,2,Zoe\n", r"\(no column run\)", id="column-missing"),
        pytest.param(b"\xff\xfe\x00", "is not UTF-8 text", id="binary"),
        pytest.param(f'{HEAD}0,1,1,2,2,"Zoe'.encode(), "is not valid CSV", id="open-quote"),
        pytest.param(f"{HEAD}0,1,1,2,2,ann,1\n0,1,1,x,2,Zoe,2".encode(), "in line 3 that is not a number", id="letter"),
        pytest.param(f"{HEAD}0,1,1,2".encode(), "in line 2 that is not a number", id="short-row"),
        pytest.param(f"{HEAD}0.5,1,1,2,2,Zoe,1".encode(), "in line 2 that is not a number", id="half-a-frame"),
        pytest.param(f"{HEAD}0,1,1,inf,2,Zoe,1".encode(), r"invalid at boxes\.0\.boxes\.0\.3 .*finite", id="infinite"),
        pytest.param(f"{HEAD}0,1,1,2,2,,1".encode(), r"is invalid at boxes\.0\.person", id="nameless"),
        pytest.param(
            f"{HEAD}0,1,1,2,2,ann,1\n1,1,1,2,2,Zoe,1".encode(), "gives one run two people in line 3", id="two-people"
        ),
        pytest.param(f"{HEAD}2,1,1,2,2,ann,1\n1,1,1,2,2,ann,1".encode(), "has frame 1 after frame 2", id="unordered"),
    ],
)
def test_an_invalid_csv_is_refused_on_one_line_without_names(content: bytes, words: str) -> None:
    with pytest.raises(UserError, match=words) as refused:
        parse_truth(truth_of_csv(content, EP, "boxes.csv"), EP, "boxes.csv")
    assert str(refused.value).startswith("boxes.csv ")
    assert "\n" not in str(refused.value)
    assert "Zoe" not in str(refused.value)


@pytest.mark.shared
def test_the_labels_of_a_real_clip_are_converted(shared: Path) -> None:
    content = (shared / "data" / "television" / "bubble02" / "boxes.csv").read_bytes()
    truth = parse_truth(truth_of_csv(content, EP, "boxes.csv"), EP, "boxes.csv").content
    assert isinstance(truth, BoxTruth)
    assert sum(len(run.boxes) for run in truth.boxes) == len(content.splitlines()) - 1
    assert (truth.cast, truth.background, truth.not_faces) == (list("ABCD"), ("bg1", "bg2"), ("junk1",))
