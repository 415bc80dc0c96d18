"""Time of the library's own work by number of episodes: sensor, automation, states, and `screenalytics status`.

The episodes are copies of the tests' tiny episode, because the time depends on their number and not on their length.
Every figure is the best of three, in wall-clock time and in CPU time, which depends less on other processes. `status`
includes the start of its process.

`python -m benchmarks.library.scale [NUMBER ...]` writes `benchmarks/results/library_scale.json`.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

from benchmarks.machine import machine

RESULTS = Path(__file__).parents[1] / "results" / "library_scale.json"
TINY_EPISODE = Path(__file__).parents[2] / "tests" / "tiny_episode.py"
NUMBERS = (1000, 10000)
TRIES = 3
EPISODES_PER_SEASON = 50


def main() -> None:
    """Measure and record each number of episodes given on the command line."""
    numbers = tuple(map(int, sys.argv[1:])) or NUMBERS
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for number in numbers:
        with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
            os.environ["SCREENALYTICS_DATA_ROOT"] = str(Path(folder) / "data")
            os.environ["DAGSTER_HOME"] = str(Path(folder) / "dagster")
            episodes = write_library(Path(folder) / "data", number)
            report_to_dagster(episodes)
            results[str(number)] = dict(measured(episodes)) | {"machine": machine()}
        RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        print(number, {name: value for name, value in results[str(number)].items() if name != "machine"})


def write_library(root: Path, number: int) -> list[str]:
    """Write `number` episodes below `root`. Returns their ids."""
    tiny = _tiny_episode()
    seasons = [divmod(index, EPISODES_PER_SEASON) for index in range(number)]
    episodes = [f"tiny-s{season + 1:02d}e{episode + 1:02d}" for season, episode in seasons]
    for ep_id in episodes:
        tiny.EP_ID = ep_id  # type: ignore[attr-defined]
        tiny.write_tiny_episode(root)
    return episodes


def measured(episodes: list[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield the name and the cost of each task on the library that the environment names."""
    from dagster import build_sensor_context

    from benchmarks.live.automation import evaluate_automation
    from screenalytics_app.actions.dagster_instance import open_instance
    from screenalytics_assets.automation.backfill import backfill_settings, planned
    from screenalytics_assets.automation.new_episodes import look_for_videos
    from screenalytics_assets.definitions import build_definitions
    from screenalytics_assets.library.episode_states import library_states
    from screenalytics_resources.artifact_store import ArtifactStore, data_root

    store, graph = ArtifactStore(data_root()), build_definitions().resolve_asset_graph()
    with open_instance() as instance:
        context = build_sensor_context(instance)
        yield "sensor_tick", best(lambda: look_for_videos(context, store, time.time()))
        _, cursor = evaluate_automation(graph, instance, None)
        yield "automation_evaluation", best(lambda: evaluate_automation(graph, instance, cursor))
        yield "library_states", best(lambda: library_states(store, episodes))
        library, settings = library_states(store, episodes), backfill_settings()
        yield "backfill_plan", best(lambda: planned(instance, library, settings))
    command = [sys.executable, "-m", "screenalytics_app.cli.main", "status"]
    yield "status", best(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))  # noqa: S603


def report_to_dagster(episodes: Sequence[str]) -> None:
    """Report every artifact and a passed result of every check to Dagster, as real runs would."""
    from dagster import AssetCheckEvaluation

    from screenalytics_app.actions.dagster_instance import open_instance
    from screenalytics_assets.all_checks import CHECKS
    from screenalytics_assets.automation.adoption import report_unknown
    from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
    from screenalytics_resources.artifact_store import ArtifactStore, data_root

    keys = [key for made in CHECKS for key in made.check_keys if key.asset_key.path[-1] in EPISODE_SPECS]
    with open_instance() as instance:
        instance.add_dynamic_partitions("episodes", episodes)
        for ep_id in episodes:
            report_unknown(instance, ArtifactStore(data_root()), ep_id)
            for key in keys:
                instance.report_runless_asset_event(
                    AssetCheckEvaluation(
                        asset_key=key.asset_key, check_name=key.name, passed=True, metadata={}, partition=ep_id
                    )
                )


def best(work: Callable[[], Any]) -> dict[str, float]:
    """Return the shortest wall-clock time and the least CPU time of `TRIES`, s, including child processes."""
    clock: list[float] = []
    cpu: list[float] = []
    for _ in range(TRIES):
        began, before = time.perf_counter(), sum(os.times()[:4])
        work()
        clock.append(time.perf_counter() - began)
        cpu.append(sum(os.times()[:4]) - before)
    return {"seconds": round(min(clock), 3), "cpu_seconds": round(min(cpu), 3)}


def _tiny_episode() -> ModuleType:
    """Import the tests' episode from its file, because the tests are not an installed package."""
    spec = importlib.util.spec_from_file_location("tiny_episode", TINY_EPISODE)
    if spec is None or spec.loader is None:
        raise ValueError(f"Expected a module at {TINY_EPISODE}, but there is none.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
