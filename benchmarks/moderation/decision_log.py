"""Speed and safety of the decision log: `python -m benchmarks.moderation.decision_log`.

Eight processes append 200 gestures each to one episode, first undisturbed, then with kills at random moments. The
check counts lost and doubled gestures, and gaps. Then one process appends to a log of 1,000 decisions.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console

from benchmarks.machine import machine, versions
from benchmarks.moderation.log_writer import acknowledged, gesture, given
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import append_gesture, reconcile
from screenalytics_resources.decisions.mirror import read_decisions
from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store

RESULTS = Path(__file__).parents[1] / "results" / "decision_log.json"
EP_ID = "demo-s01e01"
WRITERS, GESTURES, KILLS, STORED, TRACKS = 8, 200, 20, 1000, 24


def check(store: ArtifactStore, cast: CastStore, expected: set[str], said: set[str]) -> dict[str, int]:
    """Return what is wrong with a log whose gestures have the keys `expected`, of which `said` were acknowledged."""
    decisions = cast.decisions(EP_ID)
    keys = Counter(str(one.idempotency_key) for one in decisions)
    return {
        "gestures": len(keys),
        "lost": len(expected - set(keys)),
        "acknowledged_lost": len(said - set(keys)),
        "doubled": sum(count > 1 for count in keys.values()),
        "gaps": sum(one.seq != seq for seq, one in enumerate(decisions, 1)),
        "not_in_mirror": len(set(decisions_of(store)) ^ {one.decision_id for one in decisions}),
    }


def decisions_of(store: ArtifactStore) -> list[object]:
    """Return the ids of the decisions in the mirror."""
    return [one.decision_id for one in read_decisions(store, EP_ID)]


def together(kills: int) -> dict[str, Any]:
    """Let all writers append at the same time, and kill some at random moments. Returns the time and the check."""
    chance = random.Random(7)  # noqa: S311 - moments of kills
    names = [f"writer-{number}" for number in range(WRITERS)]
    with tempfile.TemporaryDirectory() as root, open_cast_store(root) as cast:
        store, folder = ArtifactStore(root), Path(root) / "acknowledged"
        folder.mkdir()
        begin = time.perf_counter()
        running = {name: _start(root, name) for name in names}
        killed = 0
        while killed < kills:
            time.sleep(chance.uniform(0.2, 1.5))
            alive = [name for name, process in running.items() if process.poll() is None]
            if not alive:
                break
            name = chance.choice(alive)
            running[name].kill()
            running[name].wait()
            killed += 1
            running[name] = _start(root, name)
        codes = {process.wait() for process in running.values()}
        seconds = time.perf_counter() - begin
        reconcile(store, cast, EP_ID)
        said = {key for name in names for key in acknowledged(folder / name)}
        expected = {f"{name}-{number}" for name in names for number in range(GESTURES)}
        return {
            "seconds": round(seconds, 1),
            "killed": killed,
            "failed": codes != {0},
            **check(store, cast, expected, said),
        }


def long_log() -> dict[str, Any]:
    """Measure an append to a log of `STORED` decisions, in ms, and reading its mirror."""
    with tempfile.TemporaryDirectory() as root, open_cast_store(root) as cast:
        store = ArtifactStore(root)
        times = []
        for number in range(STORED + 20):
            begin = time.perf_counter()
            append_gesture(store, cast, EP_ID, "local", None, given(gesture(number, TRACKS)))
            times.append(1000 * (time.perf_counter() - begin))
        begin = time.perf_counter()
        read_decisions(store, EP_ID)
        read = 1000 * (time.perf_counter() - begin)
        size = len(store.manifest(EP_ID, "decisions.jsonl").read_bytes())
    rounded = {"empty_ms": median(times[1:20]), "stored_ms": median(times[STORED:]), "slowest_ms": max(times[STORED:])}
    more = {"read_mirror_ms": read, "mirror_mb": size / 1e6}
    return {name: round(value, 1) for name, value in (rounded | more).items()}


def _start(root: str, name: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "benchmarks.moderation.log_writer", root, EP_ID, name, str(GESTURES)]
    return subprocess.Popen(command)  # noqa: S603 - the same interpreter


def main() -> None:
    """Measure, print and record."""
    results = {"together": together(0), "killed": together(KILLS), "append": long_log()}
    RESULTS.write_text(json.dumps({"versions": versions(), "machine": machine(), **results}, indent=1) + "\n")
    Console().print_json(json.dumps(results))


if __name__ == "__main__":
    main()
