"""Entity tags and conditional requests (RFC 9110, sections 8.8.3 and 13.1)."""

import re

from screenalytics_resources.artifact import sha256_of

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def quoted(version: str) -> str:
    """Return the strong entity tag of a version."""
    return f'"{version}"'


def etag_of(content: bytes) -> str:
    """Return the strong entity tag of a body. Equal bodies have equal tags."""
    return quoted(sha256_of(content)[:32])


def not_modified(if_none_match: str | None, etag: str) -> bool:
    """Return whether the client has the representation with this tag already, so that the answer is 304."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag in _TAG.findall(if_none_match)
