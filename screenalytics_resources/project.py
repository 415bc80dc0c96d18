"""Locations of the configuration and of the Dagster instance of this installation."""

import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
CONFIG_VARIABLE = "SCREENALYTICS_CONFIG_DIR"

# A wheel has `config/` and `dagster.yaml` in this folder (see setup.py). A checkout has both at its top, where people
# edit them. A search for `config/` there could find another package's folder, because site-packages is shared.
_PACKAGED = Path(__file__).resolve().parent / "defaults"
FROM_WHEEL = _PACKAGED.is_dir()
DEFAULTS = _PACKAGED if FROM_WHEEL else PROJECT_ROOT


def config_dir() -> Path:
    """Return the folder with `pipeline/` and `packs/`: `SCREENALYTICS_CONFIG_DIR`, or the default `config/`."""
    return Path(os.environ.get(CONFIG_VARIABLE) or DEFAULTS / "config")


def dagster_home() -> Path:
    """Return the Dagster instance's folder: `DAGSTER_HOME`, or `.dagster/`.

    `.dagster/` is at the top of a checkout. With a wheel it is in the current folder, like `data/`, because pip owns
    the folder that contains the package.
    """
    return Path(os.environ.get("DAGSTER_HOME") or (Path.cwd() if FROM_WHEEL else PROJECT_ROOT) / ".dagster")
