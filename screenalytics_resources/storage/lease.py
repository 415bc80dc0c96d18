"""Lock in object storage: a lease that its holder renews and that expires without renewal.

The lock object is only replaced by conditional writes, so it has one owner at a time. It is not deleted on release but
marked free, because it contains the token: the number of times that the lock was acquired. A holder proves its
ownership by renewing. It writes to the episode only while its last renewal is recent, and otherwise renews first. So a
holder that was paused or cut off does not write after another process has taken over, except for a request that was
already sent.

The clock of the storage server alone decides when a lease expires, and a holder measures how long its own is valid by
the time since it sent the last renewal. So machines with different clocks can share a lock.
"""

import asyncio
import secrets
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fsspec.asyn import sync

from screenalytics_resources.errors import HeldLockError, UnavailableError, UserError
from screenalytics_resources.storage.holder import described, is_dead, this_process
from screenalytics_resources.storage.lock_object import ChangedError, LockObject, StoredLock
from screenalytics_resources.storage.write_guards import guarded_by

if TYPE_CHECKING:
    from upath import UPath

LEASE_S = 60.0
"""Seconds for which a dead holder on another machine blocks others."""
_RENEW = 1 / 3
"""Part of the lease after which it is renewed."""
_VALID = 2 / 3
"""Part of the lease during which a holder writes without renewing first. The rest covers the request that is under way,
and the resolution of the server's clock, 1 s."""
_FIRST_RETRY = 1 / 30
"""Part of the lease to wait after a failed renewal. The wait doubles up to the normal interval."""
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Clock that also counts while the machine sleeps."""


class LostLeaseError(UserError):
    """Another process took over the lock."""


@contextmanager
def lease(path: "UPath", name: str, lease_s: float = LEASE_S) -> Iterator["Lease"]:
    """Hold the lease at `path`. `name` is the thing that is locked, for the messages.

    Within the block every write to what is locked first checks that the lease is held; see `Lease.check`.

    Raises:
        UserError: another process holds the lease.
        LostLeaseError: at the end of the block, if another process took the lease over.
    """
    held = Lease(path, name, lease_s)
    held.acquire()
    with guarded_by(path.path, held.check):
        _held[path.path] = held
        try:
            yield held
        finally:
            _held.pop(path.path, None)
            held.end()
    if held.loss:
        raise held.loss


class LeaseFence:
    """`Fence` of the lease at `path`. Without a lease of this process it can only recognise stale decisions."""

    def __init__(self, path: "UPath") -> None:
        self._path = path
        self._lease = _held.get(path.path)

    @property
    def token(self) -> int | None:
        return self._lease.token if self._lease else None

    def is_stale(self, token: int | None) -> bool:
        return token is not None and token < (self._lease.settled if self._lease else self._stored())

    def confirm(self) -> None:
        if self._lease:
            self._lease.confirm()

    def settle(self) -> None:
        if self._lease:
            self._lease.settle()

    def _stored(self) -> int:
        lock = LockObject(self._path)
        current: StoredLock | None = sync(lock.loop, lock.read)
        return current.settled if current else 0


class Lease:
    """One hold of a lock. Its coroutines run on the event loop of s3fs."""

    token: int
    """Number of this hold. It grows with each acquisition."""
    settled: int
    """Token of the last holder that has settled what earlier holders left behind. A decision of a holder with a smaller
    token that appears later is invalid: that holder had lost the lock."""
    loss: LostLeaseError | None
    """Error to raise if another process took over the lock."""

    def __init__(self, path: "UPath", name: str, lease_s: float) -> None:
        self.token, self.settled, self.loss = 0, 0, None
        self._lock = LockObject(path)
        self._name, self._lease_s = name, lease_s
        self._id = secrets.token_hex(16)
        self._etag = ""
        self._renewed_at = 0.0
        self._is_free = False
        self._turn = asyncio.Lock()  # one renewal at a time, because each changes the ETag
        self._renewal: Future[None] | None = None

    def acquire(self) -> None:
        """Acquire the lease, and renew it in the background until `end`. Raises `UserError` if it is held."""
        sync(self._lock.loop, self._acquire)
        self._renewal = asyncio.run_coroutine_threadsafe(self._keep(), self._lock.loop)

    def end(self) -> None:
        """Stop renewing, and mark the lock free if this process still holds it. Sets `loss` if it does not."""
        if self._renewal:
            self._renewal.cancel()
        sync(self._lock.loop, self._release)

    def confirm(self) -> None:
        """Renew the lease now. Raises as `check`."""
        sync(self._lock.loop, self._confirm)

    def settle(self) -> None:
        """Record that what earlier holders left behind is settled; see `settled`. Raises as `check`."""
        if self.settled != self.token:
            sync(self._lock.loop, self._settle)

    async def check(self) -> None:
        """Return if the lease is certainly held, if necessary after a renewal.

        Raises:
            LostLeaseError: another process took it over.
            UserError: it could not be renewed. A later check succeeds if no other process has taken it over by then.
        """
        if self.loss:
            raise self.loss
        if not self._is_valid():
            async with self._turn:
                if not self._is_valid():  # another task may have renewed it in the meantime
                    await self._renew_or_explain()

    async def _acquire(self) -> None:
        current = await self._lock.read()
        if current:
            left_s = current.lease_s(self._lease_s) - current.age_s
            if not current.is_free and left_s > 0 and not is_dead(current.metadata):
                raise HeldLockError(
                    f"{self._name} is being worked on by another process ({described(current.metadata)}): wait for it, "
                    f"or stop it first. If it is dead, its lease expires in {left_s:.0f} s."
                )
            self._etag, self.settled = current.etag, current.settled
        self.token = (current.token if current else 0) + 1
        try:
            await self._write()
        except ChangedError:
            if not await self._is_own(await self._lock.read()):
                raise HeldLockError(f"{self._name} was just locked by another process: wait for it.") from None

    async def _keep(self) -> None:
        """Renew the lease until it is lost. No other error ends this."""
        interval_s = wait_s = self._lease_s * _RENEW
        retry_s = first_retry_s = self._lease_s * _FIRST_RETRY
        while not self.loss:
            await asyncio.sleep(wait_s)
            try:
                async with self._turn:
                    await self._renew()
                wait_s, retry_s = interval_s, first_retry_s
            except Exception:  # `check` reports it if no renewal succeeds in time
                wait_s, retry_s = retry_s, min(2 * retry_s, interval_s)

    async def _confirm(self) -> None:
        async with self._turn:
            await self._renew_or_explain()

    async def _settle(self) -> None:
        async with self._turn:
            before, self.settled = self.settled, self.token
            try:
                await self._renew_or_explain()
            except UserError:
                self.settled = before
                raise

    async def _release(self) -> None:
        async with self._turn:
            self._is_free = True
            try:
                await self._renew()
            except Exception:  # `loss` is set, or the storage does not answer and the lease expires
                return

    async def _renew_or_explain(self) -> None:
        try:
            await self._renew()
        except LostLeaseError:
            raise
        except Exception as error:
            may_pass = not isinstance(error, UserError) or isinstance(error, UnavailableError)
            raise (UnavailableError if may_pass else UserError)(
                f"Nothing more is written to {self._name}, because its lock could not be renewed for "
                f"{_now() - self._renewed_at:.0f} s ({str(error).rstrip('.')}). Run the command again when the storage "
                f"answers."
            ) from error

    async def _renew(self) -> None:
        """Write the lock object on the condition that it is unchanged since this process wrote it."""
        if self.loss:
            raise self.loss
        try:
            await self._write()
        except ChangedError:
            current = await self._lock.read()
            if not await self._is_own(current):
                self.loss = self._lost_to(current)
                raise self.loss from None

    async def _is_own(self, current: StoredLock | None) -> bool:
        """Return whether the lock object is a write of this process whose answer got lost. Then continues from it."""
        if current is None or current.id != self._id:
            return False
        self._etag = current.etag
        if not current.is_free:
            await self._write()  # the age of the other write is unknown
        return True

    def _lost_to(self, current: StoredLock | None) -> LostLeaseError:
        holder = described(current.metadata) if current else "its lock object was deleted"
        return LostLeaseError(
            f"{self._name} was taken over by another process ({holder}), because this one did not renew its lock for "
            f"{_now() - self._renewed_at:.0f} s and has stopped writing: run the command again when the other process "
            f"has ended."
        )

    def _is_valid(self) -> bool:
        return _now() < self._renewed_at + self._lease_s * _VALID

    async def _write(self) -> None:
        """Create the lock object, or replace the one with the known ETag. Raises `ChangedError`."""
        state = {"id": self._id, "token": str(self.token), "settled": str(self.settled)}
        state |= {"lease-s": str(self._lease_s), "free": "yes" if self._is_free else "no"}
        metadata = this_process() | state
        sent_at = _now()
        if self._etag:
            self._etag = await self._lock.replace(self._etag, metadata)
        else:
            self._etag = await self._lock.create(metadata)
        self._renewed_at = sent_at


_held: dict[str, Lease] = {}
"""Leases that this process holds, by the path of the lock object."""


def _now() -> float:
    return time.clock_gettime(_CLOCK)
