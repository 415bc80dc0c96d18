"""Where this installation keeps its configuration and its Dagster instance."""

import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
CONFIG_VARIABLE = "SCREENALYTICS_CONFIG_DIR"


def config_dir() -> Path:
    """The folder with `pipeline/` and `packs/`: `SCREENALYTICS_CONFIG_DIR`, else the project's own `config/`."""
    return Path(os.environ.get(CONFIG_VARIABLE) or PROJECT_ROOT / "config")


def dagster_home() -> Path:
    """The Dagster instance's folder: `DAGSTER_HOME`, else `.dagster/` in the project."""
    return Path(os.environ.get("DAGSTER_HOME") or PROJECT_ROOT / ".dagster")
