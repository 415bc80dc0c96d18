"""What Dagster's web server and daemon load, named in `workspace.yaml`."""

from dagster import Definitions, definitions

from screenalytics_assets.definitions import build_definitions


@definitions
def defs() -> Definitions:
    return build_definitions()
