"""Choice of the storage back end for a data root, and the caches of its paths."""

import functools
import os
from typing import TYPE_CHECKING

from screenalytics_resources.errors import UserError
from screenalytics_resources.storage.place import LOCAL_PROTOCOLS, Place

if TYPE_CHECKING:
    from upath import UPath


def place_of(path: "UPath") -> Place:
    """Return the place that serves `path`. Raises `UserError` if it is neither a local disk nor S3."""
    if path.protocol in LOCAL_PROTOCOLS:
        from screenalytics_resources.storage.local_disk import LocalDisk

        return LocalDisk()
    if path.protocol == "s3":
        from screenalytics_resources.storage.object_storage import ObjectStorage

        return ObjectStorage()
    raise UserError(f"{path} is neither a folder nor s3://bucket/prefix: set SCREENALYTICS_DATA_ROOT to one of these.")


def forget_paths() -> None:
    """Empty the path caches. Paths on S3 hold connections, which a forked process must not use."""
    root_path.cache_clear()
    episode_folder.cache_clear()


@functools.lru_cache(maxsize=4096)
def episode_folder(root: str, room: str, partition: str) -> "UPath":
    """Folder of an episode or a show below `root`/`room`. Cached, because joining paths is slow."""
    return root_path(root).joinpath(room, partition)


@functools.cache
def root_path(root: str) -> "UPath":
    """Data root as a path. Cached, because detecting the protocol takes longer than the work on one artifact."""
    from upath import UPath

    if not root.startswith("s3://"):
        return UPath(root)
    from screenalytics_resources.storage.s3_access import s3_options

    path: UPath = UPath(root, **s3_options())
    return path


os.register_at_fork(after_in_child=forget_paths)
