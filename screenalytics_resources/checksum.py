"""SHA-256 checksums, which prove that a file has the expected content."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from screenalytics_resources.errors import UserError

_BLOCK_BYTES = 1 << 22


def file_sha256(path: Path, report: Callable[[int], None] = lambda done: None) -> str:
    """Return the SHA-256 of a file as 64 lower-case hexadecimal digits.

    The file is read in blocks and may have any size. `report` is called with the number of bytes read so far.
    """
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
            done += len(block)
            report(done)
    return digest.hexdigest()


def verify_sha256(path: Path, expected: str) -> None:
    """Check that the file at `path` has the SHA-256 `expected`.

    Raises:
        UserError: if it has a different one.
    """
    actual = file_sha256(path)
    if actual != expected:
        raise UserError(
            f"{path} has SHA-256 {actual} instead of {expected}. "
            "Replace the file with the one that the model pack names."
        )
