"""The plot: what it says, that states differ without colour, and that it is the same file every time."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import cv2
import numpy as np
import pytest

from screenalytics_assets.contract.screen_time_records import Appearance
from screenalytics_assets.screen_time.formats.inline_plot import MAX_BYTES, draw_inline
from screenalytics_assets.screen_time.formats.lanes import PlotLane, PlottedTime, plotted_episode, plotted_season
from screenalytics_assets.screen_time.formats.plot import MAX_LANES, STYLES, clock, draw
from screenalytics_assets.season_screen_time.build_season import build_season
from tests.screen_time.small import badly_named, screen_time_of, spanning

SVG_TEXT = "{http://www.w3.org/2000/svg}text"


def texts_of(svg: bytes) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter(SVG_TEXT)]  # noqa: S314 - our own


def picture_of(content: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.asarray(picture, np.uint8)


def test_the_svg_names_everyone_with_seconds_and_share() -> None:
    content = screen_time_of([spanning(1, 0, 1), spanning(2, 0, 5)], {1: [1], 2: [2]}, {1: "Ann"})
    texts = texts_of(draw(plotted_episode(content), "svg"))
    for text in ("Ann", "identity-00002", "1.0 s", "5.0 s", "10.4 %", "2 shots", "0:10, 1 named, 1 unnamed", *STYLES):
        assert text in texts


def test_bad_names_stay_text() -> None:
    texts = texts_of(draw(plotted_episode(badly_named()), "svg"))
    assert r'Ann "The\nBoss" Example' in texts
    assert "Zoë, $x^2$ 李小龍" in texts


def test_without_names_lanes_are_identities() -> None:
    content = screen_time_of([spanning(1, 0, 1), spanning(2, 0, 5)], {1: [1], 2: [2]}, {1: "Ann", 2: "Ann"})
    plotted = plotted_episode(content, with_names=False)
    assert [lane.title for lane in plotted.lanes] == ["identity-00001 +1"]
    assert "ann" not in draw(plotted, "svg").decode().lower().replace("channel", "")


def test_states_differ_by_height() -> None:
    heights = [style.height for style in STYLES.values()]
    assert list(STYLES) == ["confirmed", "automatic", "uncertain"]
    assert all(taller > 1.5 * lower for taller, lower in pairwise(heights))


def test_a_frame_of_an_hour_can_be_seen() -> None:
    appearance = Appearance(first_s=1800.0, end_s=1800.04, state="confirmed")
    empty = PlottedTime("x", 3600.0, [PlotLane("Ann", "ann", True, 0.04, 0.0, [])], "shots", [])
    shown = PlottedTime("x", 3600.0, [PlotLane("Ann", "ann", True, 0.04, 0.0, [appearance])], "shots", [])
    assert (picture_of(draw(shown, "png")) != picture_of(draw(empty, "png"))).any(axis=2).any()


@pytest.mark.parametrize("file_format", ["png", "svg"])
def test_equal_content_gives_equal_bytes(file_format: str) -> None:
    plotted = plotted_episode(badly_named())
    assert draw(plotted, file_format) == draw(plotted, file_format)  # type: ignore[arg-type]


def test_nobody() -> None:
    assert "nobody is on screen" in texts_of(draw(plotted_episode(screen_time_of([], {}, duration_s=0.0)), "svg"))


def test_more_lanes_than_fit_are_counted() -> None:
    count = MAX_LANES + 3
    content = screen_time_of(
        [spanning(k, 0, 1 + k / 100) for k in range(1, count + 1)], {k: [k] for k in range(1, count + 1)}
    )
    texts = texts_of(draw(plotted_episode(content), "svg"))
    assert f"0:10, 0 named, {count} unnamed, the 3 shortest not shown" in texts
    assert sum(text.startswith("identity-") for text in texts) == MAX_LANES


def test_the_plot_in_metadata_is_small() -> None:
    count = MAX_LANES
    tracks = [spanning(50 * k + n, n / 5, n / 5 + 0.04 * (k % 4)) for k in range(count) for n in range(1, 50)]
    content = screen_time_of(tracks, {k + 1: [50 * k + n for n in range(1, 50)] for k in range(count)})
    inline = draw_inline(plotted_episode(content))
    assert len(inline) <= MAX_BYTES
    assert picture_of(inline).shape[1] >= 512


def test_the_episodes_of_a_show_follow_each_other() -> None:
    first = screen_time_of([spanning(1, 1, 2)], {1: [1]}, {1: "Ann"})
    season = build_season("tiny", [first, first.model_copy(update={"ep_id": "tiny-s01e02"})], None)
    plotted = plotted_season(season)
    assert plotted.sections == [("s01e01", 0.0, 10.0), ("s01e02", 10.0, 20.0)]
    assert [row.first_s for row in plotted.lanes[0].appearances] == [1.0, 11.0]
    assert {"s01e01", "s01e02", "2 episodes", "Ann"} <= set(texts_of(draw(plotted, "svg")))
    assert [lane.title for lane in plotted_season(season, with_names=False).lanes] == ["person 1"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0:00"), (59.6, "1:00"), (61.0, "1:01"), (3599.6, "1:00:00"), (7325.0, "2:02:05")]
)
def test_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text
