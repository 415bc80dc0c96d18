"""Integrity of the crop folder."""

from collections.abc import Iterable

from screenalytics_resources.artifact_store import ArtifactStore


def missing_crops(store: ArtifactStore, ep_id: str, keys: Iterable[str]) -> list[str]:
    """The crops among `keys` that are not there or empty; one listing a folder, not one look-up a crop."""
    folders: dict[str, set[str]] = {}
    for key in keys:
        folder, _, name = key.rpartition("/")
        folders.setdefault(folder, set()).add(name)
    missing = []
    for folder, names in folders.items():
        path = store.frames(ep_id, *folder.split("/"))
        there = {entry.name for entry in path.iterdir() if entry.stat().st_size > 0} if path.is_dir() else set()
        missing += [f"{folder}/{name}" for name in sorted(names - there)]
    return missing
