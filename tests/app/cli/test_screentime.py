"""The command `screentime`, before and after people decide something, without a run in between."""

import csv
import io
import json
from pathlib import Path

import pytest

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.cast_store import CastStore
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID

A, B = "identity-00001", "identity-00002"
EPISODE = ("screentime", "--ep-id", EP_ID)


def test_a_table(screen: Screen, store: ArtifactStore) -> None:
    assert screen.call(*EPISODE, width=80) == 0
    lines = [line.split() for line in screen.out.splitlines()]
    assert [B, "14.4", "72.0", "%", "0.0", "14.4", "0.0", "2"] in lines
    assert [A, "12.4", "62.0", "%", "0.0", "12.4", "0.0", "2"] in lines
    assert "Faces in no identity: 2.2 s of 1 tracks." in screen.out
    assert screen.call(*EPISODE, "--wide") == 0
    assert f"0.0    16.2  {A}" in screen.out


def test_decisions_count_at_once(screen: Screen, cast: CastStore) -> None:
    name = ("identity", "label", "--ep-id", EP_ID, "--identity", A, "--person", "ann-example")
    assert screen.call(*name) == 0
    assert screen.call("identity", "delete", "--ep-id", EP_ID, "--track", "track-00004") == 0
    assert screen.call(*EPISODE, "--format", "json") == 0
    lanes = json.loads(screen.out)["lanes"]
    shown = [(lane["name"], lane["seconds"], lane["confirmed_seconds"]) for lane in lanes]
    assert shown == [("Ann Example", 12.4, 12.4), (None, 7.2, 0.0)]


def test_a_show(screen: Screen, store: ArtifactStore) -> None:
    assert screen.call("screentime", "--show", "tiny") == 0
    assert f"{EP_ID}:{B}" in screen.out
    assert "Episodes: 1. Left out: 0." in screen.out
    assert screen.call("screentime", "--show", "tiny", "--format", "csv") == 0
    assert [row["seconds"] for row in csv.DictReader(io.StringIO(screen.out))] == ["14.4", "12.4"]


@pytest.mark.parametrize(
    ("file_format", "start"),
    [
        ("json", b"{"),
        ("csv", b"ep_id,"),
        ("vtt", b"WEBVTT"),
        ("otio", b"{"),
        ("edl", b"TITLE"),
        ("parquet", b"PAR1"),
        ("png", b"\x89PNG"),
        ("svg", b"<?xml"),
    ],
)
def test_files(screen: Screen, store: ArtifactStore, tmp_path: Path, file_format: str, start: bytes) -> None:
    out = tmp_path / f"x.{file_format}"
    assert screen.call(*EPISODE, "--format", file_format, "--out", str(out)) == 0
    assert str(out) in screen.out
    assert out.read_bytes().startswith(start)


def test_the_start_of_an_edl(screen: Screen, store: ArtifactStore) -> None:
    assert screen.call(*EPISODE, "--format", "edl", "--start-timecode", "10:00:00:00") == 0
    assert "* LOC: 10:00:00:00 BLUE" in screen.out


REFUSED = {
    "neither": (["screentime"], "Give either --ep-id for one episode or --show"),
    "both": ([*EPISODE, "--show", "tiny"], "Give either --ep-id for one episode or --show"),
    "unknown format": (
        [*EPISODE, "--format", "xls"],
        "Screen time has no format 'xls': choose one of table, json,",
    ),
    "markers of a show": (
        ["screentime", "--show", "tiny", "--format", "edl"],
        "'edl' for a show: give --ep-id for one episode, or choose one of table, json, csv, parquet, svg, png.",
    ),
    "a picture on the terminal": ([*EPISODE, "--format", "png"], "png is not a text for the terminal: name a file"),
    "a table in a file": ([*EPISODE, "--out", "x"], "a table is for the terminal: choose a --format such as csv"),
    "no timecode": (
        [*EPISODE, "--format", "edl", "--start-timecode", "1h"],
        "'1h' is not a timecode: write the first frame's timecode as hours:minutes:seconds:frames.",
    ),
    "no folder": (
        [*EPISODE, "--format", "csv", "--out", "/no/such/folder/x"],
        "--out /no/such/folder/x cannot be written (No such file or directory): choose another file.",
    ),
    "unknown episode": (["screentime", "--ep-id", "tiny-s01e09"], "tiny-s01e09 has no identities"),
    "unknown show": (["screentime", "--show", "other"], "The show 'other' has no episode with identities"),
    "a path": (["screentime", "--ep-id", "../x"], "is not an episode id"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(screen: Screen, store: ArtifactStore, name: str) -> None:
    arguments, words = REFUSED[name]
    assert words in screen.refused(*arguments)
