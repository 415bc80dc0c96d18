"""What a run would work with: every setting, its effective value, and where that came from."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from screenalytics_app.actions.run_episode import settings_by_asset
from screenalytics_assets.contract.schemas import TRACKS
from screenalytics_assets.lineage.staleness import Current, other_settings
from screenalytics_assets.settings.rows import setting_rows
from screenalytics_assets.settings.sources import PROFILE, resolve
from screenalytics_assets.settings.stages import ALL_STAGES, DetectionSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.inference.packs import Pack, load_pack
from screenalytics_resources.project import config_dir
from screenalytics_resources.sealed_files import read_seal


def settings_table(pack: Pack, profile: str | None = None) -> Table:
    """One row a setting, grouped by stage; where a setting is null, the value of `pack`."""
    table = Table("setting", "value", "from")
    for stage in ALL_STAGES:
        table.add_section()
        table.add_row(f"[bold]{stage.title()}[/]")
        for row in setting_rows(resolve(stage, config_dir(), {PROFILE: profile}), pack):
            table.add_row(f"  {row['setting']}", row["value"], row["from"])
    return table


def chosen_pack(store: ArtifactStore, ep_id: str | None, profile: str | None) -> Pack:
    """The pack that the episode's tracks were made with, else the one that the settings name."""
    seal = read_seal(store, TRACKS, ep_id) if ep_id else None
    name = seal.model_pack if seal else resolve(DetectionSettings, config_dir(), {PROFILE: profile}).values.pack
    return load_pack(str(name), config_dir())


def out_of_date(store: ArtifactStore, ep_id: str, profile: str | None) -> list[str]:
    """Artifacts of the episode that a run would make again because its settings are others."""
    explicit: Mapping[str, Any] = {PROFILE: profile}
    return other_settings(store, ep_id, Current(settings_by_asset(explicit)))
