"""A lock in object storage: a lease that its holder renews, and that runs out when nobody does.

The object is put on the condition that there is none, or that it is still the one whose lease ran out, so two takers
cannot both get it. All times are the storage's own, so clocks of machines that differ do no harm.
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

from screenalytics_resources.errors import UnavailableError, UserError
from screenalytics_resources.storage.s3_access import error_code

if TYPE_CHECKING:
    from upath import UPath

LEASE_S = 60.0
"""How long a dead holder on another machine keeps others out, s; a living one renews three times within it."""
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


@contextmanager
def lease(path: "UPath", name: str, lease_s: float = LEASE_S) -> Iterator[None]:
    """Hold the lease at `path`, or raise `UserError` at once where another process holds it; `name` is what of.

    Raises:
        UserError: also at the end, where the lease was lost meanwhile, as after a machine that slept.
    """
    held = _Lease(path, name, lease_s)
    held.take()
    renewal = threading.Thread(target=held.keep, name=f"lease of {name}", daemon=True)
    renewal.start()
    try:
        yield
    finally:
        held.ended.set()
        renewal.join()
        held.give_back()
    if held.lost:
        raise UserError(
            f"{name} was taken over by another process, as this one did not renew its lease for {lease_s:.0f} s: "
            f"run it again once the other has ended."
        )


@dataclass
class _Lease:
    path: "UPath"
    name: str
    lease_s: float
    etag: str = ""
    lost: bool = False
    ended: threading.Event = field(default_factory=threading.Event)

    def take(self) -> None:
        try:
            self.etag = self._put(IfNoneMatch="*")
        except _TakenError:
            self._take_over()

    def _take_over(self) -> None:
        """Take a lease that ran out, or whose holder was a process of this machine that is dead."""
        try:
            found = self._call("head_object")
        except FileNotFoundError:  # given back just now
            condition = {"IfNoneMatch": "*"}
        else:
            left = self.lease_s - (_server_time(found) - found["LastModified"]).total_seconds()
            if left > 0 and not _is_dead(found["Metadata"]):
                raise self._held_by(found["Metadata"], left)
            condition = {"IfMatch": found["ETag"]}
        try:
            self.etag = self._put(**condition)
        except (_TakenError, FileNotFoundError):
            raise UserError(f"{self.name} was just taken by another process: wait for it.") from None

    def _held_by(self, holder: Mapping[str, str], left: float) -> UserError:
        return UserError(
            f"{self.name} is being worked on by another process (pid {holder.get('pid')} on {holder.get('host')}): "
            f"wait for it, or stop it first; a dead one keeps it for {left:.0f} s more."
        )

    def keep(self) -> None:
        """Renew the lease until it is given back; runs in a thread of its own."""
        while not self.ended.wait(self.lease_s / 3):
            try:
                self.etag = self._put(IfMatch=self.etag)
            except (_TakenError, FileNotFoundError):
                self.lost = True
                return
            except (OSError, UnavailableError):  # the storage is away for a moment; the lease may outlast that
                continue

    def give_back(self) -> None:
        if not self.lost:
            self._call("delete_object")

    def _put(self, **condition: str) -> str:
        holder = {"host": socket.gethostname(), "pid": str(os.getpid())}
        content = secrets.token_bytes(16)  # so that every renewal has an ETag of its own
        try:
            return str(self._call("put_object", Body=content, Metadata=holder, **condition)["ETag"])
        except OSError as error:
            if error_code(error) in _TAKEN:
                raise _TakenError from error
            raise

    def _call(self, method: str, **named: Any) -> dict[str, Any]:
        bucket, key, _ = self.path.fs.split_path(self.path.path)
        answer: dict[str, Any] = self.path.fs.call_s3(method, Bucket=bucket, Key=key, **named)
        return answer


class _TakenError(Exception):
    """The condition of a write does not hold: somebody else was there first."""


def _server_time(answer: dict[str, Any]) -> datetime:
    return parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])


def _is_dead(holder: Mapping[str, str]) -> bool:
    """Whether the holder was a process of this machine that is no more; one of another machine cannot be asked."""
    if holder.get("host") != socket.gethostname() or not holder.get("pid", "").isdigit():
        return False
    try:
        os.kill(int(holder["pid"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
