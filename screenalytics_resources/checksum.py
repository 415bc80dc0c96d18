"""SHA-256 of files: proof that a file is the one that was meant."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from screenalytics_resources.errors import UserError

_BLOCK = 1 << 22


def file_sha256(path: Path, report: Callable[[int], None] = lambda done: None) -> str:
    """SHA-256 of a file of any size, 64 lower-case hexadecimal digits; `report` is told the bytes read so far."""
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            done += len(block)
            report(done)
    return digest.hexdigest()


def verify_sha256(path: Path, expected: str) -> None:
    """Check that the file at `path` has the SHA-256 `expected`.

    Raises:
        UserError: when it has another one.
    """
    actual = file_sha256(path)
    if actual != expected:
        raise UserError(
            f"{path} has SHA-256 {actual} instead of {expected}. "
            "Replace the file with the one that the model pack names."
        )
