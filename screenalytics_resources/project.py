"""Where this installation keeps its configuration and its Dagster instance."""

import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
CONFIG_VARIABLE = "SCREENALYTICS_CONFIG_DIR"

# A wheel carries `config/` and `dagster.yaml` in this folder (see setup.py). A checkout does not have it: there both
# are at the top, where people edit them. Looking for `config/` there would not do: site-packages is shared with others.
_PACKAGED = Path(__file__).resolve().parent / "defaults"
FROM_WHEEL = _PACKAGED.is_dir()
DEFAULTS = _PACKAGED if FROM_WHEEL else PROJECT_ROOT


def config_dir() -> Path:
    """Return the folder with `pipeline/` and `packs/`: `SCREENALYTICS_CONFIG_DIR`, or the default `config/`."""
    return Path(os.environ.get(CONFIG_VARIABLE) or DEFAULTS / "config")


def dagster_home() -> Path:
    """Return the Dagster instance's folder: `DAGSTER_HOME`, or `.dagster/`.

    `.dagster/` is at the top of a checkout. With a wheel it is in the current folder, as `data/` is: what is next to
    the package belongs to pip.
    """
    return Path(os.environ.get("DAGSTER_HOME") or (Path.cwd() if FROM_WHEEL else PROJECT_ROOT) / ".dagster")
