"""The object that represents a lock in S3. A write succeeds only if no other process has written it first."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from screenalytics_resources.errors import UnavailableError
from screenalytics_resources.storage.s3_access import condition_failed

if TYPE_CHECKING:
    from upath import UPath

REQUEST_S = 10.0
"""Time for one request, including its retries, in seconds."""


class ChangedError(Exception):
    """The condition of a write failed, because the lock object was written or deleted first."""

    def __init__(self) -> None:
        super().__init__("the lock object changes all the time")


@dataclass(frozen=True)
class StoredLock:
    """Content of a lock object. An object of an older release has no id, and counts as held with the token 0."""

    etag: str
    age_s: float
    """Seconds since it was written, at least: the server's clock has a resolution of 1 s."""
    metadata: Mapping[str, str]
    """Identity of the holder, and the fields below."""

    @property
    def id(self) -> str:
        return self.metadata.get("id", "")

    @property
    def is_free(self) -> bool:
        return self.metadata.get("free") == "yes"

    @property
    def token(self) -> int:
        return _number(self.metadata.get("token"))

    @property
    def settled(self) -> int:
        return _number(self.metadata.get("settled"))

    def lease_s(self, default: float) -> float:
        """Return the length of the lease that the holder relies on, in seconds."""
        try:
            return float(self.metadata.get("lease-s", default))
        except ValueError:
            return default


class LockObject:
    """Access to the lock object at `path`. The coroutines run on the event loop `loop`.

    The requests have their own connections, so that a renewal does not queue behind large transfers.
    """

    def __init__(self, path: "UPath") -> None:
        options = path.fs.storage_options
        config = {**options.get("config_kwargs", {}), "max_pool_connections": 2}
        self._fs: Any = type(path.fs)(**{**options, "config_kwargs": config})
        self._bucket, self._key, _ = path.fs.split_path(path.path)
        self.loop: asyncio.AbstractEventLoop = self._fs.loop

    async def read(self) -> StoredLock | None:
        """Return the stored lock; None if there is none."""
        try:
            answer = await self._call("head_object")
        except FileNotFoundError:
            return None
        age = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]) - answer["LastModified"]
        # Both times are cut to whole seconds, so their difference can be almost 1 s too large.
        return StoredLock(str(answer["ETag"]), max(0.0, age.total_seconds() - 1.0), answer["Metadata"])

    async def create(self, metadata: Mapping[str, str]) -> str:
        """Write the object if it does not exist, and return its ETag. Raises `ChangedError` if it exists."""
        return await self._write(metadata, IfNoneMatch="*")

    async def replace(self, etag: str, metadata: Mapping[str, str]) -> str:
        """Replace the object with this ETag and return the new one. Raises `ChangedError` if it has another ETag."""
        try:
            return await self._write(metadata, IfMatch=etag)
        except FileNotFoundError as error:
            raise ChangedError from error

    async def _write(self, metadata: Mapping[str, str], **condition: str) -> str:
        content = secrets.token_bytes(16)  # random, so that each write has a different ETag
        try:
            answer = await self._call("put_object", Body=content, Metadata=dict(metadata), **condition)
        except OSError as error:
            if condition_failed(error):
                raise ChangedError from error
            raise
        return str(answer["ETag"])

    async def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        try:
            async with asyncio.timeout(REQUEST_S):
                answer: dict[str, Any] = await self._fs._call_s3(
                    method, Bucket=self._bucket, Key=self._key, **parameters
                )
                return answer
        except TimeoutError as error:
            raise UnavailableError(
                f"s3://{self._bucket} did not answer within {REQUEST_S:.0f} s: check the network and try again."
            ) from error


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0
