"""Versions of identities: a person changes an identity only in the state that they saw."""

from dataclasses import astuple
from functools import lru_cache
from typing import TYPE_CHECKING

from screenalytics_resources.artifact import canonical, sha256_of

if TYPE_CHECKING:
    from screenalytics_assets.moderation.state import ModeratedIdentity

LENGTH = 16


@lru_cache(maxsize=4096)
def version_of(identity: "ModeratedIdentity") -> str:
    """Return a hash, of `LENGTH` hexadecimal digits, of everything that a person can change about the identity."""
    values = [sorted(value) if isinstance(value, frozenset) else value for value in astuple(identity)]
    return sha256_of(canonical(values))[:LENGTH]
