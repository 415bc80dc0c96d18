"""Reports artifacts that Dagster has not seen: restored ones, and ones completed after a killed run."""

from typing import TYPE_CHECKING, Any

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import FACES, IDENTITIES
from screenalytics_assets.identities.sheet_file import write_sheet
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_assets.settings.episode_settings import kept_settings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.sealed_files import Seal, read_seal

if TYPE_CHECKING:
    from dagster import DagsterInstance


def report_unknown(instance: "DagsterInstance", store: ArtifactStore, ep_id: str) -> list[str]:
    """Report a materialization of each artifact whose digest differs from the last reported one; return their names."""
    from dagster import AssetMaterialization

    from screenalytics_assets.dagster_support.version_tags import version_tags

    unknown = []
    for asset in EPISODE_SPECS:
        seal = _seal(store, asset, ep_id)
        if seal is None or seal.digest == _known_digest(instance, asset, ep_id):
            continue
        unknown.append(asset)
        instance.report_runless_asset_event(
            AssetMaterialization(
                asset_key=asset,
                partition=ep_id,
                description="Found in the data root; no run of this instance wrote it.",
                metadata={"cleanup": seal.cleanup} if seal.cleanup else {},
                tags=version_tags(asset, seal.digest, seal.provenance, _kept(store, ep_id)),
            )
        )
    if "identities" in unknown:
        _draw_sheet(store, ep_id)
    return unknown


def _draw_sheet(store: ArtifactStore, ep_id: str) -> None:
    """Draw the contact sheet, which a promotion does not replace with the artifacts."""
    try:
        identities, faces = load_artifact(store, IDENTITIES, ep_id).content, load_artifact(store, FACES, ep_id)
        write_sheet(store, ep_id, identities.identities, faces.rows)
    except UserError:
        return  # the checks report damage


def _kept(store: ArtifactStore, ep_id: str) -> dict[str, Any]:
    try:
        return kept_settings(store, ep_id)
    except UserError:
        return {}  # a run and the checks report it


def _seal(store: ArtifactStore, asset: str, ep_id: str) -> Seal | None:
    try:
        return read_seal(store, EPISODE_SPECS[asset], ep_id)
    except UserError:
        return None


def _known_digest(instance: "DagsterInstance", asset: str, ep_id: str) -> str | None:
    from dagster import AssetKey, AssetRecordsFilter

    from screenalytics_assets.dagster_support.version_tags import known_digest

    wanted = AssetRecordsFilter(asset_key=AssetKey(asset), asset_partitions=[ep_id])
    records = instance.fetch_materializations(wanted, limit=1).records
    materialization = records[0].asset_materialization if records else None
    return known_digest(materialization.tags) if materialization else None
