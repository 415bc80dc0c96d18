"""Code versions that Dagster shows: the code's own version together with the settings and pack that it uses now.

A changed setting or pack makes exactly those assets stale that read it. The UI shows it once the code location is
reloaded.
"""

from collections.abc import Mapping

from screenalytics_assets.lineage.artifact_table import ARTIFACTS, ArtifactRow
from screenalytics_assets.lineage.provenance import provenance
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import DetectionSettings
from screenalytics_resources.artifact import Provenance
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import config_dir

HASH_DIGITS = 12
"""Hexadecimal digits of the settings' hash that are part of a version."""


def effective_version(origin: Provenance) -> str:
    """Return the version of an artifact with this provenance."""
    return f"{origin.code_version}-{origin.settings_sha256[:HASH_DIGITS]}"


def effective_versions() -> Mapping[str, str]:
    """Return the version that each asset would have if it were built now.

    Invalid settings leave the code's own version: the graph still loads, and a run reports the invalid setting.
    """
    return {asset: _version(asset, row) for asset, row in ARTIFACTS.items()}


def _version(asset: str, row: ArtifactRow) -> str:
    try:
        settings = tuple(resolve(stage, config_dir()) for stage in row.settings)
        name = resolve(DetectionSettings, config_dir()).values.pack
        pack = load_pack(name, config_dir()) if row.uses_pack else None
        return effective_version(provenance(asset, settings, {}, pack))
    except UserError:
        return row.code_version
