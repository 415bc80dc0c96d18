"""Accuracy and speed of naming people of a cast: `python -m benchmarks.facebank.main`.

All results are printed and written to the results file.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from rich.console import Console

from benchmarks.facebank import lfw, scale
from benchmarks.machine import machine, versions
from screenalytics_resources.errors import UserError
from screenalytics_resources.project import PROJECT_ROOT

RESULTS = Path(__file__).parents[1] / "results" / "facebank.json"


def main() -> None:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.facebank.main", description=str(__doc__).split("\n", 1)[0]
    )
    shared = PROJECT_ROOT.parent / "shared"
    parser.add_argument("--data", type=Path, default=shared / "data", help="folder that holds lfw")
    parser.add_argument("--models", type=Path, default=shared / "models", help="folder that holds buffalo_sc")
    parser.add_argument("--fresh", action="store_true", help="ignore cached embeddings")
    given = parser.parse_args()
    photos = given.data / "lfw"
    if not photos.is_dir():
        raise UserError(f"{photos} is not a folder: use --data to name the folder that holds lfw.")
    os.environ.setdefault("SCREENALYTICS_MODEL_ROOT", str(given.models.resolve()))
    results = {"scale": scale.main(), "photos": lfw.run(photos, given.fresh)["results"]}
    content = {"versions": versions(), "machine": machine(), **results}
    RESULTS.write_text(json.dumps(content, indent=1, default=str) + "\n", encoding="utf-8")
    Console().print(f"recorded in benchmarks/results/{RESULTS.name}")


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
