"""Every format read back by an independent reader, also with the worst names."""

import csv
import io
import json
import re

import opentimelineio
import pytest
from pyarrow import parquet as pq

from screenalytics_assets.contract.screen_time_records import ScreenTime
from screenalytics_assets.screen_time.formats.edl import edl
from screenalytics_assets.screen_time.formats.otio import otio
from screenalytics_assets.screen_time.formats.tables import episode_csv, parquet, season_csv
from screenalytics_assets.screen_time.formats.webvtt import webvtt
from screenalytics_assets.season_screen_time.build_season import build_season
from screenalytics_resources.errors import UserError
from tests.screen_time.small import BAD_NAMES, badly_named, screen_time_of, spanning
from tests.tiny_episode import EP_ID

FILM, NTSC = 24000 / 1001, 30000 / 1001
ON_ONE_LINE = [name.replace("\n", r"\n") for name in BAD_NAMES]


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_csv() -> None:
    content = badly_named()
    rows = rows_of(episode_csv(content))
    assert [row["name"] for row in rows] == [
        ON_ONE_LINE[4],
        ON_ONE_LINE[3],
        ON_ONE_LINE[2],
        "'" + ON_ONE_LINE[1],
        ON_ONE_LINE[0],
    ]
    for row, lane in zip(rows, content.lanes, strict=True):
        assert row["ep_id"] == EP_ID
        assert float(row["seconds"]) == lane.seconds
        assert [float(row[f"{state}_seconds"]) for state in ("confirmed", "automatic", "uncertain")] == [
            lane.confirmed_seconds,
            lane.automatic_seconds,
            lane.uncertain_seconds,
        ]
        assert (float(row["first_s"]), float(row["end_s"])) == (lane.first_s, lane.end_s)
        assert row["identity_ids"].split() == list(lane.identity_ids)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_calculates_no_name(first: str) -> None:
    name = f"{first}1+1"
    (row,) = rows_of(episode_csv(screen_time_of([spanning(1, 0, 1)], {1: [1]}, {1: name})))
    assert row["name"].startswith("'")
    assert row["person_id"].startswith("'")


def test_csv_of_a_show() -> None:
    first = screen_time_of([spanning(1, 1, 2)], {1: [1]}, {1: "Ann"})
    second = first.model_copy(update={"ep_id": "tiny-s01e02"})
    (row,) = rows_of(season_csv(build_season("tiny", [first, second], None)))
    assert row == {
        "show": "tiny",
        "lane_id": "ann",
        "person_id": "ann",
        "name": "Ann",
        "label": "",
        "seconds": "2.08",
        "confirmed_seconds": "0.0",
        "automatic_seconds": "2.08",
        "uncertain_seconds": "0.0",
        "share": "0.104",
        "shots": "2",
        "episodes": "2",
        "first_ep_id": EP_ID,
        "first_s": "1.0",
        "last_ep_id": "tiny-s01e02",
        "end_s": "2.04",
    }


def test_parquet_has_a_row_per_appearance_and_names_as_they_are() -> None:
    tracks = [spanning(1, 0, 1), spanning(2, 2, 3), spanning(3, 5, 6)]
    content = screen_time_of(tracks, {1: [1, 2], 2: [3]}, {1: BAD_NAMES[0]}, uncertain=[2])
    table = pq.read_table(io.BytesIO(parquet(content)))
    assert table.select(["ep_id", "lane_id", "name", "state", "first_s", "end_s", "seconds"]).to_pylist() == [
        dict(zip(("ep_id", "lane_id", "name", "state", "first_s", "end_s", "seconds"), row, strict=True))
        for row in (
            (EP_ID, "person-1", BAD_NAMES[0], "automatic", 0.0, 1.04, 1.04),
            (EP_ID, "person-1", BAD_NAMES[0], "uncertain", 2.0, 3.04, 1.04),
            (EP_ID, "identity-00002", None, "automatic", 5.0, 6.04, 1.04),
        )
    ]


def test_parquet_of_nothing_has_the_same_columns() -> None:
    empty, full = screen_time_of([], {}), badly_named()
    assert pq.read_table(io.BytesIO(parquet(empty))).schema == pq.read_table(io.BytesIO(parquet(full))).schema


