"""Overviews: episodes by artifact, and model packs."""

from rich.table import Table

from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact import Spec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import is_available, list_packs
from screenalytics_resources.project import config_dir
from screenalytics_resources.sealed_files import read_seal

MOST_ROWS = 50
"""Episodes that are listed one by one; a larger library is shown by stage alone."""


def status_table(store: ArtifactStore, ep_id: str | None) -> Table:
    """One row an episode, one column an artifact: the number of rows, `there`, `damaged` or `-`."""
    table = Table(title=f"episodes in {store.root}", title_justify="left")
    for name in ("episode", *EPISODE_SPECS, "pack"):
        table.add_column(name)
    for name in store.episodes() if ep_id is None else [parse_ep_id(ep_id).text]:
        states = [_state(store, spec, name) for spec in EPISODE_SPECS.values()]
        table.add_row(name, *states, _pack(store, name))
    return table


def packs_table() -> Table:
    """Every configured pack: what it may be used for, and whether it can be used here."""
    table = Table(title="model packs", title_justify="left")
    for name in ("pack", "what", "licence", "commercial use", "thresholds", "here"):
        table.add_column(name, overflow="fold")
    for pack in list_packs(config_dir()):
        table.add_row(
            pack.name,
            pack.title,
            pack.licence,
            "yes" if pack.commercial_use else "no",
            "calibrated" if pack.calibration.calibrated else "not calibrated",
            "yes" if is_available(pack) else "no",
        )
    return table


def _state(store: ArtifactStore, spec: Spec, ep_id: str) -> str:
    try:
        seal = read_seal(store, spec, ep_id)
    except UserError:
        return "[red]damaged[/]"
    if seal is None:
        return "-"
    return "[green]there[/]" if seal.rows is None else f"[green]{seal.rows} rows[/]"


def _pack(store: ArtifactStore, ep_id: str) -> str:
    try:
        seal = read_seal(store, EPISODE_SPECS["tracks"], ep_id)
    except UserError:
        return "?"
    return "-" if seal is None or seal.model_pack is None else seal.model_pack
