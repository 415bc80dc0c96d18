"""Explicit settings of a run, sorted by asset and validated before the run starts."""

from collections.abc import Mapping
from typing import Any

from screenalytics_assets.lineage.artifact_table import ARTIFACTS, EPISODE_ARTIFACTS
from screenalytics_assets.settings.episode_settings import KEPT_NAMES, resolve_with_kept
from screenalytics_assets.settings.sources import PROFILE, refuse_names
from screenalytics_assets.settings.stages import DetectionSettings, EvaluationSettings, GuardrailSettings
from screenalytics_resources.inference.packs import load_pack, locate_models
from screenalytics_resources.project import config_dir


def settings_by_asset(settings: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Sort explicit settings by the assets that read them.

    The profile goes to every asset that has settings. Settings of the checks and of the cleanup go to no asset; the
    checks and the cleanup find them among those kept with the episode.

    Raises:
        UserError: neither an asset reads a setting nor can it be kept with an episode.
    """
    known = {asset: row.setting_fields().keys() for asset, row in EPISODE_ARTIFACTS.items()}
    given = {name: value for name, value in settings.items() if value is not None}
    refuse_names(given.keys(), KEPT_NAMES.union(*known.values()), "the run's settings")
    return {
        asset: selected
        for asset, names in known.items()
        if names and (selected := {name: value for name, value in given.items() if name in names or name == PROFILE})
    }


def to_keep(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the explicit settings that stay with the episode. The others are those of the machine."""
    return {name: value for name, value in settings.items() if value is not None and name in KEPT_NAMES}


def refuse_bad_settings(by_asset: Mapping[str, Mapping[str, Any]], kept: Mapping[str, Any]) -> None:
    """Raise `UserError` for any invalid setting of any stage, and for a pack whose models are missing.

    A run takes minutes, so a problem with its last stage is reported before its first one starts. `kept` holds the
    settings kept with the episode.
    """
    for asset, row in ARTIFACTS.items():
        for stage in row.settings:
            effective = resolve_with_kept(stage, by_asset.get(asset, {}), kept)
            if isinstance(effective.values, DetectionSettings):
                locate_models(load_pack(effective.values.pack, config_dir()))
    for checked in (GuardrailSettings, EvaluationSettings):
        resolve_with_kept(checked, {}, kept)