def test_parquet_of_a_show_names_the_episode_of_each_appearance() -> None:
    first = screen_time_of([spanning(1, 1, 2)], {1: [1]}, {1: "Ann"})
    season = build_season("tiny", [first, first.model_copy(update={"ep_id": "tiny-s01e02"})], None)
    table = pq.read_table(io.BytesIO(parquet(season)))
    assert table["ep_id"].to_pylist() == [EP_ID, "tiny-s01e02"]
    assert table["first_s"].to_pylist() == [1.0, 1.0]


def cues_of(content: bytes) -> list[tuple[float, float, str]]:
    """Read WebVTT as a player does: blocks, a line with an arrow, and text with character references."""
    header, *blocks = content.decode().rstrip("\n").split("\n\n")
    assert header == "WEBVTT"
    cues = []
    for block in blocks:
        lines = block.split("\n")
        assert [("-->" in line) for line in lines] == [False, True, False]
        ends = re.fullmatch(r"(\d\d+):([0-5]\d):([0-5]\d\.\d{3}) --> (\d\d+):([0-5]\d):([0-5]\d\.\d{3})", lines[1])
        assert ends is not None
        times = [3600 * int(h) + 60 * int(m) + float(s) for h, m, s in (ends.groups()[:3], ends.groups()[3:])]
        assert re.search(r"[<>]|&(?!amp;|lt;|gt;)", lines[2]) is None
        text = lines[2].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        cues.append((times[0], times[1], text))
    return cues


def test_webvtt_chapters_are_shots_with_the_same_people() -> None:
    # The shots of the tiny episode last 5 s each.
    tracks = [spanning(1, 0, 1, shot=1), spanning(2, 2, 3, shot=1), spanning(3, 5, 6, shot=2)]
    content = screen_time_of(tracks, {1: [1], 2: [2, 3]}, {1: "Ann"}, fps=5.0)
    assert cues_of(webvtt(content)) == [(0.0, 5.0, "identity-00002, Ann"), (5.0, 10.0, "identity-00002")]


def test_consecutive_shots_with_the_same_people_are_one_chapter() -> None:
    tracks = [spanning(1, 0, 1, shot=1), spanning(2, 5, 6, shot=2)]
    content = screen_time_of(tracks, {1: [1, 2]}, {1: "Ann"}, fps=5.0)
    assert cues_of(webvtt(content)) == [(0.0, 10.0, "Ann")]


def test_webvtt_uses_the_clock_of_a_player_and_has_no_chapter_without_people() -> None:
    content = screen_time_of([spanning(1, 5, 6, shot=2)], {1: [1]}, {1: "Ann"}, fps=5.0, player_offset_s=3600.5)
    assert cues_of(webvtt(content)) == [(3605.5, 3610.5, "Ann")]


def test_webvtt_with_bad_names() -> None:
    (cue,) = cues_of(webvtt(badly_named()))
    assert cue[2] == ", ".join(reversed(ON_ONE_LINE))


def markers_of(content: bytes) -> tuple[opentimelineio.schema.Timeline, list[tuple[str, int, int, str, str]]]:
    timeline = opentimelineio.adapters.read_from_string(content.decode(), "otio_json")
    rows = []
    for marker in timeline.tracks.markers:
        start, duration = marker.marked_range.start_time, marker.marked_range.duration
        state = marker.metadata["screenalytics"]["state"]
        rows.append((marker.name, start.to_frames(), duration.to_frames(), state, marker.color))
    return timeline, rows


@pytest.mark.parametrize("fps", [FILM, 25.0, NTSC, 12.5], ids=["23.976", "25", "29.97", "12.5"])
def test_otio_has_a_marker_per_appearance_at_the_rate_of_the_video(fps: float) -> None:
    content = screen_time_of(
        [spanning(1, 1.001, 2.002, fps), spanning(2, 4.004, 4.004, fps)], {1: [1, 2]}, {1: "Ann"}, fps, uncertain=[2]
    )
    timeline, markers = markers_of(otio(content))
    assert timeline.name == EP_ID
    (clip,) = timeline.find_clips()
    rate = clip.source_range.duration.rate
    assert rate == pytest.approx(fps)
    assert clip.source_range.duration.to_frames() == round(10.0 * fps)
    first, last, single = round(1.001 * fps), round(2.002 * fps), round(4.004 * fps)
    assert markers == [
        ("Ann", first, last - first + 1, "automatic", "BLUE"),
        ("Ann", single, 1, "uncertain", "YELLOW"),
    ]


