"""Accuracy of the identities on held-out people, and cost of the clustering: `python -m benchmarks.identities.main`.

All results are printed and written to the results file. `--parts` updates some parts and leaves the others.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console

from benchmarks.identities import cost, report
from benchmarks.identities.clips import clips, measure_clip
from benchmarks.identities.embedded import episodes, photos
from benchmarks.identities.photos import cluster_photos
from benchmarks.identities.synthetic import KINDS_OF_TRACKS
from benchmarks.identities.television import compare
from benchmarks.identities.tv_episodes import REPORTED, TUNING
from benchmarks.machine import machine, versions
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import load_engine
from screenalytics_resources.project import PROJECT_ROOT, config_dir

RESULTS = Path(__file__).parents[1] / "results" / "identities.json"
PLOT = RESULTS.with_name("identities_cost.svg")
PACKS = ("opencv_zoo", "buffalo_sc")
console = Console(width=160)


def run_photos(data: Path, fresh: bool) -> Any:
    results = []
    for name in PACKS:
        engine = load_engine(name, config_dir())
        for series, half in ((TUNING, "tuned on"), (REPORTED, "held out")):
            results.append(cluster_photos(half, photos(series, data, engine, fresh), engine.pack))
    console.print(report.photos_table(results))
    return [asdict(result) for result in results]


def run_television(data: Path, fresh: bool) -> Any:
    results = {}
    for name in PACKS:
        engine = load_engine(name, config_dir())
        lines = compare(episodes(TUNING, data, engine, fresh), episodes(REPORTED, data, engine, fresh), engine.pack)
        console.print(report.television_table(name, lines))
        results[name] = [asdict(line) | {"mean_f": line.mean_f} for line in lines]
    return results


def run_clips(data: Path, fresh: bool) -> Any:
    with TemporaryDirectory(prefix="screenalytics-bench-") as folder:
        results = [measure_clip(clip) for clip in clips(data, Path(folder))]
    console.print(report.clips_table(results))
    return [asdict(result) for result in results]


def run_scale(data: Path, fresh: bool) -> Any:
    results = [cost.against_sklearn(kind) for kind in KINDS_OF_TRACKS]
    console.print(report.against_table(results))
    return [asdict(result) for result in results]


def run_cost(data: Path, fresh: bool) -> Any:
    results = cost.costs()
    cost.plot(results, PLOT)
    console.print(report.cost_table(results))
    return [asdict(result) for result in results]


def run_joining(data: Path, fresh: bool) -> Any:
    results = cost.joining()
    console.print(report.joining_table(results))
    return {kind: asdict(joined) for kind, joined in results.items()}


PARTS: Mapping[str, Callable[[Path, bool], Any]] = {
    "scale": run_scale,
    "cost": run_cost,
    "joining": run_joining,
    "clips": run_clips,
    "photos": run_photos,
    "television": run_television,
}
"""In running order. Parts that measure memory come first, while this process is small."""


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    summary = str(__doc__).partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.identities.main", description=summary)
    shared = PROJECT_ROOT.parent / "shared"
    parser.add_argument("--data", type=Path, default=shared / "data", help="folder that holds lfw, tv-tracks and clips")
    parser.add_argument("--models", type=Path, default=shared / "models", help="folder that holds buffalo_sc")
    parser.add_argument("--parts", default=",".join(PARTS), help="comma-separated parts")
    parser.add_argument("--fresh", action="store_true", help="ignore cached embeddings")
    return parser.parse_args()


def record(path: Path, results: Mapping[str, Any]) -> None:
    """Write `results`, by part, to the file at `path`, with its environment. Other parts stay unchanged."""
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rivals = {name: version(name) for name in ("scipy", "scikit-learn", "finch-clust")}
    environment = {"versions": versions() | rivals, "machine": machine()}
    content |= {part: {"result": result} | environment for part, result in results.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Measure, print and record."""
    given = arguments()
    parts = given.parts.split(",")
    if unknown := set(parts) - set(PARTS):
        raise UserError(f"--parts names an unknown part {min(unknown)!r}: choose from {', '.join(PARTS)}.")
    if not given.data.is_dir():
        raise UserError(f"{given.data} is not a folder: name the folder of lfw, tv-tracks and clips with --data.")
    os.environ.setdefault("SCREENALYTICS_MODEL_ROOT", str(given.models.resolve()))
    for part in (part for part in PARTS if part in parts):
        record(RESULTS, {part: PARTS[part](given.data.resolve(), given.fresh)})
    console.print(f"recorded in benchmarks/results/{RESULTS.name}")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
