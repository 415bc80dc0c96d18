"""How fast the review pages are on a large episode: `python -m benchmarks.review.page_speed`.

The episode has 1,000 tracks in 300 identities; `screenalytics serve` and Chromium run on the same machine. Each page
load has an empty cache. The film of the player is the sample episode.
"""

import json
import os
import shutil
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.machine import machine, versions
from benchmarks.moderation.speed import make_large_episode
from benchmarks.review.main import BROWSER, serving
from screenalytics_resources.errors import UserError
from screenalytics_resources.sample_episode import EP_ID

RESULTS = Path(__file__).parents[1] / "results" / "page_speed.json"
LOADS, REQUESTS = 15, 100
_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
_USABLE = """() => {
  const face = document.querySelector("[role=gridcell] img");
  return face?.complete && face.naturalWidth > 0 ? performance.now() : 0;
}"""
_PLAYS = (
    "() => { const video = document.querySelector('video'); return video && !video.paused && video.readyState > 2; }"
)


def page_loads(browser: Browser, address: str) -> dict[str, float]:
    """Load the board again and again, each time with an empty cache."""
    paints, usable, nodes = [], [], 0
    for _ in range(LOADS):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}/review/{EP_ID}/board")
        usable.append(page.wait_for_function(_USABLE).json_value())
        paints.append(page.evaluate(_PAINT))
        nodes = max(nodes, int(page.evaluate("() => document.querySelectorAll('*').length")))
        page.close()
    return {**_figures("first_contentful_paint", paints), **_figures("usable", usable), "dom_nodes": nodes}


def seeks(browser: Browser, address: str) -> dict[str, float]:
    """Open one track after the other from the page of its identity, and wait until the video plays there."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    found = []
    for number in range(1, LOADS + 1):
        page.goto(f"{address}/review/{EP_ID}/identity/identity-{number:05d}")
        track = page.locator(f"[data-key=track-{number:05d}]")
        track.hover()
        began = time.perf_counter()
        track.locator("a.open").click()
        page.wait_for_function(_PLAYS)
        found.append(1000 * (time.perf_counter() - began))
    page.close()
    return _figures("seek_and_play", found)


def requests(address: str) -> dict[str, float]:
    """Read the board and the pictures of tracks on a warm server."""
    board = f"{address}/episodes/{EP_ID}/identities"
    _timed(board)
    tracks = [f"{address}/episodes/{EP_ID}/tracks/track-{number:05d}/image.jpg" for number in range(1, REQUESTS + 1)]
    return {
        **_figures("board", [_timed(board) for _ in range(REQUESTS)]),
        **_figures("crop", [_timed(track) for track in tracks]),
    }


def _timed(url: str) -> float:
    began = time.perf_counter()
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - a loopback address
        answer.read()
    return 1000 * (time.perf_counter() - began)


def _figures(name: str, values: list[float]) -> dict[str, float]:
    return {f"{name}_median_ms": round(median(values), 1), f"{name}_p95_ms": round(quantiles(values, n=20)[-1], 1)}


def main() -> None:
    """Measure, print the figures and write the results file. Raises `UserError` if Chromium is missing."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise UserError("Chromium is missing: install it, for example with `apt-get install chromium`.")
    figures: dict[str, Any] = {}
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        os.environ["SCREENALYTICS_DATA_ROOT"] = f"{folder}/data"
        os.environ["DAGSTER_HOME"] = f"{folder}/dagster"
        store = make_large_episode(Path(folder))
        with serving(store) as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=list(BROWSER))
            parts: tuple[Callable[[], dict[str, float]], ...] = (
                lambda: requests(address),
                lambda: page_loads(browser, address),
                lambda: seeks(browser, address),
            )
            for part in parts:
                figures |= part()
                print(json.dumps(figures, indent=1))
            browser.close()
    content = {"figures": figures, "versions": versions(), "machine": machine()}
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
