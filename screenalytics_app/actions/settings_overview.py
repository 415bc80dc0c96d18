"""Every setting with its effective value and its source, and what a run would make again because of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from screenalytics_app.actions.run_settings import settings_by_asset
from screenalytics_assets.contract.schemas import TRACKS
from screenalytics_assets.lineage.staleness import Current, other_settings
from screenalytics_assets.settings.episode_settings import kept_settings, resolve_with_kept
from screenalytics_assets.settings.rows import setting_rows
from screenalytics_assets.settings.sources import PROFILE
from screenalytics_assets.settings.stages import ALL_STAGES, DetectionSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.inference.packs import Pack, load_pack
from screenalytics_resources.project import config_dir
from screenalytics_resources.sealed_files import read_seal


@dataclass(frozen=True)
class EffectiveSetting:
    """One setting of a stage: its effective value as text, and where the value came from."""

    stage: str
    name: str
    value: str
    source: str


@dataclass(frozen=True)
class SettingsOverview:
    """Effective settings under a pack. `out_of_date` are artifacts of the episode made with other settings."""

    pack: str
    settings: tuple[EffectiveSetting, ...]
    out_of_date: tuple[str, ...] = ()
    kept_settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings kept with the episode, by name."""


def settings_overview(store: ArtifactStore, ep_id: str | None = None, profile: str | None = None) -> SettingsOverview:
    """Return every setting; a setting that is null has the value of the episode's pack, or of the configured pack."""
    kept = kept_settings(store, ep_id) if ep_id else {}
    explicit: Mapping[str, Any] = {PROFILE: profile}
    pack = _pack(store, ep_id, explicit, kept)
    settings = tuple(
        EffectiveSetting(stage.title(), row["setting"], row["value"], row["from"])
        for stage in ALL_STAGES
        for row in setting_rows(resolve_with_kept(stage, explicit, kept), pack)
    )
    old = other_settings(store, ep_id, Current(settings_by_asset(explicit), kept)) if ep_id else []
    return SettingsOverview(pack.name, settings, tuple(old), kept)


def _pack(store: ArtifactStore, ep_id: str | None, explicit: Mapping[str, Any], kept: Mapping[str, Any]) -> Pack:
    """Return the pack that made the episode's tracks, or the pack that the settings name."""
    seal = read_seal(store, TRACKS, ep_id) if ep_id else None
    name = seal.model_pack if seal else resolve_with_kept(DetectionSettings, explicit, kept).values.pack
    return load_pack(str(name), config_dir())
