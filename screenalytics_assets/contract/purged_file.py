"""Crops that people had removed: `frames/{ep_id}/crops/purged.json`.

A purge removes the files and leaves the rows, because kept sets of a cleanup have the same rows. Whoever misses a crop
looks here first. New tracks replace the whole folder of the crops, and this file with it.
"""

from collections.abc import Collection

from pydantic import ValidationError

from screenalytics_assets.contract.record_types import Record
from screenalytics_resources.artifact_store import ArtifactStore

PURGED_FILE = "crops/purged.json"


class PurgedCrops(Record):
    """`frames/{ep_id}/crops/purged.json`: exists only if people had crops of deleted tracks removed."""

    crop_keys: tuple[str, ...]


def purged_crops(store: ArtifactStore, ep_id: str) -> frozenset[str]:
    """Return the keys of the crops that were purged; none if the file is damaged, so that they count as missing."""
    (content,) = store.place.read_all([store.frames(ep_id, *PURGED_FILE.split("/"))])
    try:
        return frozenset(PurgedCrops.model_validate_json(content).crop_keys) if content else frozenset()
    except ValidationError:
        return frozenset()


def record_purged(store: ArtifactStore, ep_id: str, keys: Collection[str]) -> None:
    """Add keys to the file. Must come before the files are removed, so that a killed purge leaves no unknown gap."""
    record = PurgedCrops(crop_keys=tuple(sorted(purged_crops(store, ep_id).union(keys))))
    store.write(store.frames(ep_id, *PURGED_FILE.split("/")), record.model_dump_json(indent=1).encode() + b"\n")
