"""CPU time of a run that waits for the pool: two runs of the command line at once, with a pool limit of one."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.library.backfill import DEADLINE_S
from benchmarks.live.platform import LivePlatform, wait_for
from benchmarks.loop_clip import loop_clip
from screenalytics_resources.project import PROJECT_ROOT

CLIP_S = 3600.0
"""Length of the holder's clip. Its tracks must take longer than the measurement."""
HOLDER, WAITER = "show-s01e01", "show-s01e02"


def wait_for_the_pool(folder: Path, clip: Path, seconds: float) -> dict[str, Any]:
    """Start a run that holds the pool and one that waits for it, and measure the second one for `seconds`.

    Raises:
        RuntimeError: the run did not wait all the time.
    """
    platform = LivePlatform(folder)
    platform.configure({})
    long_clip = loop_clip(clip, folder / f"long{clip.suffix}", CLIP_S).path
    with _run(platform, HOLDER, long_clip), _run(platform, WAITER, clip) as waiter:
        wait_for(lambda: "waits for the pool" in _output(platform, WAITER), DEADLINE_S, "the second run waits")
        before, began = _cpu_s(waiter), time.monotonic()
        time.sleep(seconds)
        cpu, waited = _cpu_s(waiter) - before, time.monotonic() - began
        if "tracks" in _stages(platform, WAITER):
            raise RuntimeError(f"Expected the run to wait for {seconds:g} s, but it got the pool. Use a longer clip.")
        return {"waited_s": round(waited, 1), "cpu_s": round(cpu, 2), "message": _output(platform, WAITER).strip()}


@contextmanager
def _run(platform: LivePlatform, ep_id: str, video: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run an episode until the block ends. Yields once it has reported progress in tracks, or waits."""
    command = [sys.executable, "-m", "screenalytics_app.cli.main", "run", "--ep-id", ep_id, "--video", str(video)]
    with (platform.folder / f"{ep_id}.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=PROJECT_ROOT, env=platform.variables(), stdout=subprocess.DEVNULL, stderr=log
        )
    try:
        wait_for(
            lambda: process.poll() is not None or "tracks" in _stages(platform, ep_id) or _output(platform, ep_id),
            DEADLINE_S,
            f"{ep_id} starts",
        )
        if process.poll() is not None:
            raise RuntimeError(f"Expected {ep_id} to run, but it ended: {_output(platform, ep_id)}")
        yield process
    finally:
        process.kill()
        process.wait()


def _output(platform: LivePlatform, ep_id: str) -> str:
    return (platform.folder / f"{ep_id}.log").read_text(encoding="utf-8", errors="replace")


def _stages(platform: LivePlatform, ep_id: str) -> str:
    """Return the content of the episode's progress file; "" before its first stage that reports progress."""
    path = platform.root / "manifests" / ep_id / "progress.json"
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _cpu_s(process: "subprocess.Popen[bytes]") -> float:
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)
