"""Versions that Dagster shows: an asset's code together with the settings and the pack that it would use now.

A change of either makes exactly the assets out of date that read it, and the UI says so after the code location is
loaded again.
"""

from collections.abc import Mapping

from screenalytics_assets.lineage.staleness import CODE_VERSIONS, USES_PACK, provenance
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import ASSET_SETTINGS, DetectionSettings
from screenalytics_resources.artifact import Provenance
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import config_dir

SHOWN = 12
"""Hexadecimal digits of the settings' hash that are part of a version."""


def effective_version(origin: Provenance) -> str:
    """Version of what was made with this provenance."""
    return f"{origin.code_version}-{origin.settings_sha256[:SHOWN]}"


def effective_versions() -> Mapping[str, str]:
    """Version that each asset would have if it were made now.

    Where the settings are wrong, the code's alone: the graph still loads, and a run says what is wrong with them.
    """
    return {asset: _version(asset) for asset in CODE_VERSIONS}


def _version(asset: str) -> str:
    try:
        settings = tuple(resolve(stage, config_dir()) for stage in ASSET_SETTINGS[asset])
        name = resolve(DetectionSettings, config_dir()).values.pack
        pack = load_pack(name, config_dir()) if asset in USES_PACK else None
        return effective_version(provenance(asset, settings, {}, pack))
    except UserError:
        return CODE_VERSIONS[asset]
