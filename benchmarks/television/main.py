"""Accuracy on labelled real clips and on hard simulated television: `python -m benchmarks.television.main`.

Everything is printed. A complete run, with all parts and packs, is also written to the results file.
"""

import argparse
import json
import os
import resource
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.machine import machine, versions
from benchmarks.television import report
from benchmarks.television.clips import MIX, clip_folders, run_clips
from benchmarks.television.comparison import Runs, compare
from benchmarks.television.folds import folds
from benchmarks.television.loop import run_loop
from benchmarks.television.tier import REAL_NORMS, clothing_auc, labelled, norm_percentiles, tier_episodes
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.engine import load_engine
from screenalytics_resources.project import PROJECT_ROOT, config_dir

RESULTS = Path(__file__).parents[1] / "results" / "television.json"
PACKS = ("opencv_zoo", "buffalo_sc")
PARTS = ("clips", "tier")
console = Console(width=180)


def measure(pack: str, parts: Sequence[str], data: Path, with_mix: bool, fresh: bool) -> dict[str, Any]:
    """Measure the parts with one pack, print the tables and return the results by part.

    Values of the rivals come from the clips, because the tier is never tuned on.
    """
    folders = clip_folders(data / "television", with_mix)
    job = run_clips(folders, pack)
    clips = [run.episode for run in job.runs]
    simulated = tier_episodes(data, load_engine(pack, config_dir()), fresh) if "tier" in parts else []
    tier = [labelled(episode, pack) for episode in simulated]
    tunable = [bool(episode.people) and episode.name != MIX for episode in clips] + [False] * len(tier)
    by_episode = list(folds([episode.sources for episode in (*clips, *tier)], tunable))
    lines = compare([Runs.of(episode) for episode in (*clips, *tier)], by_episode)
    results: dict[str, Any] = {}
    if "clips" in parts:
        of_clips = [line.only(range(len(clips))) for line in lines]
        loop = run_loop(folders, pack)
        console.print(report.clips_table(pack, job.runs, of_clips[0], loop))
        console.print(report.methods_table(f"clips, {pack}: mean B-cubed F", of_clips))
        results["clips"] = {
            "job": [
                {"clip": run.episode.name} | asdict(run.figures) | {"blocked_by": run.blocked_by} for run in job.runs
            ],
            "job_cpu_seconds": round(job.cpu_seconds, 1),
            "loop": [asdict(result) for result in loop],
            "methods": [line.record for line in of_clips],
        }
    if tier:
        of_tier = [line.only(range(len(clips), len(clips) + len(tier))) for line in lines]
        norms = norm_percentiles(tier).round(2).tolist()
        console.print(report.norms_table(pack, norms))
        console.print(f"clothing, pairs of tracks of one scene: area under the curve {clothing_auc(simulated):.3f}")
        console.print(report.tier_table(pack, of_tier[0]))
        console.print(report.methods_table(f"simulated television, hard level, {pack}: mean B-cubed F", of_tier))
        results["tier"] = {
            "norm_percentiles": norms,
            "clothing_auc": round(clothing_auc(simulated), 4),
            "real_norm_percentiles": REAL_NORMS.get(pack),
            "methods": [line.record for line in of_tier],
        }
    return results


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    summary = str(__doc__).partition("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.television.main", description=summary)
    shared = PROJECT_ROOT.parent / "shared"
    parser.add_argument("--data", type=Path, default=shared / "data", help="folder of television, lfw and tv-tracks")
    parser.add_argument("--models", type=Path, default=shared / "models", help="folder that holds buffalo_sc")
    parser.add_argument("--packs", default=",".join(PACKS), help="comma-separated packs")
    parser.add_argument("--parts", default=",".join(PARTS), help="comma-separated parts")
    parser.add_argument("--devmix", action="store_true", help="also measure the clip that contains all others")
    parser.add_argument("--fresh", action="store_true", help="ignore the cached embeddings of the tier")
    return parser.parse_args()


def record(path: Path, results: dict[str, Any], cpu_seconds: float) -> None:
    """Write the results by pack, with their environment, to the file at `path`."""
    rivals = {name: version(name) for name in ("scikit-learn", "finch-clust")}
    content = {
        "versions": versions() | rivals,
        "machine": machine(),
        "cpu_seconds": round(cpu_seconds, 1),
        "packs": results,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Measure, print and, after a complete run, record."""
    given = arguments()
    packs, parts = _chosen(given.packs, PACKS, "--packs"), _chosen(given.parts, PARTS, "--parts")
    if not given.data.is_dir():
        raise UserError(f"{given.data} is not a folder: name the folder of television, lfw and tv-tracks with --data.")
    os.environ.setdefault("SCREENALYTICS_MODEL_ROOT", str(given.models.resolve()))
    results = {pack: measure(pack, parts, given.data.resolve(), given.devmix, given.fresh) for pack in packs}
    cpu_seconds = sum(
        usage.ru_utime + usage.ru_stime
        for usage in (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    console.print(f"{cpu_seconds:.0f} s of CPU time")
    if set(packs) == set(PACKS) and set(parts) == set(PARTS):
        record(RESULTS, results, cpu_seconds)
        console.print(f"recorded in benchmarks/results/{RESULTS.name}")


def _chosen(given: str, known: Sequence[str], option: str) -> list[str]:
    chosen = given.split(",")
    if unknown := set(chosen) - set(known):
        raise UserError(f"{option} names an unknown value {min(unknown)!r}: choose from {', '.join(known)}.")
    return chosen


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
