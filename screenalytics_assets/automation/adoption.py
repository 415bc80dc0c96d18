"""Adoption of what exists in the data root: registers the episode and reports the artifacts that Dagster has not seen.

Dagster has not seen an artifact after the loss of its instance, a restored backup or a killed run. Sensor, schedule and
command line adopt an episode before they ask which of its assets are stale, so a valid artifact is never built again.
"""

from collections.abc import Iterable
from typing import Any

from dagster import AssetKey, AssetMaterialization, AssetRecordsFilter, DagsterInstance

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import FACES, IDENTITIES
from screenalytics_assets.dagster_support.version_tags import known_digest, version_tags
from screenalytics_assets.identities.sheet_file import write_sheet
from screenalytics_assets.lineage.artifact_table import ARTIFACTS, EPISODE_SPECS, artifacts_of
from screenalytics_assets.settings.episode_settings import kept_settings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import is_ep_id, parse_ep_id
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.sealed_files import Seal, read_seal


def adopt(instance: DagsterInstance, store: ArtifactStore, ep_id: str) -> list[str]:
    """Register the partition of an episode and report its unknown artifacts; return their names. Idempotent.

    If the instance did not know all of them, the artifacts of the show are adopted too.

    Raises:
        HeldLockError: another process works on the episode.
        UserError: the episode has an interrupted promotion that cannot be finished.
    """
    with episode_lock(store, ep_id):
        instance.add_dynamic_partitions("episodes", [ep_id])
        unknown = report_unknown(instance, store, ep_id)
    if unknown:
        adopt_show(instance, store, parse_ep_id(ep_id).show)
    return unknown


def adopt_show(instance: DagsterInstance, store: ArtifactStore, show: str) -> list[str]:
    """Report the unknown artifacts of a show, register it if there are any, and return their names."""
    unknown = _unknown(instance, store, artifacts_of("show"), show)
    if unknown:
        instance.add_dynamic_partitions("shows", [show])
    return unknown


def has_artifacts(store: ArtifactStore, ep_id: str) -> bool:
    """Return whether the episode has an artifact with a readable seal."""
    return any(_seal(store, asset, ep_id) is not None for asset in EPISODE_SPECS)


def report_unknown(instance: DagsterInstance, store: ArtifactStore, ep_id: str) -> list[str]:
    """Report a materialization of each artifact whose digest differs from the last reported one; return their names."""
    unknown = _unknown(instance, store, EPISODE_SPECS, ep_id)
    if "identities" in unknown:
        _draw_sheet(store, ep_id)
    return unknown


def _unknown(instance: DagsterInstance, store: ArtifactStore, assets: Iterable[str], partition: str) -> list[str]:
    unknown = []
    kept = _kept(store, partition) if is_ep_id(partition) else {}
    for asset in assets:
        seal = _seal(store, asset, partition)
        if seal is None or seal.digest == _known_digest(instance, asset, partition):
            continue
        unknown.append(asset)
        instance.report_runless_asset_event(
            AssetMaterialization(
                asset_key=asset,
                partition=partition,
                description="Found in the data root; no run of this instance wrote it.",
                metadata={"cleanup": seal.cleanup} if seal.cleanup else {},
                tags=version_tags(asset, seal.digest, seal.provenance, kept),
            )
        )
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


def _seal(store: ArtifactStore, asset: str, partition: str) -> Seal | None:
    try:
        return read_seal(store, ARTIFACTS[asset].spec, partition)
    except UserError:
        return None


def _known_digest(instance: DagsterInstance, asset: str, partition: str) -> str | None:
    wanted = AssetRecordsFilter(asset_key=AssetKey(asset), asset_partitions=[partition])
    records = instance.fetch_materializations(wanted, limit=1).records
    materialization = records[0].asset_materialization if records else None
    return known_digest(materialization.tags) if materialization else None
