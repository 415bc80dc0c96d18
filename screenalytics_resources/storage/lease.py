"""Lock in object storage: a lease that its holder renews and that expires without renewal.

The lock object is written only if it does not exist, or if it is still the expired one, so two processes cannot both
acquire it. All times come from the storage server, so machines with different clocks can share a lock.
"""

import os
import secrets
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from screenalytics_resources.errors import HeldLockError, UnavailableError, UserError
from screenalytics_resources.storage.s3_access import error_code

if TYPE_CHECKING:
    from upath import UPath

LEASE_S = 60.0
"""Seconds for which a dead holder on another machine blocks others. A live holder renews three times within them."""
_CONDITION_FAILED = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


@contextmanager
def lease(path: "UPath", name: str, lease_s: float = LEASE_S) -> Iterator[None]:
    """Hold the lease at `path`. `name` is the thing that is locked, for the messages.

    Raises:
        UserError: another process holds the lease, or the lease was lost before the block ended, for example because
            the machine slept.
    """
    held = _Lease(path, name, lease_s)
    held.acquire()
    renewal = threading.Thread(target=held.renew_until_ended, name=f"lease of {name}", daemon=True)
    renewal.start()
    try:
        yield
    finally:
        held.ended.set()
        renewal.join()
        held.release()
    if held.lost:
        raise UserError(
            f"{name} was taken over by another process because this one did not renew its lease for {lease_s:.0f} s: "
            f"run the command again when the other process has ended."
        )


@dataclass
class _Lease:
    path: "UPath"
    name: str
    lease_s: float
    etag: str = ""
    lost: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def acquire(self) -> None:
        try:
            self.etag = self._put(IfNoneMatch="*")
        except _TakenError:
            self._take_over()

    def _take_over(self) -> None:
        """Acquire a lease that has expired, or whose holder was a process of this machine that is dead."""
        try:
            lock_object = self._call("head_object")
        except FileNotFoundError:  # released since the first attempt
            condition = {"IfNoneMatch": "*"}
        else:
            left_s = self.lease_s - (_server_time(lock_object) - lock_object["LastModified"]).total_seconds()
            if left_s > 0 and not _is_dead(lock_object["Metadata"]):
                raise self._held_by(lock_object["Metadata"], left_s)
            condition = {"IfMatch": lock_object["ETag"]}
        try:
            self.etag = self._put(**condition)
        except (_TakenError, FileNotFoundError):
            raise HeldLockError(f"{self.name} was just locked by another process: wait for it.") from None

    def _held_by(self, holder: Mapping[str, str], left_s: float) -> HeldLockError:
        return HeldLockError(
            f"{self.name} is being worked on by another process (pid {holder.get('pid')} on {holder.get('host')}): "
            f"wait for it, or stop it first. If it is dead, its lease expires in {left_s:.0f} s."
        )

    def renew_until_ended(self) -> None:
        """Renew the lease until `ended` is set or the lease is lost. Runs in its own thread."""
        while not self.ended.wait(self.lease_s / 3):
            try:
                self.etag = self._put(IfMatch=self.etag)
            except (_TakenError, FileNotFoundError):
                self.lost = True
                return
            except (OSError, UnavailableError):  # the storage may be back before the lease expires
                continue

    def release(self) -> None:
        if not self.lost:
            self._call("delete_object")

    def _put(self, **condition: str) -> str:
        holder = {"host": socket.gethostname(), "pid": str(os.getpid())}
        content = secrets.token_bytes(16)  # random, so that each renewal has a different ETag
        try:
            return str(self._call("put_object", Body=content, Metadata=holder, **condition)["ETag"])
        except OSError as error:
            if error_code(error) in _CONDITION_FAILED:
                raise _TakenError from error
            raise

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        bucket, key, _ = self.path.fs.split_path(self.path.path)
        answer: dict[str, Any] = self.path.fs.call_s3(method, Bucket=bucket, Key=key, **parameters)
        return answer


class _TakenError(Exception):
    """The condition of a write failed because another process wrote the object first."""


def _server_time(answer: dict[str, Any]) -> datetime:
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])


def _is_dead(holder: Mapping[str, str]) -> bool:
    """Return whether the holder is a dead process of this machine. Other machines cannot be checked."""
    if holder.get("host") != socket.gethostname() or not holder.get("pid", "").isdigit():
        return False
    try:
        os.kill(int(holder["pid"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
