"""Memory of the daemon and of the code servers while they run hundreds of small episodes.

Resident memory, as reported by `ps`, is sampled every ten seconds, from before the first episode until the last run
ends. The processes of the runs are left out, because each ends with its run.
"""

import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.live.films import PEOPLE, write_film
from benchmarks.live.platform import LivePlatform, live_platform
from benchmarks.live.runs import ended_runs

EVERY_S = 10.0
WARM_UP = 0.25
"""Share of the episodes that count as warm-up, in which caches fill and modules load."""
PARTS = ("daemon", "code_server", "web_server")


@dataclass(frozen=True)
class Sample:
    """Resident memory of the long-lived processes in MiB, `seconds` after the start."""

    seconds: float
    episodes: int
    daemon: float
    code_server: float
    web_server: float


def sample_memory(folder: Path, episodes: int, deadline_s: float) -> list[Sample]:
    """Run one-shot episodes through the daemon and sample its memory, for at most `deadline_s`."""
    film = write_film(folder / "film.mp4", [(PEOPLE[0], PEOPLE[0])])
    with live_platform(folder / "platform") as platform:
        began = time.monotonic()
        samples = [_sample(platform, began)]
        platform.drop(film, [f"small-s{1 + n // 100:02d}e{n % 100:03d}" for n in range(episodes)])
        while samples[-1].episodes < episodes and samples[-1].seconds < deadline_s:
            time.sleep(EVERY_S)
            samples.append(_sample(platform, began))
    return samples


def summary(samples: Sequence[Sample]) -> dict[str, Any]:
    """Return first, highest and last memory per part in MiB, and growth after the warm-up in MiB per 100 episodes."""
    done = samples[-1].episodes
    warm = [sample for sample in samples if sample.episodes >= WARM_UP * done]
    counts = [sample.episodes for sample in warm]
    figures: dict[str, Any] = {"episodes": done, "seconds": round(samples[-1].seconds, 1)}
    for part in PARTS:
        values = [getattr(sample, part) for sample in samples]
        slope = float(np.polyfit(counts, [getattr(sample, part) for sample in warm], 1)[0])
        figures[part] = {
            "first_mb": values[0],
            "highest_mb": max(values),
            "last_mb": values[-1],
            "growth_mb_per_100_episodes": round(100 * slope, 2),
        }
    return figures


def plot(samples: Sequence[Sample], path: Path) -> None:
    """Plot the memory of each part by number of episodes, as SVG. The same figures give the same bytes."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    with matplotlib.rc_context({"svg.hashsalt": "screenalytics"}):
        figure, axes = pyplot.subplots(figsize=(7, 3.6), layout="constrained")
        for part in PARTS:
            values = [getattr(sample, part) for sample in samples]
            axes.plot([sample.episodes for sample in samples], values, label=part.replace("_", " "))
        axes.set(xlabel="episodes run by the daemon", ylabel="resident memory, MiB", ylim=(0, None))
        axes.grid(visible=True, alpha=0.3)
        axes.legend()
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
        pyplot.close(figure)
    path.write_bytes(buffer.getvalue())


def _sample(platform: LivePlatform, began: float) -> Sample:
    memory = dict.fromkeys(PARTS, 0.0)
    for part, size in _resident(platform):
        memory[part] = round(memory[part] + size, 1)
    return Sample(round(time.monotonic() - began, 1), ended_runs(platform), **memory)


def _resident(platform: LivePlatform) -> list[tuple[str, float]]:
    """Return the part and the MiB of each long-lived process."""
    import psutil

    marks = {"dagster._daemon": "daemon", "dagster_webserver": "web_server", "code-server": "code_server"}
    marks["grpc"] = "code_server"
    sizes: list[tuple[str, float]] = []
    for process in platform.processes():
        try:
            words, size = process.cmdline(), process.memory_info().rss / 2**20
        except psutil.NoSuchProcess:
            continue
        sizes.extend((part, size) for mark, part in marks.items() if mark in words)
    return sizes
