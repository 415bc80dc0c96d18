"""The cookie of a browser that has logged in. It is signed with the token, so a new token ends all sessions."""

import hashlib
import hmac
import time

COOKIE = "__Host-screenalytics"
LASTS_S = 12 * 3600


def new_session(token: str) -> str:
    """Return the value of the cookie: when it ends, in seconds since 1970, and the signature."""
    return _signed(int(time.time()) + LASTS_S, token)


def is_session(value: str, token: str) -> bool:
    """Return whether this server gave the cookie and it has not ended."""
    end, _, _ = value.partition(".")
    if not (end.isascii() and end.isdigit() and len(end) < 20):
        return False
    return hmac.compare_digest(value.encode(), _signed(int(end), token).encode()) and time.time() < int(end)


def _signed(end: int, token: str) -> str:
    return f"{end}.{hmac.new(token.encode(), f'session {end}'.encode(), hashlib.sha256).hexdigest()}"
