"""Rule that no change below a data root reaches a file outside it, through `..` in a path or through a link.

A link in the last position is an entry like any other: it is replaced or removed, and never followed.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import printable
from screenalytics_resources.storage.place import LOCAL_PROTOCOLS

if TYPE_CHECKING:
    from upath import UPath

NEVER_LINKS = frozenset({"facebank", "promotions"})
"""Folders of the data root that may not be links, because what a listing of them shows is deleted.

The data root itself and its other folders may be links, for example `videos` on another disk.
"""


class OutsideRootError(UserError):
    """A path that would change something outside the data root."""


def contained(root: "UPath", path: "UPath") -> "UPath":
    """Return `path` if changing the file or folder that it names changes nothing outside `root`.

    Raises:
        OutsideRootError: the path is not below `root`, contains `..`, or passes through a link.
    """
    names = _names_below(root, path)
    if root.protocol in LOCAL_PROTOCOLS:
        _refuse_links(Path(root.path), names[:-1])
    return path


def _names_below(root: "UPath", path: "UPath") -> list[str]:
    base = root.path.rstrip("/")
    names = path.path.removeprefix(f"{base}/").split("/") if path.path.startswith(f"{base}/") else [".."]
    if any(name in ("", ".", "..") for name in names):
        raise OutsideRootError(
            f"{printable(str(path))} is not below the data root, so it was not changed: check the file that names it."
        )
    return names


def _refuse_links(root: Path, folders: list[str]) -> None:
    folder = root
    for depth, name in enumerate(folders):
        folder = folder / name
        may_be_link = depth == 0 and name not in NEVER_LINKS
        if not may_be_link and folder.is_symlink():
            raise OutsideRootError(
                f"{printable(folder.relative_to(root).as_posix())} is a link, so nothing below it was changed: replace "
                f"the link with the folder that it points to, or remove it."
            )
