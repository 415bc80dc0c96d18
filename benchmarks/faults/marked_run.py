"""The command line, which marks the moment when it begins to recover.

`python -m benchmarks.faults.marked_run FILE run ...` creates FILE at that moment. Loading Dagster takes most of the
first second of a run, so a kill at a random moment of that second would hardly ever hit the recovery.
"""

import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from screenalytics_app.cli.main import main
from screenalytics_assets.dagster_support.dead_runs import end_runs_of


def run_marked(marker: Path) -> None:
    """Run the command line, and create `marker` when it begins to look for dead runs."""

    def marked(*arguments: Any) -> list[str]:
        marker.touch()
        return end_runs_of(*arguments)

    with patch("screenalytics_app.actions.run_episode.end_runs_of", marked):
        main()


if __name__ == "__main__":
    path = Path(sys.argv.pop(1))
    run_marked(path)
