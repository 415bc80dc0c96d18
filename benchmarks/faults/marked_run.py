"""The command line, which marks the moment when it begins to recover.

`python -m benchmarks.faults.marked_run FILE run ...` creates FILE at that moment. Loading Dagster takes most of the
first second of a run, so a kill at a random moment of that second would hardly ever hit the recovery.
"""

import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

from screenalytics_app.actions.dagster_instance import end_dead_runs
from screenalytics_app.cli.main import main


def run_marked(marker: Path) -> None:
    """Run the command line, and create `marker` when it begins to look for dead runs."""

    def marked(*arguments: Any) -> list[str]:
        marker.touch()
        return end_dead_runs(*arguments)

    with patch("screenalytics_app.actions.run_episode.end_dead_runs", marked):
        main()


if __name__ == "__main__":
    path = Path(sys.argv.pop(1))
    run_marked(path)
