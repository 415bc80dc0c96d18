"""Time of a gesture over HTTP, and many clients that write at once: `python -m benchmarks.api.writing`.

The episode has 1,000 tracks in 300 identities. Client and server are one process here, so the processor time is that of
both; the database's is not in it.
"""

import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import uvicorn

from benchmarks.machine import machine, versions
from benchmarks.moderation.speed import make_large_episode
from screenalytics_app.actions.moderation.view import present_view
from screenalytics_app.api.app import create_app
from screenalytics_app.api.settings import LOOPBACK, ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import read_decisions
from screenalytics_resources.sample_episode import EP_ID

RESULTS = Path(__file__).parents[1] / "results" / "api_writing.json"
GESTURES, CLIENTS, WRITES = 300, 8, 200
EPISODE = f"/episodes/{EP_ID}"
Send = Callable[[httpx.Client, random.Random, list[str]], httpx.Response]


@contextmanager
def served(store: ArtifactStore) -> Iterator[str]:
    """Serve the data root in a thread. Yields the address."""
    app = create_app(store, ServerSettings(actor="analyst"))
    server = uvicorn.Server(uvicorn.Config(app, host=LOOPBACK, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://{LOOPBACK}:{port}"
    finally:
        server.should_exit = True
        thread.join()


def measure_gestures(address: str, store: ArtifactStore) -> dict[str, float]:
    """Make random gestures one after the other. Returns milliseconds."""
    rng, wall, processor = random.Random(1), [], []  # noqa: S311 - no secret
    with httpx.Client(base_url=address, timeout=60) as client:
        for number in range(GESTURES):
            identities = [identity.identity_id for identity in present_view(store, EP_ID).moderated.identities]
            began, used = time.perf_counter(), time.process_time()
            answer = KINDS[number % len(KINDS)](client, rng, identities)
            wall.append(time.perf_counter() - began)
            processor.append(time.process_time() - used)
            if answer.status_code not in (200, 201, 409):
                raise RuntimeError(answer.text)
    return {
        "gesture_median_ms": _ms(median(wall)),
        "gesture_p95_ms": _ms(_p95(wall)),
        "gesture_processor_median_ms": _ms(median(processor)),
        "gesture_processor_p95_ms": _ms(_p95(processor)),
    }


def _merge(client: httpx.Client, rng: random.Random, identities: list[str]) -> httpx.Response:
    target, source = rng.sample(identities, 2)
    body = {"target_id": target, "source_ids": [source], "confirm": True}
    return client.post(f"{EPISODE}/identities/merge", json=body)


def _move(client: httpx.Client, rng: random.Random, identities: list[str]) -> httpx.Response:
    body = {"to_identity_id": rng.choice(identities), "confirm": True}
    return client.post(f"{EPISODE}/tracks/track-{rng.randint(1, 1000):05d}/move", json=body)


def _label(client: httpx.Client, rng: random.Random, identities: list[str]) -> httpx.Response:
    path = f"{EPISODE}/identities/{rng.choice(identities)}"
    return client.patch(path, json={"label": str(rng.random())}, headers={"If-Match": "*"})


def _dismiss(client: httpx.Client, rng: random.Random, identities: list[str]) -> httpx.Response:
    body = {"track_ids": [f"track-{rng.randint(1, 1000):05d}"], "reason": "not_a_face"}
    return client.post(f"{EPISODE}/tracks/dismiss", json=body)


KINDS: tuple[Send, ...] = (_merge, _move, _label, _label)


def measure_writers(address: str, store: ArtifactStore) -> dict[str, float]:
    """Let clients write labels at once. Returns how many writes were lost and doubled, and writes per second."""
    before = len(read_decisions(store, EP_ID))
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        written = [gesture for part in pool.map(lambda n: _write(address, n), range(CLIENTS)) for gesture in part]
    seconds = time.perf_counter() - began
    log = read_decisions(store, EP_ID)
    gestures = [str(decision.gesture_id) for decision in log[before:]]
    return {
        "writers": CLIENTS,
        "writes": len(written),
        "writes_lost": len(set(written) - set(gestures)),
        "writes_doubled": len(gestures) - len(set(gestures)),
        "gaps_in_seq": sum(one.seq != number for number, one in enumerate(log, 1)),
        "writes_per_s": round(len(written) / seconds, 1),
    }


def _write(address: str, number: int) -> list[str]:
    with httpx.Client(base_url=address, timeout=60, headers={"Screenalytics-Actor": f"client {number}"}) as client:
        path, any_version = f"{EPISODE}/identities/identity-{number + 1:05d}", {"If-Match": "*"}
        answers = [client.patch(path, json={"label": str(turn)}, headers=any_version) for turn in range(WRITES)]
    return [answer.raise_for_status().json()["gesture_id"] for answer in answers]


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


def main() -> None:
    """Measure, print the figures and write the results file."""
    figures: dict[str, Any] = {}
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        os.environ["SCREENALYTICS_DATA_ROOT"] = f"{folder}/data"
        os.environ["DAGSTER_HOME"] = f"{folder}/dagster"
        store = make_large_episode(Path(folder))
        with served(store) as address:
            figures |= measure_writers(address, store)
        with served(store) as address:
            figures |= measure_gestures(address, store)
    print(json.dumps(figures, indent=1))
    RESULTS.write_text(
        json.dumps({"figures": figures, "versions": versions(), "machine": machine()}, indent=1) + "\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
