"""SHA-256 of files: proof that a model file is the one that was meant."""

import hashlib
from pathlib import Path

from screenalytics_resources.errors import UserError


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content as 64 lower-case hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify_sha256(path: Path, expected: str) -> None:
    """Check that the file at `path` has the SHA-256 `expected`.

    Raises:
        UserError: when it has another one.
    """
    actual = file_sha256(path)
    if actual != expected:
        raise UserError(
            f"{path} has SHA-256 {actual} instead of {expected}: "
            "replace the file with the one that the model pack names."
        )
