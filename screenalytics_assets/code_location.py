"""Code location that Dagster's web server and daemon load; `workspace.yaml` names it.

It only calls `build_definitions`. What the graph contains belongs in `definitions`.
"""

from dagster import Definitions, definitions

from screenalytics_assets.definitions import build_definitions


@definitions
def defs() -> Definitions:
    return build_definitions()
