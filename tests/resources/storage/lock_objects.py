"""Lock objects in S3 for tests: written as by another process, and read."""

from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from upath import UPath


def put_lock(path: "UPath", **metadata: str | int) -> None:
    """Replace the lock object without any condition. Underscores in the names stand for hyphens."""
    bucket, key, _ = path.fs.split_path(path.path)
    names = {name.replace("_", "-"): str(value) for name, value in metadata.items()}
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=b"lock", Metadata=names)


def take_over(path: "UPath") -> None:
    """Let another machine take the lock over and settle, whether or not its lease has expired."""
    token = int(lock_metadata(path)["token"]) + 1
    put_lock(path, id="other", host="elsewhere", pid="2", token=token, settled=token, free="no", lease_s="3600")


def lock_facts(path: "UPath") -> dict[str, Any]:
    bucket, key, _ = path.fs.split_path(path.path)
    facts: dict[str, Any] = boto3.client("s3").head_object(Bucket=bucket, Key=key)
    return facts


def lock_metadata(path: "UPath") -> dict[str, str]:
    metadata: dict[str, str] = lock_facts(path)["Metadata"]
    return metadata
