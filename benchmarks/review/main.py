"""Actions that an analyst needs in a real browser to put an episode right: `python -m benchmarks.review.main`.

The episode is that of the oracle user, with 50 identities of people that no threshold was tuned on. It is corrected
twice, by keyboard alone and by mouse, on a running server.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Page, sync_playwright
from rich.console import Console

from benchmarks.machine import machine, versions
from benchmarks.moderation.main import PACK, WANTED
from benchmarks.moderation.oracle import b_cubed_f, immich_actions, lower_bound
from benchmarks.review.analyst import Analyst
from benchmarks.review.hands import Hands, KeyboardHands, MouseHands
from benchmarks.review.messy_root import MessyRoot, make_messy_root
from screenalytics_app.actions.cast.people import NewPerson, add_person
from screenalytics_app.actions.moderation.view import present_view
from screenalytics_assets.calibration.non_faces import NON_FACE
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import load_engine
from screenalytics_resources.project import PROJECT_ROOT, config_dir

RESULTS = Path(__file__).parents[1] / "results" / "review.json"
SEED = 11
WAYS: dict[str, Callable[[Page], Hands]] = {"keyboard": KeyboardHands, "mouse": MouseHands}
BROWSER = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def measure(root: MessyRoot, way: str, chromium: str) -> dict[str, Any]:
    """Let an analyst correct the episode in one way, and count the actions."""
    for person in sorted(set(root.messy.truth.values()) - {NON_FACE}):
        show = parse_ep_id(root.ep_id).show
        add_person(root.store, NewPerson(show, person.lower().replace("_", "-"), person))
    with serving(root.store) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(BROWSER))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        hands = WAYS[way](page)
        began = time.monotonic()
        Analyst(page, hands, root, address).put_right()
        seconds = time.monotonic() - began
        browser.close()
    moderated = present_view(root.store, root.ep_id).moderated
    return {
        "way": way,
        "actions": hands.actions.total(),
        "by_kind": dict(sorted(hands.actions.items())),
        "b_cubed_f": round(b_cubed_f(moderated, root.messy.truth), 4),
        "identities_left": len(moderated.identities),
        "seconds": round(seconds, 1),
    }


@contextmanager
def serving(store: ArtifactStore) -> Iterator[str]:
    """Run `screenalytics serve` on a free port while the block runs. Yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "screenalytics_app.cli.main", "serve", "--port", str(port)]
    environment = {**os.environ, "SCREENALYTICS_DATA_ROOT": store.root}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own command
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/healthz")  # noqa: S310 - a loopback address
            return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise RuntimeError("The server did not start.")


def main() -> None:
    """Measure, print and record.

    Raises:
        UserError: there are no photos, or Chromium is missing.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks.review.main", description=str(__doc__).split("\n")[0])
    parser.add_argument("--ways", default=",".join(WAYS), help="comma-separated: keyboard, mouse")
    parser.add_argument("--data", type=Path, default=PROJECT_ROOT.parent / "shared" / "data", help="folder of lfw")
    given = parser.parse_args()
    data, chromium = given.data.resolve(), shutil.which("chromium")
    if not (data / "lfw").is_dir():
        raise UserError(f"{data / 'lfw'} is not a folder: use --data to name the folder that holds lfw.")
    if chromium is None:
        raise UserError("Chromium is missing: install it, for example with `apt-get install chromium`.")
    console, engine = Console(), load_engine(PACK, config_dir())
    found = []
    for way in given.ways.split(","):
        with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
            root = make_messy_root(Path(folder), data, engine, SEED)
            found.append(measure(root, way, chromium))
        console.print(found[-1])
    bounds = {"wanted": WANTED, "lower_bound": lower_bound(root.messy), "immich_like": immich_actions(root.messy)}
    console.print(bounds)
    content = {"versions": versions(), "machine": machine(), "pack": PACK, "seed": SEED, **bounds, "ways": found}
    RESULTS.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    console.print(f"recorded in benchmarks/results/{RESULTS.name}")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
