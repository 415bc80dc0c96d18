"""Code versions that Dagster shows: the code's own version together with the settings and pack that it uses now.

A changed setting or pack makes exactly those assets stale that read it. The UI shows it once the code location is
reloaded.
"""

from collections.abc import Mapping
from typing import Any

from screenalytics_assets.lineage.artifact_table import ARTIFACTS, ArtifactRow
from screenalytics_assets.lineage.provenance import provenance
from screenalytics_assets.settings.episode_settings import resolve_with_kept
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
    return {asset: _version(asset, row, {}) for asset, row in ARTIFACTS.items()}


def recorded_version(asset: str, origin: Provenance, kept: Mapping[str, Any]) -> str:
    """Return the version to record with an artifact of an episode. `kept` holds the settings kept with the episode.

    Dagster knows one version per asset. An artifact that was built with the kept settings gets that version, because
    Dagster would show it as stale otherwise.
    """
    version, row = effective_version(origin), ARTIFACTS[asset]
    return _version(asset, row, {}) if kept and version == _version(asset, row, kept) else version


def _version(asset: str, row: ArtifactRow, kept: Mapping[str, Any]) -> str:
    try:
        settings = tuple(resolve_with_kept(stage, {}, kept) for stage in row.settings)
        name = resolve_with_kept(DetectionSettings, {}, kept).values.pack
        pack = load_pack(name, config_dir()) if row.uses_pack else None
        return effective_version(provenance(asset, settings, {}, pack))
    except UserError:
        return row.code_version
