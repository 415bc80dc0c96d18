"""Code location that Dagster's web server and daemon load; `workspace.yaml` names it.

It calls `build_definitions`, and lets a code server fork its runs from a process that has imported this module. What
the graph contains belongs in `definitions`.
"""

from dagster import Definitions, definitions

from screenalytics_assets.dagster_support.run_workers import fork_run_workers
from screenalytics_assets.definitions import build_definitions

fork_run_workers(__name__)


@definitions
def defs() -> Definitions:
    return build_definitions()