def test_otio_with_bad_names() -> None:
    _, markers = markers_of(otio(badly_named()))
    assert [name for name, *_ in markers] == ON_ONE_LINE


def test_an_edl_can_be_read_by_opentimelineio() -> None:
    content = badly_named()
    timeline = opentimelineio.adapters.read_from_string(edl(content).decode(), "cmx_3600", rate=25)
    markers = [marker for clip in timeline.find_clips() for marker in clip.markers]
    assert [marker.marked_range.start_time.to_timecode(25) for marker in markers] == [
        f"01:00:{number:02d}:00" for number in range(1, 6)
    ]
    states = ["automatic", "uncertain", "automatic", "automatic", "automatic"]
    plain = [name.replace("|", "/") for name in ON_ONE_LINE]
    assert [marker.name for marker in markers] == [f"{n} ({s})" for n, s in zip(plain, states, strict=True)]
    assert [marker.metadata["cmx_3600"]["color"] for marker in markers] == [
        {"automatic": "BLUE", "uncertain": "YELLOW"}[state] for state in states
    ]


RESOLVE = re.compile(r" \|C:ResolveColor(\w+) \|M:([^|]*) \|D:(\d+)")


def resolve_markers(content: bytes) -> list[tuple[str, str, str, int]]:
    """Read timecode, colour, name and length of the markers as DaVinci Resolve writes them."""
    lines = content.decode().splitlines()
    found = []
    for position, line in enumerate(lines):
        marker = RESOLVE.fullmatch(line)
        if marker:
            event = lines[position - 1].split()
            assert event[1:4] == ["001", "V", "C"]
            assert event[4:6] == event[6:8]
            found.append((event[6], marker[1], marker[2], int(marker[3])))
    return found


EDLS = [
    pytest.param(25.0, "NON-DROP FRAME", "01:00:00:00", [("01:01:00:00", 26), ("01:10:00:00", 26)], id="PAL"),
    pytest.param(FILM, "NON-DROP FRAME", "00:00:00:00", [("00:00:59:23", 25), ("00:09:59:10", 25)], id="23.976"),
    pytest.param(NTSC, "DROP FRAME", "01:00:00:00", [("01:00:59;28", 31), ("01:10:00;00", 31)], id="29.97"),
    pytest.param(12.5, "NON-DROP FRAME", "00:00:00:00", [("00:00:59:23", 25), ("00:09:59:10", 26)], id="12.5"),
]


@pytest.mark.parametrize(("fps", "mode", "start", "expected"), EDLS)
def test_edl_timecodes(fps: float, mode: str, start: str, expected: list[tuple[str, int]]) -> None:
    tracks = [spanning(1, 60, 61, fps), spanning(2, 600, 601, fps)]
    content = edl(screen_time_of(tracks, {1: [1, 2]}, {1: "Ann"}, fps, duration_s=700), start)
    assert content.decode().splitlines()[:2] == [f"TITLE: {EP_ID}", f"FCM: {mode}"]
    assert resolve_markers(content) == [(at, "Blue", "Ann (automatic)", frames) for at, frames in expected]


def test_a_name_cannot_forge_a_field_or_an_event_of_an_edl() -> None:
    content = edl(badly_named())
    assert len(resolve_markers(content)) == len(BAD_NAMES)
    assert sum(line.startswith("* LOC:") for line in content.decode().splitlines()) == len(BAD_NAMES)


def test_an_edl_refuses_a_start_that_is_no_timecode() -> None:
    with pytest.raises(UserError, match="'01:00:00:25' is not a timecode at 25 frames per second: write"):
        edl(badly_named(), "01:00:00:25")


def test_json_is_read_back_equal() -> None:
    content = badly_named()
    assert ScreenTime.model_validate(json.loads(content.model_dump_json())) == content
