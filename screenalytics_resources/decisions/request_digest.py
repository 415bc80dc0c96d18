"""Tells a repeated request from another one that reuses its idempotency key.

The digest is keyed with the epoch of the log. An erasure replaces the epoch, and then no name can be guessed from a
digest that is left. Such a digest is not compared any more.
"""

import hmac
from uuid import UUID

from screenalytics_resources.errors import UserError

_EPOCH_DIGITS = 8


class KeyReusedError(UserError):
    """The idempotency key belongs to another request of the actor."""


def request_digest(fingerprint: str | None, epoch: UUID) -> str | None:
    """Return the digest of a request in a log of this epoch; None for a request without a fingerprint."""
    if fingerprint is None:
        return None
    return f"{epoch.hex[:_EPOCH_DIGITS]}:{hmac.digest(epoch.bytes, fingerprint.encode(), 'sha256').hex()}"


def refuse_reused_key(log_id: str, key: str, stored: str | None, repeated: str | None) -> None:
    """Raise `KeyReusedError` if two digests are of one epoch and of two requests. None is equal to every digest."""
    if stored is None or repeated is None or stored == repeated:
        return
    if stored[:_EPOCH_DIGITS] == repeated[:_EPOCH_DIGITS]:
        raise KeyReusedError(
            f"The idempotency key {key!r} belongs to another request in {log_id}: repeat that request as it was, or "
            f"use a new key."
        )
