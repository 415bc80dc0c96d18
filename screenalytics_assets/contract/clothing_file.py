"""Stored clothing descriptors: one row of `crops/clothing.npy` per crop that shows a torso.

The array is (C, 600) uint8, in the order of the crops. `Crop.clothing_row` names the row of a crop, and
`track_metrics.json` has the SHA-256 of the file, so the digest of the tracks changes when a descriptor changes.

An erasure sets rows to zero. It changes neither the tracks nor their digest: kept sets of a cleanup refer to the same
file, and nothing has to be built again. `crops/clothing_erased.json` has the SHA-256 of the file after each erasure. It
is written before the file, so a killed erasure leaves a file that the reader accepts.
"""

import io
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from screenalytics_assets.contract.record_types import Record
from screenalytics_assets.contract.schemas import TRACKS, Tracks
from screenalytics_resources.artifact import sha256_of
from screenalytics_resources.artifact_reader import ArtifactReader
from screenalytics_resources.artifact_store import ArtifactStore

CLOTHING_FILE = "crops/clothing.npy"
ERASED_FILE = "crops/clothing_erased.json"
CLOTHING_DIM = 600
"""Bins per descriptor: 6 x 10 x 10; see `tracks.clothing`."""


class ErasedClothing(Record):
    """`frames/{ep_id}/crops/clothing_erased.json`: exists if rows of a forgotten person or purged track were erased."""

    made_sha256: str = Field(description="SHA-256 of clothing.npy before any erasure, as in track_metrics.json")
    erased_sha256: tuple[str, ...] = Field(description="SHA-256 of clothing.npy after each erasure, in order")


def clothing_content(descriptors: NDArray[np.uint8]) -> bytes:
    """Return the content of `clothing.npy` for descriptors (C, 600) uint8."""
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(descriptors), allow_pickle=False)
    return buffer.getvalue()


def load_clothing(store: ArtifactStore, tracks: Tracks) -> NDArray[np.uint8] | None:
    """Return the descriptors of the crops of `tracks`, (C, 600) uint8, or None for tracks of an earlier release.

    A row of zeros was erased.

    Raises:
        DamagedArtifactError: the file is missing, is not the one that the tracks were written with, or lacks a row.
    """
    made = tracks.metrics.clothing_sha256
    if made is None:
        return None
    reader = ArtifactReader(store, tracks.ep_id, TRACKS.asset)
    path = store.frames(tracks.ep_id, *CLOTHING_FILE.split("/"))
    (content,) = store.place.read_all([path])
    if content is None:
        raise reader.damaged(path, "it does not exist")
    sha256 = sha256_of(content)
    if sha256 != made:
        erased = _erased(store, tracks.ep_id)
        if erased is None or erased.made_sha256 != made or sha256 not in erased.erased_sha256:
            raise reader.damaged(path, "it is not the file that tracks was written with (replaced or truncated?)")
    array = reader.array(path, content)
    rows = [crop.clothing_row for track in tracks.rows for crop in track.crops if crop.clothing_row is not None]
    if array.dtype != np.uint8 or array.ndim != 2 or array.shape[1] != CLOTHING_DIM:
        raise reader.damaged(path, f"it is {array.dtype} {array.shape} instead of uint8 (C, {CLOTHING_DIM})")
    if rows and max(rows) >= len(array):
        raise reader.damaged(path, f"it has {len(array)} rows, but a crop refers to row {max(rows)}")
    return array.astype(np.uint8, copy=False)


def erase_clothing_rows(store: ArtifactStore, ep_id: str, rows: Collection[int]) -> int:
    """Set these rows of `clothing.npy` to zero and return how many were not zero before. Can be repeated.

    Raises:
        ValueError: the file is not an array, or lacks one of the rows.
    """
    path = store.frames(ep_id, *CLOTHING_FILE.split("/"))
    (content,) = store.place.read_all([path])
    if content is None or not rows:
        return 0
    array = np.load(io.BytesIO(content), allow_pickle=False)
    chosen = sorted(set(rows))
    if array.ndim != 2 or chosen[-1] >= len(array):
        raise ValueError(f"{CLOTHING_FILE} of {ep_id} is {array.shape} and lacks row {chosen[-1]}")
    count = int(array[chosen].any(axis=1).sum())
    if not count:
        return 0
    sha256 = sha256_of(content)
    earlier = _erased(store, ep_id)
    if earlier is None or sha256 not in (earlier.made_sha256, *earlier.erased_sha256):
        earlier = ErasedClothing(made_sha256=sha256, erased_sha256=())
    array[chosen] = 0
    after = clothing_content(array)
    record = earlier.model_copy(update={"erased_sha256": (*earlier.erased_sha256, sha256_of(after))})
    store.write(store.frames(ep_id, *ERASED_FILE.split("/")), record.model_dump_json(indent=1).encode() + b"\n")
    store.write(path, after)
    return count


def _erased(store: ArtifactStore, ep_id: str) -> ErasedClothing | None:
    (content,) = store.place.read_all([store.frames(ep_id, *ERASED_FILE.split("/"))])
    try:
        return ErasedClothing.model_validate_json(content) if content else None
    except ValueError:
        return None
